/* From a judged candidate to a message: identity, hint, seal, evidence. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/attribute/attribution.h"
#include "inspect/attribute/identity.h"
#include "inspect/attribute/judge.h"
#include "inspect/attribute/seen.h"
#include "inspect/attribute/show.h"
#include "inspect/job.h"
#include "inspect/records/machine.h"
#include "inspect/records/section.h"
#include "inspect/rules/rules.h"
#include "inspect/sieve/lane.h"
#include "limits/limits.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "shared/seal.h"

enum { WEAK_TOKEN_LEAST = 16 /* bytes: shorter ones are no tokens by their name alone */ };

enum { SYSTEM_TEXT_BYTES = 1024 * 1024, LIST_REACH = 2048, LIST_LINES = 3 };

struct attribution {
	const struct engine *engine;
	uint8_t key[IDENTITY_KEY_BYTES];
	struct seal_job seal;
	bool sealing; /* seal holds a data key */
	Lt__SealedKey *copies;
	Lt__SealedKey **copy_list;
	struct seen *seen, *machines_told;
	uint64_t findings;
	bool looked; /* at this file of system information */
	uint32_t looked_part;
	uint64_t looked_member;
	Lt__Machine *machine; /* what is known of this bundle's machine */
	char *folder;         /* in a first pass: the directory named last, and what its name tells of a machine */
	Lt__Machine *folder_machine;
};

static Lt__Machine *machine_copy(const Lt__Machine *machine)
{
	size_t size = lt__machine__get_packed_size(machine);
	uint8_t *packed = xmalloc(size);

	lt__machine__pack(machine, packed);
	Lt__Machine *copy = lt__machine__unpack(NULL, size, packed);

	free(packed);
	if (copy == NULL)
		log_fatal("no memory for a machine");
	return copy;
}

struct attribution *attribution_new(const struct engine *engine, const Lt__Job *job)
{
	struct attribution *attribution = xcalloc(1, sizeof *attribution);

	attribution->engine = engine;
	attribution->seen = seen_new();
	attribution->machines_told = seen_new();
	engine_fingerprint_key(engine, attribution->key);
	if (job->kind == LT__JOB_KIND__JOB_BUNDLE && job->known_machine != NULL)
		attribution->machine = machine_copy(job->known_machine);
	return attribution;
}

void attribution_free(struct attribution *attribution)
{
	if (attribution->sealing)
		seal_job_wipe(&attribution->seal);
	if (attribution->machine != NULL)
		lt__machine__free_unpacked(attribution->machine, NULL);
	if (attribution->folder_machine != NULL)
		lt__machine__free_unpacked(attribution->folder_machine, NULL);
	free(attribution->folder);
	free(attribution->copies);
	free(attribution->copy_list);
	seen_free(attribution->seen);
	seen_free(attribution->machines_told);
	mem_wipe(attribution, sizeof *attribution);
	free(attribution);
}

/* ---- identity --------------------------------------------------------------------------------- */

/* As the finding contract spells it; part of every identity, so it never changes. */
static const char *kind_word(Lt__FindingKind kind)
{
	switch (kind) {
	case LT__FINDING_KIND__KIND_PASSWORD:
		return "password";
	case LT__FINDING_KIND__KIND_HASH:
		return "hash";
	case LT__FINDING_KIND__KIND_COOKIE:
		return "cookie";
	case LT__FINDING_KIND__KIND_TOKEN:
		return "token";
	case LT__FINDING_KIND__KIND_PRIVATE_KEY:
		return "private_key";
	case LT__FINDING_KIND__KIND_MENTION:
		return "mention";
	default:
		return "listing";
	}
}

/* A post without the host it was seen on: the mirrors of a site tell the same post. */
static struct slice post_place(const Lt__Post *post)
{
	struct slice link = slice_of(post->link);
	size_t scheme = slice_find_nocase(link, "://");
	struct slice rest = slice_from(link, scheme + strlen("://"));

	if (link.data == NULL)
		return slice_of(post->title);
	return scheme < link.len ? slice_from(rest, slice_find_byte(rest, '/')) : link;
}

/* What makes two sightings the same finding. */
static void make_id(const struct attribution *attribution, const struct candidate *candidate, const struct verdict *verdict,
	const char *account, const char *service, uint8_t id[IDENTITY_BYTES])
{
	struct slice kind = slice_of(kind_word(verdict->kind));

	if (candidate->post != NULL) {
		struct slice fields[] = {
			kind, slice_of(candidate->post->site), post_place(candidate->post), slice_of(verdict->watched.item)};

		identity_make(attribution->key, fields, sizeof fields / sizeof fields[0], id);
	} else if (candidate->kind == CANDIDATE_TOKEN || candidate->kind == CANDIDATE_PRIVATE_KEY) {
		struct slice fields[] = {kind, verdict->secret};

		identity_make(attribution->key, fields, sizeof fields / sizeof fields[0], id);
	} else {
		struct slice fields[] = {kind, slice_of(account), slice_of(service), candidate->cookie_name, verdict->secret};

		identity_make(attribution->key, fields, sizeof fields / sizeof fields[0], id);
	}
}

static void make_fingerprint(const struct attribution *attribution, struct slice secret, uint8_t fingerprint[IDENTITY_BYTES])
{
	struct slice fields[] = {SLICE_TEXT("secret"), secret};

	identity_make(attribution->key, fields, sizeof fields / sizeof fields[0], fingerprint);
}

/* ---- the secret ------------------------------------------------------------------------------- */

/* Makes the job's data key at its first finding. */
static void start_sealing(struct attribution *attribution)
{
	const Lt__InspectConfig *config = attribution->engine->config;
	size_t count = config->n_team_keys;
	uint8_t(*keys)[SEAL_PUBLIC_BYTES] = xcalloc(count, sizeof *keys);

	for (size_t i = 0; i < count; i++)
		memcpy(keys[i], config->team_keys[i].data, SEAL_PUBLIC_BYTES); /* length checked at set-up */
	if (!seal_job_start(&attribution->seal, (const uint8_t(*)[SEAL_PUBLIC_BYTES])keys, count))
		log_fatal("a team key of the set-up is no usable public key");
	free(keys);
	attribution->copies = xcalloc(count, sizeof *attribution->copies);
	attribution->copy_list = xcalloc(count, sizeof(Lt__SealedKey *));
	for (size_t i = 0; i < count; i++) {
		struct seal_copy *copy = &attribution->seal.copies[i];

		lt__sealed_key__init(&attribution->copies[i]);
		attribution->copies[i].key_id = (ProtobufCBinaryData){sizeof copy->key_id, copy->key_id};
		attribution->copies[i].box = (ProtobufCBinaryData){sizeof copy->box, copy->box};
		attribution->copy_list[i] = &attribution->copies[i];
	}
	attribution->sealing = true;
}

struct secret_parts {
	Lt__Secret secret;
	Lt__Sealed sealed;
	char hint[HINT_BYTES];
	uint8_t fingerprint[IDENTITY_BYTES];
	uint8_t nonce[SEAL_NONCE_BYTES];
	uint8_t box[LIMIT_SECRET_BYTES + SEAL_OVERHEAD_BYTES];
};

static Lt__Secret *make_secret(
	struct attribution *attribution, struct slice secret, const uint8_t id[IDENTITY_BYTES], struct secret_parts *parts)
{
	const Lt__InspectConfig *config = attribution->engine->config;

	lt__secret__init(&parts->secret);
	show_hint(secret, parts->hint);
	make_fingerprint(attribution, secret, parts->fingerprint);
	parts->secret.hint = parts->hint;
	parts->secret.length_bucket = (char *)(uintptr_t)show_length(secret);
	parts->secret.fingerprint = (ProtobufCBinaryData){IDENTITY_BYTES, parts->fingerprint};
	if (config->has_reveal && config->reveal) {
		parts->secret.has_value = true;
		parts->secret.value = (ProtobufCBinaryData){secret.len, (uint8_t *)(uintptr_t)secret.data};
	}
	if (config->n_team_keys == 0)
		return &parts->secret;
	if (!attribution->sealing)
		start_sealing(attribution);
	lt__sealed__init(&parts->sealed);
	seal_value(&attribution->seal, id, secret.data, secret.len, parts->nonce, parts->box);
	parts->sealed.nonce = (ProtobufCBinaryData){sizeof parts->nonce, parts->nonce};
	parts->sealed.box = (ProtobufCBinaryData){secret.len + SEAL_OVERHEAD_BYTES, parts->box};
	parts->sealed.n_keys = attribution->seal.copies_count;
	parts->sealed.keys = attribution->copy_list;
	parts->secret.sealed = &parts->sealed;
	return &parts->secret;
}

/* ---- the parts of a finding ------------------------------------------------------------------- */

static void fill_hash(const struct verdict *verdict, Lt__Hash *hash)
{
	lt__hash__init(hash);
	hash->format = (char *)(uintptr_t)(verdict->hashed ? verdict->hash.format : "unknown");
	hash->candidates = (char **)(uintptr_t)verdict->hash.candidates;
	while (hash->n_candidates < HASH_CANDIDATES && verdict->hash.candidates[hash->n_candidates] != NULL)
		hash->n_candidates++;
	hash->has_salt = verdict->hashed;
	hash->salt = verdict->hash.salted;
}

static const char *hash_cost_name(const struct verdict *verdict)
{
	switch (verdict->hash.cost) {
	case HASH_COST_NONE:
		return "none";
	case HASH_COST_FAST:
		return "fast";
	case HASH_COST_SLOW:
		return "slow";
	case HASH_COST_UNKNOWN:
		break;
	}
	return NULL;
}

static void fill_cookie(struct scan *scan, const struct candidate *candidate, const struct verdict *verdict, Lt__Cookie *cookie)
{
	int64_t expires = candidate->cookie_expires_ms;

	if (expires == 0 && verdict->has_claims)
		expires = verdict->claims.expires_ms;
	lt__cookie__init(cookie);
	cookie->name = show_text(scan, candidate->cookie_name, LIMIT_TEXT_FIELD_BYTES);
	cookie->domain = verdict->host[0] != '\0' ? (char *)(uintptr_t)verdict->host : NULL;
	cookie->path = show_text(scan, candidate->cookie_path, LIMIT_PATH_LABEL_BYTES);
	cookie->has_expires_ms = expires > 0;
	cookie->expires_ms = expires;
	cookie->has_http_only = candidate->cookie_http_only >= 0;
	cookie->http_only = candidate->cookie_http_only > 0;
	cookie->has_secure = candidate->cookie_secure >= 0;
	cookie->secure = candidate->cookie_secure > 0;
	cookie->grants = (char *)(uintptr_t)verdict->cookie.grants;
	if (cookie->name == NULL)
		cookie->name = (char *)(uintptr_t) "";
}

static void fill_token(const struct candidate *candidate, const struct verdict *verdict, Lt__Token *token)
{
	int64_t expires = candidate->token_expires_ms;

	if (expires == 0 && verdict->has_claims)
		expires = verdict->claims.expires_ms;
	lt__token__init(token);
	token->type = (char *)(uintptr_t)(candidate->token_type != NULL ? candidate->token_type : candidate->rule);
	token->issuer = (char *)(uintptr_t)candidate->token_issuer;
	if (token->issuer == NULL && verdict->has_claims && verdict->claims.issuer[0] != '\0')
		token->issuer = (char *)(uintptr_t)verdict->claims.issuer;
	token->has_expires_ms = expires > 0;
	token->expires_ms = expires;
}

/* ---- the machine ------------------------------------------------------------------------------ */

/* A staff log-in on a machine makes the machine ours: its bundle is owed a second pass. Told once a directory. */
static void tell_directory(struct text *text)
{
	struct attribution *attribution = scan_attribution(text->scan);
	const char *directory = text->member->machine_dir;
	Lt__FoundMachine message = LT__FOUND_MACHINE__INIT;
	uint8_t identity[IDENTITY_BYTES];

	if (directory == NULL || scan_is_bundle(text->scan))
		return;
	struct slice fields[] = {slice_of(directory)};

	identity_make(attribution->key, fields, 1, identity);
	if (seen_add(attribution->machines_told, identity))
		return;
	message.machine_dir = (char *)(uintptr_t)directory;
	scan_send_machine(text->scan, &message);
}

static bool is_list_line(struct slice line)
{
	size_t sign = slice_find_byte(line, '@');

	for (size_t i = sign; i < line.len; i++)
		if (one_of(line.data[i], ":;|"))
			return true;
	return false;
}

/* A combo list among somebody's documents: whoever keeps one is not everyone on it. */
static bool stands_in_list(const struct text *text, const struct candidate *candidate)
{
	size_t from = candidate->at > LIST_REACH ? candidate->at - LIST_REACH : 0, lines = 0;
	size_t to = text->len - candidate->at > LIST_REACH ? candidate->at + LIST_REACH : text->len;
	struct slice rest = text_slice(text, from, to);

	if (text->member->class == MEMBER_PASSWORDS || strncmp(candidate->rule, "lt.combo.", strlen("lt.combo.")) != 0)
		return false;
	while (rest.len > 0 && lines < LIST_LINES) {
		size_t end = slice_find_byte(rest, '\n');

		lines += is_list_line(slice_until(rest, end));
		rest = slice_from(rest, end < rest.len ? end + 1 : end);
	}
	return lines == LIST_LINES;
}

static void tell_machine(struct text *text, const struct candidate *candidate, const struct verdict *verdict)
{
	struct section *section = lane_section(text, candidate->at);

	if (stands_in_list(text, candidate))
		return;
	if (verdict->canary || (!verdict->account_ours && !(verdict->host_ours && verdict->watched_host.staff)))
		return;
	if (section != NULL)
		section->ours = true;
	else
		tell_directory(text);
}

void machine_told_by_system(struct text *text)
{
	Lt__Machine *machine;
	struct attribution *attribution = scan_attribution(text->scan);

	if (text->member->machine_dir == NULL || scan_is_bundle(text->scan) || text->len > SYSTEM_TEXT_BYTES ||
		(attribution->looked && attribution->looked_part == text->member->part &&
			attribution->looked_member == text->member->index))
		return;
	attribution->looked = true; /* once a file, however often it names us */
	attribution->looked_part = text->member->part;
	attribution->looked_member = text->member->index;
	machine = machine_read(scan_engine(text->scan)->machines, text_slice(text, 0, text->len), NULL);
	if (machine != NULL && machine_joined_us(scan_engine(text->scan), machine))
		tell_directory(text);
	if (machine != NULL)
		lt__machine__free_unpacked(machine, NULL);
}

/* The keyed hash of what names a machine, as text. */
static void identity_of_machine(const struct attribution *attribution, const char *name, char id[2 * IDENTITY_BYTES + 1])
{
	uint8_t identity[IDENTITY_BYTES];
	struct slice fields[] = {SLICE_TEXT("machine"), slice_of(name)};

	identity_make(attribution->key, fields, sizeof fields / sizeof fields[0], identity);
	sodium_bin2hex(id, 2 * IDENTITY_BYTES + 1, identity, sizeof identity);
}

void scan_machine_known(struct scan *scan, const Lt__Machine *machine)
{
	struct attribution *attribution = scan_attribution(scan);
	Lt__FoundMachine message = LT__FOUND_MACHINE__INIT;
	Lt__Machine known = *machine;
	char id[2 * IDENTITY_BYTES + 1];

	if (!scan_is_bundle(scan) || scan_job(scan)->machine_dir == NULL)
		return;
	identity_of_machine(attribution, machine->id != NULL ? machine->id : scan_job(scan)->machine_dir, id);
	known.id = id;
	if (attribution->machine != NULL)
		lt__machine__free_unpacked(attribution->machine, NULL);
	attribution->machine = machine_copy(&known);
	message.machine_dir = scan_job(scan)->machine_dir;
	message.machine = attribution->machine;
	scan_send_machine(scan, &message);
}

/*
 * The machine as far as it is known. A customer's has no second pass: what its directory is called is all there is, and no
 * identity, which only its system information is sure of.
 */
static Lt__Machine *known_machine(struct text *text, const struct candidate *candidate)
{
	struct attribution *attribution = scan_attribution(text->scan);
	struct section *section = lane_section(text, candidate->at);
	const char *directory = text->member->machine_dir;

	if (section != NULL && !section->identified) {
		char id[2 * IDENTITY_BYTES + 1];

		identity_of_machine(attribution, section->machine->id, id);
		free(section->machine->id);
		section->machine->id = xstrdup(id);
		section->identified = true;
	}
	if (section != NULL)
		return section->machine;

	if (scan_is_bundle(text->scan) || directory == NULL)
		return attribution->machine;
	if (attribution->folder == NULL || strcmp(attribution->folder, directory) != 0) {
		if (attribution->folder_machine != NULL)
			lt__machine__free_unpacked(attribution->folder_machine, NULL);
		free(attribution->folder);
		attribution->folder = xstrdup(directory);
		attribution->folder_machine = machine_read(attribution->engine->machines, SLICE_NONE, directory);
		if (attribution->folder_machine != NULL) {
			free(attribution->folder_machine->id);
			attribution->folder_machine->id = NULL;
		}
	}
	return attribution->folder_machine;
}

/* ---- all together ----------------------------------------------------------------------------- */

static void send(struct text *text, const struct candidate *candidate, Lt__Finding *finding)
{
	Lt__FoundFinding message = LT__FOUND_FINDING__INIT;

	message.finding = finding;
	message.part = text->member->part;
	message.path = (char *)(uintptr_t)text->member->path;
	message.has_offset = true;
	message.offset = text_raw_offset(text, candidate->at);
	message.line = text_line_number(text, candidate->at);
	message.has_line = message.line > 0;
	if (lane_section(text, candidate->at) == NULL)
		message.machine_dir = (char *)(uintptr_t)text->member->machine_dir;
	message.has_member = true;
	message.member = text->member->index;
	scan_send_finding(text->scan, &message);
}

static bool over_limit(struct text *text)
{
	struct attribution *attribution = scan_attribution(text->scan);

	if (attribution->findings++ < attribution->engine->limits.findings_per_job)
		return false;
	scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "findings_per_job", text->base);
	return true;
}

static bool seen_secret(struct attribution *attribution, struct slice word, struct slice secret)
{
	struct slice fields[] = {word, secret};
	uint8_t identity[IDENTITY_BYTES];

	identity_make(attribution->key, fields, sizeof fields / sizeof fields[0], identity);
	return seen_add(attribution->seen, identity);
}

/*
 * A token that a rule told by its shape is none where the same value was read as a cookie; one that is told by the name before it
 * alone is none where the value was read as anything.
 */
static bool said_better(struct attribution *attribution, const struct candidate *candidate, const struct verdict *verdict)
{
	bool token = candidate->by_rule && candidate->kind == CANDIDATE_TOKEN, before, cookie = false;

	if (verdict->secret.len < WEAK_TOKEN_LEAST)
		return false;
	before = seen_secret(attribution, SLICE_TEXT("value"), verdict->secret);
	if (token || verdict->kind == LT__FINDING_KIND__KIND_COOKIE)
		cookie = seen_secret(attribution, SLICE_TEXT("cookie value"), verdict->secret);
	return token && (cookie || (before && candidate->confidence == LT__CONFIDENCE__CONFIDENCE_LOW));
}

static void report(struct text *text, const struct candidate *candidate, const struct verdict *verdict)
{
	struct attribution *attribution = scan_attribution(text->scan);
	struct scan *scan = text->scan;
	Lt__Finding finding = LT__FINDING__INIT;
	Lt__Hash hash;
	Lt__Cookie cookie;
	Lt__Token token;
	struct secret_parts parts;
	uint8_t id[IDENTITY_BYTES], fold_id[IDENTITY_BYTES];
	char *folded = show_folded(scan, verdict->account, LIMIT_ACCOUNT_BYTES);
	bool login = candidate->kind == CANDIDATE_LOGIN || candidate->kind == CANDIDATE_HASH;

	make_id(attribution, candidate, verdict, folded, verdict->host, id);
	make_id(attribution, candidate, verdict, folded, "", fold_id);
	if (seen_add(attribution->seen, id) || said_better(attribution, candidate, verdict) || over_limit(text))
		return;
	if (login && verdict->host[0] != '\0')
		seen_add(attribution->seen, fold_id); /* the same without its service folds into this one */
	finding.id = (ProtobufCBinaryData){IDENTITY_BYTES, id};
	finding.has_fold_id = login;
	finding.fold_id = (ProtobufCBinaryData){IDENTITY_BYTES, fold_id};
	finding.kind = verdict->kind;
	finding.account = verdict->account_is_email ? folded : show_text(scan, verdict->account, LIMIT_ACCOUNT_BYTES);
	finding.audience = verdict->audience;
	finding.service = verdict->host[0] != '\0' ? (char *)(uintptr_t)verdict->host : NULL;
	finding.url = login ? show_url(scan, candidate->url) : NULL;
	finding.rule = (char *)(uintptr_t)candidate->rule;
	finding.confidence = verdict->confidence;
	finding.attribution = verdict->attribution;
	finding.watch_item = (char *)(uintptr_t)verdict->watched.item;
	finding.has_canary = true;
	finding.canary = verdict->canary;
	finding.has_fabricated = true;
	finding.fabricated = verdict->fabricated;
	finding.has_host_is_staff = verdict->host_ours;
	finding.host_is_staff = verdict->host_ours && verdict->watched_host.staff;
	finding.machine = known_machine(text, candidate);
	finding.post = (Lt__Post *)(uintptr_t)candidate->post;
	if (verdict->secret.len > 0)
		finding.secret = make_secret(attribution, verdict->secret, id, &parts);
	if (verdict->kind == LT__FINDING_KIND__KIND_HASH) {
		fill_hash(verdict, &hash);
		finding.hash = &hash;
		finding.hash_cost = (char *)(uintptr_t)hash_cost_name(verdict);
	}
	if (verdict->kind == LT__FINDING_KIND__KIND_COOKIE) {
		fill_cookie(scan, candidate, verdict, &cookie);
		finding.cookie = &cookie;
		finding.has_sso_cookie = true;
		finding.sso_cookie = verdict->cookie.sso;
	}
	if (verdict->kind == LT__FINDING_KIND__KIND_TOKEN) {
		fill_token(candidate, verdict, &token);
		finding.token = &token;
	}
	send(text, candidate, &finding);
	mem_wipe(&parts, sizeof parts);
}

/*
 * A value with the shape of a token is one, also where it stood in a password's place. Its account is kept only where it is ours or
 * an address: most are words like "oauth2".
 */
static bool as_token(struct text *text, const struct candidate *candidate, struct candidate *token)
{
	const struct engine *engine = scan_engine(text->scan);
	struct slice joined = {candidate->account.data, candidate->account.len + 1 + candidate->secret.len};
	bool touching = candidate->account.len > 0 && candidate->account.data + candidate->account.len + 1 == candidate->secret.data;
	const struct rule *rule = rules_token(engine->rules, candidate->secret);
	struct watched watched;

	*token = *candidate;
	if (rule == NULL && touching && (rule = rules_token(engine->rules, joined)) != NULL) { /* "6123456789:AA..." is one token */
		token->secret = joined;
		token->account = SLICE_NONE;
	}
	if (rule == NULL)
		return false;
	token->kind = CANDIDATE_TOKEN;
	token->rule = rule->id;
	token->token_type = rule->name;
	token->confidence = rule->confidence;
	if (!is_email(token->account) && !watch_account(engine, token->account, &watched))
		token->account = SLICE_NONE;
	return true;
}

/* What another range reports says in this one, too, whose machine it was taken from. */
static void tell_section(struct text *text, const struct candidate *candidate)
{
	const struct section *section = lane_section(text, candidate->at);
	struct verdict verdict;

	if (section == NULL || section->ours)
		return;
	judge(text, candidate, &verdict);
	if (verdict.rejected == NULL)
		tell_machine(text, candidate, &verdict);
}

/* Soft hyphens and the like, where a page may break a long word: nobody types them. */
static size_t unseen_length(struct slice text, size_t at)
{
	static const char *const unseen[] = {"\xc2\xad", "\xe2\x80\x8b", "\xe2\x81\xa0", "\xef\xbb\xbf"};

	for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
		size_t len = strlen(unseen[i]);

		if (text.len - at >= len && memcmp(text.data + at, unseen[i], len) == 0)
			return len;
	}
	return 0;
}

static void drop_unseen(struct scan *scan, struct slice *secret)
{
	size_t at = 0, len = 0;

	while (at < secret->len && unseen_length(*secret, at) == 0)
		at++;
	char *seen = at < secret->len ? scan_arena(scan, secret->len) : NULL;
	if (seen == NULL)
		return;
	for (at = 0; at < secret->len;) {
		size_t unseen = unseen_length(*secret, at);

		if (unseen == 0)
			seen[len++] = secret->data[at];
		at += unseen > 0 ? unseen : 1;
	}
	*secret = (struct slice){seen, len};
}

static bool judge_and_report(struct text *text, const struct candidate *candidate)
{
	struct candidate token;
	struct verdict verdict;

	if (candidate->kind == CANDIDATE_LOGIN && as_token(text, candidate, &token))
		candidate = &token;
	judge(text, candidate, &verdict);
	if (candidate == &token)
		verdict.host[0] = '\0'; /* the host beside it made it ours, but need not be what it opens */
	if (verdict.rejected != NULL) {
		scan_tell(text, "rejected", candidate->rule, candidate->at, verdict.rejected);
		return false;
	}
	scan_tell(text, "matched", candidate->rule, candidate->at, kind_word(verdict.kind));
	report(text, candidate, &verdict);
	tell_machine(text, candidate, &verdict); /* also where the finding is known: the same log-in may have been taken from two */
	scan_count_emitted(text->scan);
	return true;
}

bool candidate_emit(struct text *text, const struct candidate *candidate)
{
	size_t arena = scan_arena_mark(text->scan);
	struct candidate seen = *candidate;

	if (scan_muted(text->scan)) {
		tell_section(text, candidate);
		return false;
	}
	if (candidate->kind == CANDIDATE_LOGIN)
		drop_unseen(text->scan, &seen.secret);
	bool emitted = judge_and_report(text, &seen);
	scan_arena_release(text->scan, arena);
	return emitted;
}
