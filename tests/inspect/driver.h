/* What the parts of inspect_driver share. */
#ifndef LEAKTRAWL_TEST_DRIVER_H
#define LEAKTRAWL_TEST_DRIVER_H

#include <jansson.h>
#include <stdarg.h>
#include <stddef.h>

#include "messages/channel.h"

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct driver_part {
	int fd;
	char *path;
	bool continues; /* volume of the part before */
};
struct driver_job {
	Lt__Job job;
	struct driver_part *parts;
	size_t count;
};

/* Numbers and sends a job with its parts. */
void job_send(struct driver_job *job);
/* What the inspector says next of its job; log lines go to standard error, progress is skipped. */
Lt__Envelope *job_next(void);
/* A memfd with these bytes. */
int job_bytes(const void *data, size_t len);

/* A message as a person and jq read it (show.c). */
json_t *message_json(const Lt__Envelope *message);
/* Text as a JSON string, or as the Latin-1 reading of its bytes where it is not UTF-8. */
json_t *bytes_json(const void *data, size_t len);

/* Runs labelled cases and prints TAP (cases.c). Returns the exit status. */
int cases_run(char **files, size_t count);
/* Prints what is found in each labelled case, without judging it (cases.c). Returns the exit status. */
int cases_found(char **files, size_t count);
/* Reads the saved pages of folders by their site's description and prints TAP (sites.c). Returns the exit status. */
int sites_run(char **folders, size_t count);

#endif
