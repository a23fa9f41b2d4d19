/*
 * Everything an inspector knows before its first job: watch-list, rules, data tables, the sieve. Compiled
 * once at start (setup.c), read-only afterwards.
 */
#ifndef LEAKTRAWL_ENGINE_H
#define LEAKTRAWL_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/scan.h"
#include "limits/limits.h"
#include "messages/messages.pb-c.h"
#include "shared/slice.h"
#include "shared/yaml.h"

struct watch; /* watch-list with its lookups; watch.c */
struct sieve; /* sieve/sieve.h */
struct rules; /* rules/rules.h */
struct hashes;
struct placeholders;
struct cookies;
struct services; /* rules/services.h: data/services.yml */
struct keys;     /* records/keys.h: spellings of keys and columns, data/keys.yml */
struct machines; /* records/machines.h: member classes and system information, data/machines.yml */
struct sites;    /* links/: site descriptions */

struct engine {
	Lt__InspectConfig *config; /* as received; keys are wiped with the engine */
	struct limits limits;
	int64_t now_ms; /* the run's clock */
	struct watch *watch;
	struct rules *rules;
	struct hashes *hashes;
	struct placeholders *placeholders;
	struct cookies *cookies;
	struct services *services;
	struct keys *keys;
	struct machines *machines;
	struct sites *sites;
	struct archive_passwords *archive_passwords; /* unpack/passwords.h: data/archive-passwords.yml; NULL without */
	struct sieve *sieve;                         /* our names, and triggers of views and statements */
	struct sieve *service_sieve;                 /* beside it in bundle jobs: services we use */
	struct faults faults;                        /* what was wrong in the files; told in Ready and by `rules check` */
};

/* The key of identities and fingerprints (32 bytes): the configured one, or a random one of this process. */
void engine_fingerprint_key(const struct engine *engine, uint8_t key[32]);

/* ---- watch-list lookups (watch.c) -------------------------------------------------------------- */

struct watched {
	enum name_kind kind; /* NAME_DOMAIN, NAME_HOST, NAME_LOGON, NAME_STAFF, NAME_SERVICE */
	uint32_t name;
	const char *item; /* the entry as configured: "royal-post.example" */
	bool staff;       /* host with role staff; account in the roster */
	bool public_host; /* host with role public */
};

/* Longest host the functions below write, with its 0. */
enum { HOST_TEXT_BYTES = LIMIT_HOST_BYTES + 1 };

/*
 * The host of a URL or of a bare host[:port], as lower-case A-labels: scheme, userinfo (the host is what stands behind the
 * last @ of the authority), port, path, brackets, trailing dots are taken off; android://...@package/ gives the package.
 * False where there is none (a path, an e-mail address, garbage).
 */
bool host_of(struct slice url, char host[HOST_TEXT_BYTES]);

/* False: no host, domain or logon domain of ours in ASCII begins with text. A look-up in a table of bits, for what is asked often. */
bool watch_may_begin(const struct engine *engine, struct slice text);
/* Whether a host (A-labels or U-labels, any case, trailing dots) is ours: a watched host or at or under a watched domain. */
bool watch_host(const struct engine *engine, struct slice host, struct watched *watched);
/*
 * Whether an account is ours: an e-mail address at or under a watched domain, DOMAIN\user, DOMAIN/user or user@DOMAIN of a
 * logon domain, or an address of the roster. Plus-addresses count as their mailbox.
 */
bool watch_account(const struct engine *engine, struct slice account, struct watched *watched);
/* Whether a host is a service the organisation uses: watch.services and the catalogue of data/services.yml. */
bool watch_service(const struct engine *engine, struct slice host, struct watched *watched);
/* Account stands in watch.ignore (folded; plus-address of an ignored mailbox does not). */
bool watch_ignored(const struct engine *engine, struct slice account);
/* Whether text is one e-mail address: local part, @, host with a dot (or a logon domain). */
bool is_email(struct slice text);
/* Name of a watch-list entry, for evidence: the text of (kind, name). */
const char *watch_item(const struct engine *engine, enum name_kind kind, uint32_t name);

#endif
