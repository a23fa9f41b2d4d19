#include "config.h"

#include "index/schema.h"

#include <inttypes.h>
#include <stdlib.h>

#include "shared/log.h"
#include "shared/mem.h"

/*
 * Times are milliseconds in UTC, enumerations the numbers of the headers, 0 or NULL is "unknown" as each
 * header says. An empty text in a key stands for "none", since NULLs are never equal.
 */
static const char step_first[] =
	/* What must be known before anything else: "key_check", the mark of the fingerprint key. */
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"

	"CREATE TABLE sources ("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" health INTEGER NOT NULL DEFAULT 0 CHECK (health BETWEEN 0 AND 5), reason TEXT,"
	" last_try_ms INTEGER NOT NULL DEFAULT 0, last_good_ms INTEGER NOT NULL DEFAULT 0, last_item_ms INTEGER NOT NULL DEFAULT 0,"
	/* Kept with every change of a URL's state, since counting ten million rows takes seconds. */
	" waiting INTEGER NOT NULL DEFAULT 0, leased INTEGER NOT NULL DEFAULT 0, resting INTEGER NOT NULL DEFAULT 0,"
	" gone INTEGER NOT NULL DEFAULT 0) STRICT;"

	"CREATE TABLE runs ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL CHECK (kind IN (1, 2)),"
	" baseline INTEGER NOT NULL, unsandboxed INTEGER NOT NULL, version TEXT, rules_version TEXT,"
	" started_ms INTEGER NOT NULL, ended_ms INTEGER, outcome INTEGER NOT NULL DEFAULT 0 CHECK (outcome BETWEEN 0 AND 4), error TEXT,"
	" documents INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, findings_new INTEGER NOT NULL DEFAULT 0,"
	" findings_seen INTEGER NOT NULL DEFAULT 0, alerts INTEGER NOT NULL DEFAULT 0, not_inspected INTEGER NOT NULL DEFAULT 0,"
	" errors INTEGER NOT NULL DEFAULT 0) STRICT;"
	"CREATE INDEX runs_open ON runs (id) WHERE outcome = 0;"

	"CREATE TABLE coverage ("
	" run INTEGER NOT NULL REFERENCES runs, source INTEGER NOT NULL REFERENCES sources,"
	" due INTEGER NOT NULL, fetched INTEGER NOT NULL, unchanged INTEGER NOT NULL, failed INTEGER NOT NULL,"
	" blocked INTEGER NOT NULL, items INTEGER NOT NULL, bytes INTEGER NOT NULL, dried_up INTEGER NOT NULL, note TEXT,"
	" PRIMARY KEY (source, run)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX coverage_run ON coverage (run);"
	"CREATE TABLE coverage_failures ("
	" run INTEGER NOT NULL, source INTEGER NOT NULL, cause TEXT NOT NULL, count INTEGER NOT NULL,"
	" PRIMARY KEY (run, source, cause), FOREIGN KEY (source, run) REFERENCES coverage ON DELETE CASCADE) STRICT, WITHOUT ROWID;"

	"CREATE TABLE canaries ("
	" account TEXT PRIMARY KEY COLLATE NOCASE, last_ms INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES runs) STRICT, WITHOUT ROWID;"

	"CREATE TABLE documents ("
	" id INTEGER PRIMARY KEY, sha256 BLOB UNIQUE CHECK (length(sha256) = 32), path TEXT, url TEXT,"
	" source INTEGER REFERENCES sources, size INTEGER NOT NULL, rules_version TEXT NOT NULL,"
	" state INTEGER NOT NULL CHECK (state IN (1, 2)), first_run INTEGER REFERENCES runs,"
	" created_ms INTEGER NOT NULL, done_ms INTEGER) STRICT;"
	"CREATE TABLE document_names ("
	" name TEXT PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE) STRICT, WITHOUT ROWID;"
	"CREATE INDEX document_names_document ON document_names (document);"
	"CREATE TABLE pieces ("
	" document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),"
	" start INTEGER NOT NULL, end INTEGER NOT NULL, machine_dir TEXT NOT NULL,"
	" state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3), part INTEGER, member INTEGER, offset INTEGER,"
	" attempts INTEGER NOT NULL, cause TEXT,"
	" PRIMARY KEY (document, kind, start, end, machine_dir)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE not_inspected ("
	" id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, document INTEGER REFERENCES documents ON DELETE SET NULL,"
	" path TEXT NOT NULL, cause INTEGER NOT NULL, detail TEXT NOT NULL, offset INTEGER,"
	" UNIQUE (run, document, path, cause, detail)) STRICT;"
	"CREATE INDEX not_inspected_document ON not_inspected (document);"

	"CREATE TABLE machines ("
	" id INTEGER PRIMARY KEY, machine_id TEXT UNIQUE, name TEXT, user TEXT, domain TEXT, ip TEXT, country TEXT,"
	" infected_at_ms INTEGER, family TEXT, build TEXT, first_seen_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL) STRICT;"
	"CREATE TABLE machine_places ("
	" document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, dir TEXT NOT NULL,"
	" machine INTEGER NOT NULL REFERENCES machines, PRIMARY KEY (document, dir)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX machine_places_machine ON machine_places (machine);"

	/* A job's data key, sealed to each team key: once per job, not once per finding. */
	"CREATE TABLE job_keys (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, key_set BLOB NOT NULL) STRICT;"
	"CREATE TABLE job_key_copies ("
	" job_key INTEGER NOT NULL REFERENCES job_keys ON DELETE CASCADE, key_id BLOB NOT NULL, box BLOB NOT NULL,"
	" PRIMARY KEY (job_key, key_id)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE findings ("
	" number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK (length(id) = 20), fold_id BLOB, alert_key BLOB NOT NULL,"
	" kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 7), account TEXT COLLATE NOCASE,"
	" audience INTEGER NOT NULL CHECK (audience BETWEEN 0 AND 2), service TEXT COLLATE NOCASE, url TEXT,"
	" secret_hint TEXT, secret_length TEXT, secret_fingerprint BLOB,"
	" job_key INTEGER REFERENCES job_keys, sealed_nonce BLOB, sealed_box BLOB, sealed_id BLOB,"
	/* JSON with the contract's cookie, hash, token and post objects; when the cookie or token expires stands apart. */
	" detail TEXT NOT NULL, expires_ms INTEGER,"
	" rule TEXT NOT NULL, confidence INTEGER NOT NULL CHECK (confidence BETWEEN 1 AND 3),"
	" severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4), attribution INTEGER NOT NULL CHECK (attribution BETWEEN 1 AND 4),"
	" watch_item TEXT, fabricated INTEGER NOT NULL DEFAULT 0, staff_name TEXT, staff_team TEXT,"
	" staff_privileged INTEGER," /* NULL: no staff of the roster */
	" first_for_account INTEGER NOT NULL, machine INTEGER REFERENCES machines, sighting INTEGER,"
	" first_run INTEGER REFERENCES runs, baseline INTEGER NOT NULL, first_seen_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,"
	" sightings INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4)) STRICT;"
	"CREATE INDEX findings_fold ON findings (fold_id);"
	"CREATE INDEX findings_alert ON findings (alert_key, severity);"
	"CREATE INDEX findings_account ON findings (account);"
	"CREATE INDEX findings_service ON findings (service);"
	"CREATE INDEX findings_machine ON findings (machine) WHERE machine IS NOT NULL;"
	"CREATE INDEX findings_newest ON findings (first_seen_ms);"
	"CREATE INDEX findings_worst ON findings (severity, first_seen_ms);"
	"CREATE INDEX findings_run ON findings (first_run);"
	"CREATE TABLE finding_aliases ("
	" id BLOB PRIMARY KEY, finding INTEGER NOT NULL REFERENCES findings ON DELETE CASCADE) STRICT, WITHOUT ROWID;"

	"CREATE TABLE sightings ("
	" id INTEGER PRIMARY KEY, finding INTEGER NOT NULL REFERENCES findings ON DELETE CASCADE,"
	" document INTEGER NOT NULL REFERENCES documents, path TEXT NOT NULL, offset INTEGER NOT NULL,"
	" line INTEGER, dir TEXT, source INTEGER REFERENCES sources, url TEXT, via TEXT, fetched_at_ms INTEGER, run INTEGER REFERENCES "
	"runs,"
	" seen_ms INTEGER NOT NULL, UNIQUE (finding, document, path, offset)) STRICT;"
	"CREATE INDEX sightings_document ON sightings (document, dir);"
	"CREATE INDEX sightings_source ON sightings (source, finding);"

	"CREATE TABLE outbox ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4), key BLOB NOT NULL,"
	" state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4), finding INTEGER REFERENCES findings ON DELETE CASCADE,"
	" run INTEGER REFERENCES runs, payload TEXT, count INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,"
	" created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, lease_until_ms INTEGER NOT NULL DEFAULT 0, delivered_ms INTEGER,"
	" error TEXT, UNIQUE (hook, kind, key)) STRICT;"
	/* The next one is found by this however many were delivered before. */
	"CREATE INDEX outbox_due ON outbox (hook, max(due_ms, lease_until_ms)) WHERE state = 1;"
	"CREATE INDEX outbox_state ON outbox (state);"
	"CREATE INDEX outbox_finding ON outbox (finding);"
	/* How many alerts a run owed a hook one by one, and how many beyond its cap. */
	"CREATE TABLE run_hooks ("
	" run INTEGER NOT NULL REFERENCES runs, hook TEXT NOT NULL, owed INTEGER NOT NULL, beyond INTEGER NOT NULL,"
	" PRIMARY KEY (run, hook)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE audit ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,"
	" finding BLOB, detail TEXT) STRICT;"
	"CREATE INDEX audit_finding ON audit (finding);"

	"CREATE TABLE frontier_hosts ("
	" id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES sources, name TEXT NOT NULL,"
	/* No URL of it falls due earlier (NULL: none waits); no request to it earlier. */
	" due_ms INTEGER, quiet_until_ms INTEGER NOT NULL DEFAULT 0,"
	" ready_ms INTEGER GENERATED ALWAYS AS (max(due_ms, quiet_until_ms)) VIRTUAL, UNIQUE (source, name)) STRICT;"
	"CREATE INDEX frontier_hosts_ready ON frontier_hosts (source, ready_ms) WHERE ready_ms IS NOT NULL;"
	"CREATE TABLE frontier_urls ("
	" id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES sources, host INTEGER NOT NULL REFERENCES frontier_hosts,"
	" key BLOB NOT NULL," /* short digest of method, URL and body: ten million URLs twice would not fit the cache */
	" url TEXT NOT NULL, method TEXT, body TEXT, role TEXT, depth INTEGER NOT NULL,"
	" priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3), state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),"
	" due_ms INTEGER NOT NULL, lease_until_ms INTEGER NOT NULL DEFAULT 0, etag TEXT, last_modified TEXT,"
	" digest BLOB CHECK (length(digest) = 32), attempts INTEGER NOT NULL DEFAULT 0, fetched_ms INTEGER NOT NULL DEFAULT 0,"
	" referer TEXT, title TEXT, item TEXT, captured TEXT, published_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
	" error TEXT, UNIQUE (source, key)) STRICT;"
	"CREATE INDEX frontier_urls_due ON frontier_urls (host, priority, due_ms) WHERE state = 1;"
	"CREATE INDEX frontier_urls_leased ON frontier_urls (host) WHERE state = 2;";

/* Which circuit of Tor a page came through; how often a page is visited, and what its text looked like; what became of all that was due. */
static const char step_crawls[] = "ALTER TABLE sightings ADD COLUMN circuit TEXT;"
				  "ALTER TABLE frontier_urls ADD COLUMN every_ms INTEGER NOT NULL DEFAULT 0;"
				  "ALTER TABLE frontier_urls ADD COLUMN look INTEGER;"
				  "ALTER TABLE coverage ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;"
				  "ALTER TABLE coverage ADD COLUMN left_over INTEGER NOT NULL DEFAULT 0;";

/* How many pages of a source looked like others. */
static const char step_alike[] = "ALTER TABLE coverage ADD COLUMN alike INTEGER NOT NULL DEFAULT 0;";

const char *const schema_steps[] = {step_first, step_crawls, step_alike};
const size_t schema_version = sizeof(schema_steps) / sizeof(*schema_steps);

enum index_result schema_read_version(struct index *index, int64_t *version)
{
	struct query query = query_new(index, STATEMENT_READ_VERSION);

	return query_value(&query, version);
}

static enum index_result step_up(struct index *index, const char *sql, int64_t version)
{
	char *mark = xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %" PRId64, SCHEMA_APPLICATION_ID, version);
	enum index_result result = store_exec(index, sql);

	if (result == INDEX_OK)
		result = store_exec(index, mark);
	free(mark);
	return result;
}

static enum index_result back_up(struct index *index, size_t version)
{
	char *path = xasprintf("%s.before-%zu", index->path, version);
	enum index_result result = index_copy(index, path);

	if (result == INDEX_OK)
		log_info("the index as it was is kept in %s", path);
	free(path);
	return result;
}

/* The version is read again inside: another process may have been faster. */
static enum index_result migrate_one(struct index *index, const char *const *steps, size_t version, bool *done)
{
	int64_t has = 0;
	enum index_result result = store_enter(index);

	if (result == INDEX_OK)
		result = schema_read_version(index, &has);
	*done = result != INDEX_OK || has >= (int64_t)version;
	if (!*done)
		result = step_up(index, steps[has], has + 1);
	return store_leave(index, result);
}

enum index_result schema_migrate(struct index *index, const char *const *steps, size_t version)
{
	int64_t has = 0;
	bool done = false;
	enum index_result result = schema_read_version(index, &has);

	if (result == INDEX_OK && has > 0 && has < (int64_t)version)
		result = back_up(index, version);
	while (result == INDEX_OK && !done)
		result = migrate_one(index, steps, version, &done);
	return result;
}
