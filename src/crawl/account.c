#include "crawl/account.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/log.h"
#include "shared/mem.h"

enum { CAUSE_BYTES = 32 };

struct standing {
	int64_t url;
	bool failed, refused;
	int64_t due_ms;
	char cause[CAUSE_BYTES];
};

struct account {
	void *open; /* tree of struct standing */
};

static int by_url(const void *a, const void *b)
{
	int64_t x = ((const struct standing *)a)->url, y = ((const struct standing *)b)->url;

	return (x > y) - (x < y);
}

static struct standing *find(struct account *account, int64_t url)
{
	struct standing wanted = {.url = url}, **found = tfind(&wanted, &account->open, by_url);

	return found != NULL ? *found : NULL;
}

struct account *account_new(void)
{
	return xcalloc(1, sizeof(struct account));
}

void account_free(struct account *account)
{
	if (account != NULL)
		tdestroy(account->open, free);
	free(account);
}

static struct standing *entry_of(struct account *account, int64_t url)
{
	struct standing *entry = find(account, url);

	if (entry != NULL)
		return entry;
	entry = xcalloc(1, sizeof *entry);
	entry->url = url;
	if (tsearch(entry, &account->open, by_url) == NULL)
		log_fatal("out of memory");
	return entry;
}

void account_open(struct account *account, int64_t url)
{
	entry_of(account, url)->failed = false;
}

void account_close(struct account *account, int64_t url)
{
	struct standing *entry = find(account, url);

	if (entry == NULL)
		return;
	(void)tdelete(entry, &account->open, by_url);
	free(entry);
}

void account_retry(struct account *account, int64_t url, int64_t due_ms, const char *cause, bool refused)
{
	struct standing *entry = entry_of(account, url);

	entry->failed = true;
	entry->refused = refused;
	entry->due_ms = due_ms;
	(void)snprintf(entry->cause, sizeof entry->cause, "%s", cause);
}

struct ending {
	int64_t now_ms;
	void (*failed)(const char *cause, bool refused, void *context);
	void *context;
	struct account_rest rest;
};

static void end_one(const void *node, VISIT visit, void *context)
{
	const struct standing *entry = *(struct standing *const *)node;
	struct ending *ending = context;

	if (visit != postorder && visit != leaf)
		return;
	if (entry->failed)
		ending->failed(entry->cause, entry->refused, ending->context);
	ending->rest.untold += !entry->failed;
	ending->rest.overdue += entry->failed && entry->due_ms <= ending->now_ms;
}

struct account_rest account_end(
	struct account *account, int64_t now_ms, void (*failed)(const char *cause, bool refused, void *context), void *context)
{
	struct ending ending = {.now_ms = now_ms, .failed = failed, .context = context};

	twalk_r(account->open, end_one, &ending);
	tdestroy(account->open, free);
	account->open = NULL;
	return ending.rest;
}
