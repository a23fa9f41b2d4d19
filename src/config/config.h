/*
 * The configuration file as read and checked. One YAML file, by schema (schema.c); unknown keys, wrong
 * types and impossible values are errors with file:line:column and the fix.
 */
#ifndef LEAKTRAWL_CONFIG_H
#define LEAKTRAWL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limits/limits.h"

struct watch_host {
	char *name;
	bool staff;
};
struct staff {
	char *address;
	char *name;
	char *team;
	bool privileged;
};

struct watch {
	char **domains;
	size_t domains_count; /* lower-case A-labels, no trailing dot */
	struct watch_host *hosts;
	size_t hosts_count;
	char **services;
	size_t services_count;
	struct staff *staff;
	size_t staff_count; /* read from the CSV file */
	char **logon_domains;
	size_t logon_domains_count;
	char **keywords;
	size_t keywords_count;
	char **ignore;
	size_t ignore_count;
	char **canaries;
	size_t canaries_count; /* accounts that must be found each run */
};

enum proxy_scheme { PROXY_DIRECT, PROXY_IS_SOCKS5H, PROXY_IS_SOCKS5, PROXY_IS_HTTP };
enum proxy_isolation { ISOLATE_NONE, ISOLATE_HOST, ISOLATE_SOURCE };

/* One way out. Those of one name stand next to each other and are a pool: any of them serves. */
struct proxy {
	char *name; /* "direct" for the built-in one */
	enum proxy_scheme scheme;
	char *host; /* as configured, an IPv6 address without brackets; resolved to a literal at start */
	uint16_t port;
	char *user, *password;
	enum proxy_isolation isolate;
	unsigned parallel; /* transfers at a time */
	/* Tor's control port: a unix socket, or host and port; both NULL: none */
	char *control_socket, *control_host;
	uint16_t control_port;
	char *control_password_file, *control_cookie; /* resolved paths, at most one */
};

struct source {
	char *name;
	char *site; /* NULL: stands alone with follow/depth */
	char **start;
	size_t start_count; /* canonical URLs, those of lists with them */
	char **start_hosts; /* "host:port" of them, sorted, each once: config_source_names */
	size_t start_hosts_count;
	bool mirrors; /* they are addresses of one site */
	char *drop;   /* a local folder instead of a site: files put there are read; NULL: a site */
	char *via;    /* name of a proxy, or "direct" */
	int64_t every_ms;
	int64_t every_most_ms; /* of pages behind the starts that do not change */
	char **follow;
	size_t follow_count;
	unsigned depth;
	bool leak_context; /* `leak_site: true`, or said by the site description */
	bool enabled;
	uint64_t max_pages;  /* 0: limits.pages_per_run */
	uint64_t max_bytes;  /* a run; 0: no budget */
	int64_t max_time_ms; /* a run; 0: no budget */
	bool canary;         /* every page is fetched and inspected in every crawl: it proves the pipeline */
	int64_t delay_ms;    /* least time between two requests to one host */
	unsigned parallel;   /* transfers at a time; 0: as many as suit its start */
	bool clear_web;      /* an onion service's links and redirects may lead to the clear web */
};

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

struct hook {
	char *name;
	char **exec;
	size_t exec_count; /* an exec hook, or ... */
	char *webhook;     /* ... a webhook */
	char *secret_file; /* resolved path */
	char *via;
	enum severity min_severity;
	bool customers; /* also audience customer */
	bool every_run; /* dead-man's switch: hears of every run's end */
};

struct config {
	char *path;   /* of the file */
	char *folder; /* its directory: relative paths start here */
	char *organisation;
	char *index_path;
	char **public_keys;
	size_t public_keys_count; /* resolved paths */
	char *fingerprint_path;
	struct watch watch;
	char **rules;
	size_t rules_count; /* folders or files beside the shipped ones */
	char **archive_passwords;
	size_t archive_passwords_count;
	struct proxy *proxies;
	size_t proxies_count;
	struct source *sources;
	size_t sources_count;
	struct hook *hooks;
	size_t hooks_count;
	struct limits limits;
};

/*
 * Finds the file (explicit path, then $LEAKTRAWL_CONFIG, then the system path; never the current folder)
 * and reads it. On failure prints every error it can name and returns NULL: exit 2.
 */
struct config *config_load(const char *explicit_path);
void config_free(struct config *config); /* NULL is fine */

/* The two halves of config_load. config_find: NULL with *why set; the path is the caller's, the environment's or constant. */
struct faults; /* shared/yaml.h */
const char *config_find(const char *explicit_path, const char **why);
/* Faults are added in the order of their places. */
struct config *config_read(const char *path, struct faults *faults);
void config_print_faults(const struct faults *faults); /* on the log */

/* The first of that name, or NULL; a proxy called "direct" there always is. */
const struct proxy *config_proxy(const struct config *config, const char *name);
/* How many of its name stand from there on: a whole pool for what config_proxy gave. */
size_t config_proxy_pool(const struct config *config, const struct proxy *proxy);
const struct source *config_source(const struct config *config, const char *name);
/* One of the source's starts has this very host and port. */
bool config_source_names(const struct source *source, const char *host, unsigned port);
/* This start may only be reached because the configuration names it: its host is private, or is looked up on this machine. */
bool config_start_is_private(const struct source *source, size_t at);
const struct hook *config_hook(const struct config *config, const char *name);

/* The description of a site: sites/NAME.yml beside the configuration, or the shipped one. NULL: neither is there. The caller frees. */
char *config_site_path(const struct config *config, const char *site);

#endif
