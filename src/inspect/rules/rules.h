/*
 * Rules of the files in patterns/ and of the user's own folders: PCRE2 expressions with filters, examples and near misses, in a superset
 * of the YAML shape of Nosey Parker and Kingfisher (leaktrawl-rules(5) describes the keys). A rule never reads a whole document: it looks
 * at bounded windows around names of ours (RULES_REACH to either side, whole lines), in a bundle job at all of it piece by
 * piece, and only where one of its gates stands, a literal without which its expression cannot match.
 */
#ifndef LEAKTRAWL_RULES_H
#define LEAKTRAWL_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/rules/expression.h"
#include "inspect/scan.h"
#include "shared/slice.h"
#include "shared/yaml.h"

enum {
	RULES_REACH = 4096,      /* a PEM key of 4096 bits stands within */
	RULES_PIECE = 32 * 1024, /* most that is matched at once */
	RULES_HITS = 256,        /* names remembered for one piece */
};

/* A list of texts. */
struct words {
	char **list;
	size_t count;
};

enum rule_record {
	RULE_WINDOW, /* matched over the window */
	RULE_LINE,   /* over each line that holds a name of ours */
	RULE_POST,   /* over the post around a name of ours (post.h) */
};

enum allow_target { ALLOW_SECRET, ALLOW_MATCH, ALLOW_LINE };

/* What makes a match none. any: one of the kinds of check that are there; else all of them must say so. */
struct allowlist {
	struct expression **regexes, **paths; /* paths: of the file or member */
	size_t regexes_count, paths_count;
	struct words stopwords;   /* in the secret */
	enum allow_target target; /* of regexes */
	bool all;
};

enum checksum { CHECKSUM_NONE, CHECKSUM_CRC32_BASE62, CHECKSUM_BECH32, CHECKSUM_CRC32_HEX };

enum decode { DECODE_NONE, DECODE_BASE64 };

struct rule {
	char *id, *name;
	char *pattern;     /* as it was written */
	char *description; /* NULL where there is none */
	char *file;
	unsigned line, column;
	enum candidate_kind kind;
	enum rule_record record;
	Lt__Confidence confidence;
	bool hidden; /* Kingfisher's `visible: false`: helps other rules, is no finding itself */
	bool shipped;

	struct expression *expression;
	unsigned secret, account, logon, service, title, link, deadline, price; /* groups; 0: none (secret: the whole match) */
	unsigned cookie_name, cookie_domain, cookie_path;
	struct words gates; /* any of them must stand in the window; empty: the rule has none */
	bool gates_are_keywords;

	double min_entropy; /* bits a character the secret must exceed; 0: any */
	unsigned min_digits, min_upper, min_lower, min_special;
	char *special;          /* what counts for min_special; NULL: all but letters and digits */
	struct words stopwords; /* in lower case: a secret that contains one is none */
	struct allowlist *allowlists;
	size_t allowlists_count;
	enum checksum checksum;
	unsigned body, check; /* groups that a checksum is made of; 0: the secret itself */
	enum decode decode;   /* of the secret, before it is filtered and told */

	const struct yaml *examples, *negative_examples;
	struct words notes;  /* what `rules check` tells beside its verdict: unknown keys, no gate */
	struct words unused; /* keys that other tools act on: validation, revocation */
};

struct rules;

struct rules *rules_new(void);
/* Adds the rules of a file. Keeps the file: rules_free closes it. */
void rules_load(struct rules *rules, struct yaml_file *file, bool shipped);
/* A file among rules that holds none: `rules check` says so. */
void rules_left(struct rules *rules, const char *file);
/* After the last file: makes the gates. Returns false with *why (fresh memory) when libhs does not take those of the user's rules. */
bool rules_finish(struct rules *rules, char **why);
void rules_free(struct rules *rules);
const struct rule *rules_all(const struct rules *rules, size_t *count);
/* Whether the rule stands in ids (all do, when there are none). */
bool rule_chosen(const struct rule *rule, char *const *ids, size_t count);

/* The literals without which pattern cannot match: one of them must stand there. False when there is none of 3 bytes or more. */
bool literals_of_pattern(struct slice pattern, struct words *gates);
void words_add(struct words *words, const char *text, size_t len);
void words_free(struct words *words);

/* ---- filters (filters.c) ---------------------------------------------------------------------- */

/* Shannon entropy in bits a byte. */
double entropy_of(struct slice text);
/* Last six characters are the CRC-32 of what stands behind the prefix, in base 62 (GitHub, npm). */
bool checksum_crc32_base62(struct slice token);
/* check is the CRC-32 of body in base 62, padded with zeros. */
bool checksum_crc32_base62_of(struct slice body, struct slice check);
/* The last six characters are the Bech32 checksum of the others (BIP 173; age keys). */
bool checksum_bech32(struct slice token);
/* Behind the last "_" stands the CRC-32 of what is before it: eight hexadecimal digits, lowest byte first (Grafana). */
bool checksum_crc32_hex(struct slice token);
/* A match as its rule's filters see it. */
struct rule_match {
	struct slice secret, match, line; /* line: around the match */
	struct slice path;                /* of the file or member; empty where there is none */
	struct slice body, check;         /* groups `body` and `checksum` */
};
struct rule_match rule_match_of(
	const struct rule *rule, const struct slice *groups, struct slice secret, struct slice line, struct slice path);
/* Why a match is no secret, NULL if it is one. */
const char *rule_refuses(const struct rule *rule, const struct rule_match *match);

/*
 * A rule that tells by shape alone that value is a token, so that it is no password wherever it stood; NULL when none does. Only
 * rules for tokens with high confidence are asked.
 */
const struct rule *rules_token(const struct rules *rules, struct slice value);

enum { RULE_DECODED_BYTES = 16 * 1024 };
/* The secret as the rule's `decode` has it, in out; secret itself without one; empty when it does not decode. */
struct slice rule_decoded(const struct rule *rule, struct slice secret, char out[RULE_DECODED_BYTES]);

/* ---- in a lane (near.c) ----------------------------------------------------------------------- */

/* What one lane's rules have yet to look at; all zero at first. */
struct rules_cursor {
	uint64_t from, to; /* of the lane; empty when equal */
	struct hit hits[RULES_HITS];
	uint64_t hit_at[RULES_HITS]; /* in the lane */
	size_t hit_count;
};

/* A name of ours stands at hit: its surroundings are looked at now or at the next flush. */
void rules_near(struct rules_cursor *cursor, struct text *text, const struct hit *hit);
/* Looks at what is left of this window. Called before the text goes. */
void rules_flush(struct rules_cursor *cursor, struct text *text);
/* Whether a rule for posts takes the one around a name for a listing; then it has emitted it. */
bool rules_list_post(struct text *text, const struct hit *hit);

/* Bundle job: looks at all of fresh. */
void rules_everywhere(struct text *text, struct span fresh);

/* ---- rules check (check.c) -------------------------------------------------------------------- */

/* Reports every chosen rule: examples must be found, near misses must not. Returns how many failed. */
size_t rules_check(struct scan *scan);
/* Reports the ids asked for that no rule has. Returns how many. */
size_t rules_unknown(struct scan *scan);

#endif
