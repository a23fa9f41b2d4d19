/*
 * The contract between the stages of an inspector.
 *
 *   unpack/   a job's descriptors -> members (struct member) with their bytes
 *   views/    a member's bytes -> lanes: the raw bytes, and each decoded view of them
 *   sieve/    a lane -> texts (sliding windows) with hits: where watch-list names stand
 *   records/  a hit in a text -> candidates: the record around it, read into account, service, secret
 *   rules/    what a record or line means: PCRE2 rules, hash shapes, cookie catalogue, placeholders
 *   attribute/ a candidate -> a finding: is it ours, identity, fingerprint, sealed value, message
 *
 * Everything here lives for one job or shorter; struct engine is compiled at start and read-only.
 */
#ifndef LEAKTRAWL_SCAN_H
#define LEAKTRAWL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "messages/messages.pb-c.h"
#include "shared/slice.h"

struct engine; /* inspect/engine.h */
struct scan;   /* one job in progress; inspect/job.h */
struct lane;   /* sieve/lane.h */
struct shape;  /* what a lane knows of its member so far: CSV columns, SQL statement head (records/shape.h) */

/* ---- members (unpack) ------------------------------------------------------------------------- */

/* What the path of a member in a stealer log says about it (data/machines.yml). */
enum member_class {
	MEMBER_PLAIN,
	MEMBER_PASSWORDS,
	MEMBER_COOKIES,
	MEMBER_AUTOFILL,
	MEMBER_SYSTEM,
	MEMBER_TRAP /* word lists: never a hit */,
	MEMBER_GRABBED /* user documents */,
	MEMBER_CARDS /* out of scope */,
	MEMBER_CONTEXT,
};

struct member {
	uint32_t part;           /* of the job */
	uint64_t index;          /* in the outer container; 0 outside one */
	const char *path;        /* "logs.zip!/PC-7/Passwords.txt"; UTF-8, escaped where it was not */
	const char *machine_dir; /* "PC-7/" as far as the path tells, else NULL */
	enum member_class class;
	unsigned depth; /* containers around it */
};

/* ---- texts and hits (sieve) ------------------------------------------------------------------- */

enum view { VIEW_RAW, VIEW_CHARSET, VIEW_HTML, VIEW_ESCAPES, VIEW_BASE64, VIEW_HEX, VIEW_QUOTED_PRINTABLE, VIEW_FOLDED };

enum name_kind { NAME_DOMAIN, NAME_HOST, NAME_LOGON, NAME_KEYWORD, NAME_STAFF, NAME_SERVICE, NAME_RULE /* gate of a rule */ };

/* How a name stood in the bytes. ENCODING_STRING: plainly, between the escaped quotes of a string that holds code or JSON. */
enum encoding {
	ENCODING_NONE,
	ENCODING_UTF16LE,
	ENCODING_UTF16BE,
	ENCODING_PERCENT,
	ENCODING_BASE64,
	ENCODING_HEX,
	ENCODING_ESCAPED,
	ENCODING_STRING
};

/* Maps a place in a view to the original; entries ascend in both columns. */
struct offset_entry {
	uint64_t view;
	uint64_t raw;
};
struct offset_map {
	const struct offset_entry *entries;
	size_t count;
};

/*
 * A window on one lane. data is UTF-8 or the member's own bytes where it has no known charset. A record is
 * whole in a text unless it is longer than LIMIT_RECORD_BYTES to either side of its hit.
 */
struct text {
	struct scan *scan;
	struct lane *lane;
	const struct member *member;
	struct shape *shape;
	enum view view;
	const char *data;
	size_t len;
	uint64_t base;                /* of data[0] in the lane */
	bool begins, ends;            /* the window touches the beginning / end of the lane */
	const struct offset_map *map; /* NULL: the lane is the raw bytes */
	unsigned depth;               /* views within views */
};

struct hit {
	size_t at, len; /* in the text */
	enum name_kind kind;
	uint32_t name; /* index of the watch-list entry within its kind */
	bool encoded;  /* the name stood there encoded (base64, UTF-16, percent): needs a view, no record */
	enum encoding encoding;
	bool told; /* its record gave a finding: no post is looked for around it */
};

struct slice text_slice(const struct text *text, size_t from, size_t to);
uint64_t text_raw_offset(const struct text *text, size_t at);
/* The line around at: [*from, *to) without its CR LF; bounded by LIMIT_RECORD_BYTES either way. */
void text_line(const struct text *text, size_t at, size_t *from, size_t *to);
/* Where the line begins that follows the one which ends at `to`, as text_line gives it; text->len where none does. */
size_t text_next_line(const struct text *text, size_t to);
/* 1-based line of the member; 0 where unknown: in a range or behind a checkpoint nobody counted those before. */
uint64_t text_line_number(const struct text *text, size_t at);

/* ---- readers (records) ------------------------------------------------------------------------ */

struct span {
	size_t from, to;
};

/*
 * A reader looks whether the hit stands in a record of its kind. If so it emits what the record holds
 * (possibly nothing), sets *claimed to the record and returns true: no later reader sees this hit, and
 * further hits inside the claimed span are skipped. False: not this kind of record.
 */
struct reader {
	const char *name;
	bool (*read)(struct text *text, const struct hit *hit, struct span *claimed);
	bool whole; /* it finds the bounds of its record without going over the line: it is always given the whole window */
};
extern const struct reader readers[]; /* records/readers.c, most specific first, ends with a NULL name */

/* ---- candidates (attribute) ------------------------------------------------------------------- */

enum candidate_kind {
	CANDIDATE_LOGIN, /* secret is a password or, if it has such a shape, a hash */
	CANDIDATE_HASH,  /* the record says it is one */
	CANDIDATE_COOKIE,
	CANDIDATE_TOKEN,
	CANDIDATE_PRIVATE_KEY,
	CANDIDATE_MENTION,
	CANDIDATE_LISTING,
};

/* Values as the leak has them, unescaped by the record's own syntax, not yet judged. Slices may point into
 * the text or into scan_arena memory. */
struct candidate {
	enum candidate_kind kind;
	const char *rule; /* id, lives as long as the engine */
	struct slice account, secret;
	struct slice logon;      /* the Windows domain of the account where it stood apart */
	struct slice url;        /* URL, android:// URL, or bare host; gives url and service */
	struct slice salt;       /* stands apart from the hash */
	const char *hash_format; /* where the record says which it is, of those that look alike; else NULL */
	struct slice cookie_name, cookie_domain, cookie_path;
	int64_t cookie_expires_ms;           /* 0: unknown or session */
	int cookie_http_only, cookie_secure; /* -1 unknown */
	const char *token_type, *token_issuer;
	int64_t token_expires_ms;
	const Lt__Post *post;      /* mentions and listings */
	const struct hit *near;    /* tokens and keys: the name of ours they stand near, or NULL */
	Lt__Confidence confidence; /* 0: medium */
	bool of_directory;         /* an entry of the directory of the service's domain: one of its people */
	bool by_rule;              /* found by its shape; a reader may have read the same value for what it is */
	size_t at;                 /* where the record starts in the text: evidence */
};

/*
 * Judges and reports a candidate: drops placeholders, masks and what is not ours, tells hashes from
 * passwords, looks cookies up, makes identity and sealed value, de-duplicates within the job, sends.
 * Returns true if it became a finding (or was one already).
 */
bool candidate_emit(struct text *text, const struct candidate *candidate);

/* Memory until the hit at hand is dealt with; wiped. For unescaped values. Capped: returns NULL past LIMIT_DERIVED_BYTES. */
void *scan_arena(struct scan *scan, size_t size);
/* Records what was not looked at; de-duplicated by (path, cause, detail). */
void scan_not_inspected(struct scan *scan, const struct member *member, Lt__NotInspectedCause cause, const char *detail, uint64_t offset);
/* The same of what stands at a place of a text and does not fit: more fields than a record can have, say. */
void text_cut(const struct text *text, size_t at, const char *detail);
/* This member's machine is ours; in a bundle job, tells what is known of it. */
void scan_machine_known(struct scan *scan, const Lt__Machine *machine);
/* A name of ours stands in system information: where the machine is in a domain of ours, it is ours. */
void machine_told_by_system(struct text *text);
bool scan_is_bundle(const struct scan *scan); /* second pass: everything of a machine that is ours */
const struct engine *scan_engine(const struct scan *scan);
const Lt__Job *scan_job(const struct scan *scan);

#endif
