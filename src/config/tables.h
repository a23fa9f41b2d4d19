/* The keys of leaktrawl.yml as tables (leaktrawl.yml(5) explains them to people), and what reads them. */
#ifndef LEAKTRAWL_TABLES_H
#define LEAKTRAWL_TABLES_H

#include "config/schema.h"
#include "crawl/host.h"

extern const struct schema config_schema;

/* watch.c: the watch-list, with its lint. */
extern const struct schema watch_schema;
/* sources.c */
extern const struct schema proxy_schema;
extern const struct schema source_schema;
/* hooks.c */
extern const struct schema hook_schema;

/* starts.c: makes the URLs of start canonical, reads the lists among them, and tells of both. */
void starts_read(struct reader *reader, const struct yaml *list, struct source *source);
void starts_free(struct source *source);

/* staff.c: reads watch.staff (a CSV file with the header address,name,team,privileged) into watch. */
void staff_read(struct reader *reader, const struct yaml *value, void *watch);
void staff_free(struct watch *watch);

/*
 * A host of the configuration, in place: *text becomes its canonical form, "" after a complaint that
 * begins with what ("watch.domains").
 */
bool reader_host(struct reader *reader, const struct yaml *value, const char *what, char **text, enum host_class *class);

/* The same for an account: an e-mail address, lower-cased, its domain in A-labels. */
bool reader_address(struct reader *reader, const struct yaml *value, const char *what, char **text);

/* Complains about a URL, which is not repeated where it may hold a password. */
void reader_url_fault(struct reader *reader, const struct yaml *value, const char *what, const char *url, const char *why);

/* A name of a source, proxy or hook: 1 to 64 of a-z, 0-9, '.', '_', '-'. */
bool reader_name(struct reader *reader, const struct yaml *value, const char *what, const char *name);

/* Complains unless via is "direct" or a proxy of the configuration. NULL is fine. */
void reader_via(struct reader *reader, const struct yaml *value, const char *via);

#endif
