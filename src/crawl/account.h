/*
 * What became of each URL of a source in this run: from when it is taken to when it is settled it stands open here, so that at
 * the end every URL that was due is accounted for, once.
 */
#ifndef LEAKTRAWL_ACCOUNT_H
#define LEAKTRAWL_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct account;

struct account *account_new(void);
void account_free(struct account *account); /* NULL is fine */

/* It was taken from the frontier, for the first time or to be tried again. */
void account_open(struct account *account, int64_t url);
/* It is settled, or back in the frontier as if it had not been taken. */
void account_close(struct account *account, int64_t url);
/* It failed and this run tries it again at due_ms. cause is copied. refused: the site would not have us. */
void account_retry(struct account *account, int64_t url, int64_t due_ms, const char *cause, bool refused);

/* What is open when the run ends. */
struct account_rest {
	uint64_t untold;  /* no answer was read to its end */
	uint64_t overdue; /* failed, and stands due in the frontier at now_ms */
};
/* Calls failed for each that failed and was not tried again; closes everything. */
struct account_rest account_end(
	struct account *account, int64_t now_ms, void (*failed)(const char *cause, bool refused, void *context), void *context);

#endif
