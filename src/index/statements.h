/*
 * Every statement the index runs, by name; prepared once per connection. Parameters are put in their order
 * of number. Operations in the other files name them; no SQL is ever put together from text.
 */
#ifndef LEAKTRAWL_INDEX_STATEMENTS_H
#define LEAKTRAWL_INDEX_STATEMENTS_H

/* What finding_row.c reads, in its order. */
#define FINDING_COLUMNS                                                                                                                    \
	"f.number, f.id, f.kind, f.account, f.audience, f.service, f.url, f.secret_hint, f.secret_length, f.secret_fingerprint, f.detail," \
	" f.expires_ms, f.rule, f.confidence, f.severity, f.attribution, f.staff_name, f.staff_team, f.staff_privileged,"                  \
	" f.first_for_account, f.sightings, f.first_seen_ms, f.last_seen_ms, f.state,"                                                     \
	" m.machine_id, m.name, m.user, m.domain, m.ip, m.country, m.infected_at_ms, m.family, m.build,"                                   \
	" src.name, s.url, d.sha256, (SELECT n.name FROM document_names n WHERE n.document = d.id LIMIT 1),"                               \
	" s.path, s.line, s.offset, s.fetched_at_ms, s.via, s.circuit"
#define FINDING_TABLES                                                                                         \
	" FROM findings f LEFT JOIN machines m ON m.id = f.machine LEFT JOIN sightings s ON s.id = f.sighting" \
	" LEFT JOIN documents d ON d.id = s.document LEFT JOIN sources src ON src.id = s.source"

/* What query.c puts: ?1 is the exact account, the rest follows struct finding_filter; NULL is not asked for. */
#define FINDING_FILTER                                                                                                        \
	" (?2 IS NULL OR f.account LIKE ?2 ESCAPE '\\')"                                                                      \
	" AND (?3 IS NULL OR f.service LIKE ?3 ESCAPE '\\' OR f.service LIKE ?4 ESCAPE '\\'"                                  \
	"      OR f.account LIKE ?5 ESCAPE '\\' OR f.account LIKE ?6 ESCAPE '\\')"                                            \
	" AND (?7 IS NULL OR f.service = ?7) AND (?8 IS NULL OR f.kind = ?8) AND (?9 IS NULL OR f.audience = ?9)"             \
	" AND (?10 IS NULL OR f.severity >= ?10) AND (?11 IS NULL OR f.state = ?11)"                                          \
	" AND (?12 IS NULL OR f.first_seen_ms >= ?12) AND (?13 IS NULL OR f.first_seen_ms < ?13)"                             \
	" AND (?14 IS NULL OR EXISTS (SELECT 1 FROM sightings o WHERE o.finding = f.number"                                   \
	"      AND o.source = (SELECT id FROM sources WHERE name = ?14)))"                                                    \
	" AND (?15 IS NULL OR m.machine_id = ?15 OR m.name = ?15 COLLATE NOCASE)"                                             \
	" AND (?16 IS NULL OR f.account LIKE ?16 ESCAPE '\\' OR f.service LIKE ?16 ESCAPE '\\' OR f.url LIKE ?16 ESCAPE '\\'" \
	"      OR f.rule LIKE ?16 ESCAPE '\\' OR f.detail LIKE ?16 ESCAPE '\\' OR s.path LIKE ?16 ESCAPE '\\'"                \
	"      OR s.url LIKE ?16 ESCAPE '\\' OR m.name LIKE ?16 ESCAPE '\\')"                                                 \
	" AND (?17 IS NULL OR f.first_run = ?17)"
#define FINDING_ANY_ACCOUNT " (?1 IS NULL OR f.account = ?1) AND"
#define FINDING_THIS_ACCOUNT " f.account = ?1 AND"
#define FINDING_NEWEST                                                                                                                \
	" AND (?18 IS NULL OR (f.first_seen_ms, f.number) < (SELECT a.first_seen_ms, a.number FROM findings a WHERE a.number = ?18))" \
	" ORDER BY f.first_seen_ms DESC, f.number DESC LIMIT ?19"
#define FINDING_WORST                                                                                \
	" AND (?18 IS NULL OR (f.severity, f.first_seen_ms, f.number) <"                             \
	"      (SELECT a.severity, a.first_seen_ms, a.number FROM findings a WHERE a.number = ?18))" \
	" ORDER BY f.severity DESC, f.first_seen_ms DESC, f.number DESC LIMIT ?19"

#define RUN_COLUMNS                                                                                                       \
	"id, kind, outcome, started_ms, ended_ms, baseline, unsandboxed, version, error, documents, bytes, findings_new," \
	" findings_seen, alerts, not_inspected, errors"
#define COVERAGE_COLUMNS                                                                                                                \
	"s.name, c.run, c.due, c.fetched, c.unchanged, c.gone, c.failed, c.blocked, c.left_over, c.items, c.bytes, c.dried_up, c.note," \
	" (SELECT json_group_object(x.cause, x.count) FROM coverage_failures x WHERE x.run = c.run AND x.source = c.source),"           \
	" s.health, s.last_good_ms, c.alike"

/* clang-format off */
#define STATEMENTS(X) \
	/* connection */ \
	X(BEGIN, "BEGIN IMMEDIATE") \
	X(COMMIT, "COMMIT") \
	X(ROLLBACK, "ROLLBACK") \
	X(SAVEPOINT, "SAVEPOINT operation") \
	X(SAVEPOINT_BACK, "ROLLBACK TO operation") \
	X(SAVEPOINT_RELEASE, "RELEASE operation") \
	X(READ_VERSION, "PRAGMA user_version") \
	X(READ_OWNER, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)") \
	X(QUICK_CHECK, "PRAGMA quick_check(1)") \
	X(META_GET, "SELECT value FROM meta WHERE name = ?1") \
	X(META_PUT, "INSERT INTO meta (name, value) VALUES (?1, ?2)") \
	X(COUNTS, "SELECT (SELECT count(*) FROM findings), (SELECT count(*) FROM findings WHERE state = 1)," \
		" (SELECT count(*) FROM sightings), (SELECT count(*) FROM documents), (SELECT count(*) FROM machines)," \
		" (SELECT count(*) FROM runs)") \
	\
	/* sources */ \
	X(SOURCE_FIND, "SELECT id FROM sources WHERE name = ?1") \
	X(SOURCE_ADD, "INSERT INTO sources (name) VALUES (?1)") \
	X(SOURCE_PUT, "UPDATE sources SET health = ?2, reason = ?3, last_try_ms = max(last_try_ms, ?4)," \
		" last_good_ms = max(last_good_ms, ?5), last_item_ms = max(last_item_ms, ?6) WHERE id = ?1") \
	X(SOURCE_GET, "SELECT health, reason, last_try_ms, last_good_ms, last_item_ms FROM sources WHERE name = ?1") \
	\
	/* runs */ \
	X(RUN_OPEN, "SELECT id FROM runs WHERE outcome = 0 ORDER BY id LIMIT 1") \
	X(RUN_INTERRUPTED, "UPDATE runs SET outcome = 4, ended_ms = ?2 WHERE id = ?1") \
	X(RUN_BEGIN, "INSERT INTO runs (kind, baseline, unsandboxed, version, rules_version, started_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)") \
	X(RUN_END, "UPDATE runs SET outcome = ?2, error = ?3, ended_ms = ?4, documents = ?5, bytes = ?6, findings_new = ?7," \
		" findings_seen = ?8, alerts = ?9, not_inspected = ?10, errors = ?11 WHERE id = ?1") \
	X(RUNS, "SELECT " RUN_COLUMNS " FROM runs ORDER BY id DESC LIMIT ?1") \
	X(RUN_READ, "SELECT " RUN_COLUMNS " FROM runs WHERE id = CASE WHEN ?1 = 0 THEN (SELECT max(id) FROM runs) ELSE ?1 END") \
	X(RUN_COVERAGE, "SELECT " COVERAGE_COLUMNS " FROM coverage c JOIN sources s ON s.id = c.source WHERE c.run = ?1 ORDER BY s.name") \
	X(RUN_NOT_INSPECTED, "SELECT run, path, cause, detail, offset FROM not_inspected WHERE run = ?1 ORDER BY id LIMIT 10000") \
	X(COVERAGE_LATEST, "SELECT " COVERAGE_COLUMNS " FROM sources s JOIN coverage c ON c.source = s.id" \
		" AND c.run = (SELECT max(run) FROM coverage WHERE source = s.id) WHERE c.run > ?1 ORDER BY s.name") \
	X(COVERAGE_PUT, "INSERT INTO coverage (run, source, due, fetched, unchanged, gone, failed, blocked, left_over, items, bytes, dried_up," \
		" note, alike) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (source, run) DO UPDATE SET" \
		" due = excluded.due, fetched = excluded.fetched, unchanged = excluded.unchanged, gone = excluded.gone," \
		" failed = excluded.failed, blocked = excluded.blocked, left_over = excluded.left_over, items = excluded.items, bytes = excluded.bytes, dried_up = excluded.dried_up," \
		" note = excluded.note, alike = excluded.alike") \
	X(COVERAGE_FAILURES_FORGET, "DELETE FROM coverage_failures WHERE run = ?1 AND source = ?2") \
	X(COVERAGE_FAILURE_PUT, "INSERT INTO coverage_failures (run, source, cause, count) VALUES (?1, ?2, ?3, ?4)" \
		" ON CONFLICT DO UPDATE SET count = count + excluded.count") \
	X(NOT_INSPECTED_PUT, "INSERT INTO not_inspected (run, document, path, cause, detail, offset) VALUES (?1, ?2, ?3, ?4, ?5, ?6)" \
		" ON CONFLICT DO NOTHING") \
	X(CANARY_PUT, "INSERT INTO canaries (account, last_ms, run) VALUES (?1, ?2, ?3)" \
		" ON CONFLICT DO UPDATE SET last_ms = excluded.last_ms, run = excluded.run") \
	X(CANARY_GET, "SELECT last_ms FROM canaries WHERE account = ?1") \
	\
	/* documents */ \
	X(DOCUMENT_FIND, "SELECT d.id, d.state, d.rules_version FROM document_names n JOIN documents d ON d.id = n.document WHERE n.name = ?1") \
	X(DOCUMENT_ADD, "INSERT INTO documents (path, url, source, size, rules_version, state, first_run, created_ms)" \
		" VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7)") \
	X(DOCUMENT_NAME_ADD, "INSERT INTO document_names (name, document) VALUES (?1, ?2)") \
	X(DOCUMENT_START_OVER, "UPDATE documents SET state = 1, rules_version = ?2 WHERE id = ?1") \
	X(DOCUMENT_DONE, "UPDATE documents SET state = 2, done_ms = ?2 WHERE id = ?1") \
	X(DOCUMENT_FIND_DIGEST, "SELECT id FROM documents WHERE sha256 = ?1") \
	X(DOCUMENT_SET_DIGEST, "UPDATE documents SET sha256 = ?2 WHERE id = ?1") \
	X(DOCUMENT_KNOWN, "SELECT id FROM documents WHERE sha256 = ?1 AND rules_version = ?2 AND state = 2") \
	X(PIECES_FORGET, "DELETE FROM pieces WHERE document = ?1") \
	X(PIECE_PUT, "INSERT INTO pieces (document, kind, start, end, machine_dir, state, part, member, offset, attempts, cause)" \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO UPDATE SET state = excluded.state," \
		" part = excluded.part, member = excluded.member, offset = excluded.offset, attempts = excluded.attempts," \
		" cause = excluded.cause") \
	X(PIECES, "SELECT kind, start, end, machine_dir, state, part, member, offset, attempts, cause FROM pieces WHERE document = ?1" \
		" ORDER BY kind, start, end, machine_dir") \
	/* ?1 becomes part of ?2 */ \
	X(MERGE_EVIDENCE, "UPDATE findings SET sighting = (SELECT o.id FROM sightings y JOIN sightings o ON o.finding = y.finding" \
		" AND o.document = ?2 AND o.path = y.path AND o.offset = y.offset WHERE y.id = findings.sighting)" \
		" WHERE sighting IN (SELECT y.id FROM sightings y JOIN sightings o ON o.finding = y.finding" \
		" AND o.document = ?2 AND o.path = y.path AND o.offset = y.offset WHERE y.document = ?1)") \
	X(MERGE_COUNTS, "UPDATE findings SET sightings = sightings - (SELECT count(*) FROM sightings y JOIN sightings o" \
		" ON o.finding = y.finding AND o.document = ?2 AND o.path = y.path AND o.offset = y.offset" \
		" WHERE y.document = ?1 AND y.finding = findings.number)" \
		" WHERE number IN (SELECT finding FROM sightings WHERE document = ?1)") \
	X(MERGE_DROP_SIGHTINGS, "DELETE FROM sightings WHERE document = ?1 AND EXISTS (SELECT 1 FROM sightings o" \
		" WHERE o.finding = sightings.finding AND o.document = ?2 AND o.path = sightings.path AND o.offset = sightings.offset)") \
	X(MERGE_SIGHTINGS, "UPDATE sightings SET document = ?2 WHERE document = ?1") \
	X(MERGE_NAMES, "UPDATE document_names SET document = ?2 WHERE document = ?1") \
	X(MERGE_NOT_INSPECTED, "UPDATE OR REPLACE not_inspected SET document = ?2 WHERE document = ?1") \
	X(MERGE_PLACES, "UPDATE OR IGNORE machine_places SET document = ?2 WHERE document = ?1") \
	X(MERGE_FORGET_PIECES, "DELETE FROM pieces WHERE document = ?2 AND document <> ?1") \
	X(MERGE_PIECES, "UPDATE pieces SET document = ?2 WHERE document = ?1") \
	X(MERGE_STATE, "UPDATE documents SET state = y.state, rules_version = y.rules_version FROM documents y" \
		" WHERE documents.id = ?2 AND y.id = ?1") \
	X(MERGE_DROP, "DELETE FROM documents WHERE id = ?1 AND id <> ?2") \
	\
	/* machines */ \
	X(MACHINE_AT, "SELECT m.id, m.machine_id FROM machine_places p JOIN machines m ON m.id = p.machine WHERE p.document = ?1 AND p.dir = ?2") \
	X(MACHINE_BY_ID, "SELECT id FROM machines WHERE machine_id = ?1") \
	X(MACHINE_ADD, "INSERT INTO machines (first_seen_ms, last_seen_ms) VALUES (?1, ?1)") \
	X(MACHINE_FILL, "UPDATE machines SET machine_id = coalesce(machine_id, ?2), name = coalesce(name, ?3), user = coalesce(user, ?4)," \
		" domain = coalesce(domain, ?5), ip = coalesce(ip, ?6), country = coalesce(country, ?7)," \
		" infected_at_ms = coalesce(infected_at_ms, ?8), family = coalesce(family, ?9), build = coalesce(build, ?10)," \
		" last_seen_ms = max(last_seen_ms, ?11) WHERE id = ?1") \
	X(MACHINE_PLACE_PUT, "INSERT INTO machine_places (document, dir, machine) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING") \
	X(MACHINE_JOIN_FINDINGS, "UPDATE findings SET machine = ?2 WHERE machine = ?1") \
	X(MACHINE_JOIN_PLACES, "UPDATE machine_places SET machine = ?2 WHERE machine = ?1") \
	X(MACHINE_JOIN_DROP, "DELETE FROM machines WHERE id = ?1 AND id <> ?2") \
	\
	/* recording findings */ \
	X(FINDING_BY_ID, "SELECT number FROM findings WHERE id = ?1") \
	X(FINDING_BY_ALIAS, "SELECT finding FROM finding_aliases WHERE id = ?1") \
	X(FINDING_BY_FOLD, "SELECT number FROM findings WHERE fold_id = ?1 ORDER BY number LIMIT 1") \
	X(FINDING_BY_FOLD_WITHOUT_SERVICE, "SELECT number FROM findings WHERE fold_id = ?1 AND service IS NULL ORDER BY number LIMIT 1") \
	X(FINDING_GIVE_SERVICE, "UPDATE findings SET service = ?2, url = ?3 WHERE number = ?1") \
	X(ALIAS_ADD, "INSERT INTO finding_aliases (id, finding) VALUES (?1, ?2)") \
	X(ACCOUNT_KNOWN, "SELECT 1 FROM findings WHERE account = ?1 LIMIT 1") \
	X(FINDING_ADD, "INSERT INTO findings (id, fold_id, alert_key, kind, account, audience, service, url, secret_hint, secret_length," \
		" secret_fingerprint, detail, expires_ms, rule, confidence, severity, attribution, watch_item, fabricated, staff_name," \
		" staff_team, staff_privileged, first_for_account, first_run, baseline, first_seen_ms, last_seen_ms, job_key, sealed_nonce, sealed_box," \
		" sealed_id) VALUES" \
		" (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25," \
		" ?26, ?26, ?27, ?28, ?29, ?30)") \
	X(FINDING_STANDING, "SELECT severity, audience, state = 4, first_for_account, id FROM findings WHERE number = ?1") \
	X(FINDING_STRENGTHEN, "UPDATE findings SET severity = ?2, audience = ?3, confidence = max(confidence, ?4)," \
		" attribution = min(attribution, ?5), fabricated = min(fabricated, ?6), staff_name = coalesce(?7, staff_name)," \
		" staff_team = coalesce(?8, staff_team), staff_privileged = coalesce(?9, staff_privileged) WHERE number = ?1") \
	X(FINDING_SETTLE, "UPDATE findings SET severity = ?2 WHERE number = ?1 AND sightings = 1") \
	X(JOB_KEY_FIND, "SELECT id FROM job_keys WHERE digest = ?1") \
	X(JOB_KEY_ADD, "INSERT INTO job_keys (digest, key_set) VALUES (?1, ?2)") \
	X(JOB_KEY_COPY_ADD, "INSERT INTO job_key_copies (job_key, key_id, box) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING") \
	X(JOB_KEY_COPIES, "SELECT key_id, box FROM job_key_copies WHERE job_key = ?1") \
	X(FINDING_KEY_SET, "SELECT k.key_set FROM findings f JOIN job_keys k ON k.id = f.job_key WHERE f.number = ?1") \
	X(FINDING_SET_SEALED, "UPDATE findings SET job_key = ?2, sealed_nonce = ?3, sealed_box = ?4, sealed_id = ?5 WHERE number = ?1") \
	X(FINDING_SEALED, "SELECT id, sealed_id, account, kind, sealed_nonce, sealed_box, job_key FROM findings" \
		" WHERE number = ?1 AND job_key IS NOT NULL") \
	X(SIGHTING_ADD, "INSERT INTO sightings (finding, document, path, offset, line, dir, source, url, via, fetched_at_ms, run, seen_ms, circuit)" \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (finding, document, path, offset) DO NOTHING") \
	X(FINDING_COUNT_SIGHTING, "UPDATE findings SET sightings = sightings + 1, sighting = coalesce(sighting, ?2)," \
		" last_seen_ms = max(last_seen_ms, ?3) WHERE number = ?1") \
	X(FINDING_TIE_MACHINE, "UPDATE findings SET machine = ?2 WHERE number = ?1 AND machine IS NULL") \
	\
	/* alerts */ \
	X(ALERT_TOLD, "SELECT 1 FROM findings WHERE alert_key = ?1 AND severity >= ?3 AND number <> ?2 AND (audience <> 2 OR ?4) LIMIT 1") \
	X(RUN_HOOK_OWED, "SELECT owed FROM run_hooks WHERE run = ?1 AND hook = ?2") \
	X(RUN_HOOK_COUNT, "INSERT INTO run_hooks (run, hook, owed, beyond) VALUES (?1, ?2, ?3, ?4)" \
		" ON CONFLICT DO UPDATE SET owed = owed + excluded.owed, beyond = beyond + excluded.beyond") \
	X(OUTBOX_ADD, "INSERT INTO outbox (hook, kind, key, state, finding, run, payload, created_ms, due_ms)" \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT (hook, kind, key) DO NOTHING") \
	X(OUTBOX_OWE_SUMMARIES, "INSERT INTO outbox (hook, kind, key, state, run, count, created_ms, due_ms)" \
		" SELECT hook, 2, CAST('run:' || run AS BLOB), 1, run, beyond, ?2, ?2 FROM run_hooks WHERE run = ?1 AND beyond > 0" \
		" ON CONFLICT (hook, kind, key) DO NOTHING") \
	X(OUTBOX_RELEASE, "UPDATE outbox SET lease_until_ms = 0 WHERE state = 1 AND lease_until_ms > 0") \
	X(OUTBOX_FIRST, "SELECT id, max(due_ms, lease_until_ms) FROM outbox WHERE state = 1 AND hook = ?1" \
		" AND max(due_ms, lease_until_ms) <= ?2 ORDER BY max(due_ms, lease_until_ms), id LIMIT 1") \
	X(OUTBOX_LEASE, "UPDATE outbox SET lease_until_ms = ?2 WHERE id = ?1") \
	X(OUTBOX_READ, "SELECT hook, kind, key, attempts, finding, run, payload, count FROM outbox WHERE id = ?1") \
	X(OUTBOX_NEXT_DUE, "SELECT min(due) FROM (SELECT min(max(due_ms, lease_until_ms)) AS due FROM outbox WHERE state = 1 GROUP BY hook)") \
	X(OUTBOX_DELIVERED, "UPDATE outbox SET state = 2, delivered_ms = ?2, lease_until_ms = 0, attempts = attempts + 1, error = NULL" \
		" WHERE id = ?1 AND state <> 2") \
	X(OUTBOX_ATTEMPTS, "SELECT attempts FROM outbox WHERE id = ?1 AND state = 1") \
	X(OUTBOX_FAILED, "UPDATE outbox SET state = ?2, attempts = ?3, due_ms = ?4, error = ?5, lease_until_ms = 0 WHERE id = ?1") \
	X(OUTBOX_LIST, "SELECT o.id, o.hook, o.kind, o.state, o.attempts, o.created_ms, o.due_ms, o.delivered_ms, o.error, f.id, o.count" \
		" FROM outbox o LEFT JOIN findings f ON f.number = o.finding WHERE (?1 = 0 OR o.state = ?1) AND (?2 IS NULL OR o.hook = ?2)" \
		" ORDER BY o.id DESC LIMIT ?3") \
	X(OUTBOX_COUNTS, "SELECT state, count(*) FROM outbox GROUP BY state") \
	X(OUTBOX_RETRY, "UPDATE outbox SET state = 1, attempts = 0, due_ms = ?2, lease_until_ms = 0" \
		" WHERE (?1 = 0 AND state = 3) OR (id = ?1 AND state IN (1, 3))") \
	\
	/* frontier */ \
	X(FRONTIER_COUNT, "UPDATE sources SET waiting = waiting + ?2, leased = leased + ?3, resting = resting + ?4, gone = gone + ?5" \
		" WHERE id = ?1") \
	X(FRONTIER_COUNTS, "SELECT waiting, leased, resting, gone FROM sources WHERE name = ?1") \
	X(FRONTIER_FOUND, "SELECT EXISTS (SELECT 1 FROM frontier_urls WHERE source = (SELECT id FROM sources WHERE name = ?1) AND depth > 0)") \
	X(FRONTIER_KNOWN, "SELECT 1 FROM frontier_urls WHERE source = ?1 AND key = ?2") \
	X(FRONTIER_HOST_PUT, "INSERT INTO frontier_hosts (source, name, due_ms) VALUES (?1, ?2, ?3) ON CONFLICT (source, name) DO UPDATE" \
		" SET due_ms = CASE WHEN excluded.due_ms IS NULL THEN due_ms WHEN due_ms IS NULL THEN excluded.due_ms" \
		" ELSE min(due_ms, excluded.due_ms) END RETURNING id") \
	X(FRONTIER_ADD, "INSERT INTO frontier_urls (source, host, key, url, method, body, role, depth, priority, state, due_ms, referer," \
		" title, item, captured, published_ms, expires_ms)" \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11, ?12, ?13, ?14, ?15, ?16)") \
	X(FRONTIER_WAKE, "UPDATE frontier_urls SET state = 1, due_ms = ?3, item = coalesce(?5, item)," \
		" captured = coalesce(?6, captured)" \
		" WHERE source = ?1 AND key = ?2 AND state = 3 AND fetched_ms < ?4 AND (?5 IS NULL OR item IS NOT ?5) RETURNING host") \
	X(FRONTIER_MAKE_FIRST, "UPDATE frontier_urls SET due_ms = 0, priority = 0 WHERE source = ?1 AND key = ?2 AND state <> 2" \
		" RETURNING state") \
	X(FRONTIER_MAKE_WAIT, "UPDATE frontier_urls SET state = 1 WHERE source = ?1 AND key = ?2") \
	X(FRONTIER_HOST_READY, "SELECT id FROM frontier_hosts WHERE source = ?1 AND ready_ms IS NOT NULL AND ready_ms <= ?2" \
		" ORDER BY ready_ms LIMIT 1") \
	X(FRONTIER_FIRST, "SELECT id FROM frontier_urls WHERE state = 1 AND host = ?1 AND priority = ?2 AND due_ms <= ?3" \
		" ORDER BY due_ms LIMIT 1") \
	X(FRONTIER_HOST_SETTLE, "UPDATE frontier_hosts SET due_ms = (SELECT min(due) FROM (" \
		"SELECT min(due_ms) AS due FROM frontier_urls WHERE state = 1 AND host = ?1 AND priority = 0 UNION ALL " \
		"SELECT min(due_ms) FROM frontier_urls WHERE state = 1 AND host = ?1 AND priority = 1 UNION ALL " \
		"SELECT min(due_ms) FROM frontier_urls WHERE state = 1 AND host = ?1 AND priority = 2 UNION ALL " \
		"SELECT min(due_ms) FROM frontier_urls WHERE state = 1 AND host = ?1 AND priority = 3)) WHERE id = ?1") \
	X(FRONTIER_LEASE, "UPDATE frontier_urls SET state = 2, lease_until_ms = ?2 WHERE id = ?1") \
	X(FRONTIER_HOST_QUIET, "UPDATE frontier_hosts SET quiet_until_ms = max(quiet_until_ms, ?2) WHERE id = ?1") \
	X(FRONTIER_HOST_DUE, "UPDATE frontier_hosts SET due_ms = CASE WHEN due_ms IS NULL THEN ?2 ELSE min(due_ms, ?2) END WHERE id = ?1") \
	X(FRONTIER_NEXT_DUE, "SELECT min(ready_ms) FROM frontier_hosts WHERE source = (SELECT id FROM sources WHERE name = ?1)" \
		" AND ready_ms IS NOT NULL") \
	X(FRONTIER_READ, "SELECT s.name, h.name, u.url, u.method, u.body, u.role, u.depth, u.priority, u.due_ms, u.etag, u.last_modified," \
		" u.digest, u.attempts, u.fetched_ms, u.referer, u.title, u.item, u.captured, u.published_ms, u.expires_ms, u.every_ms, coalesce(u.look, 0)" \
		" FROM frontier_urls u JOIN sources s ON s.id = u.source JOIN frontier_hosts h ON h.id = u.host WHERE u.id = ?1") \
	X(FRONTIER_WHERE, "SELECT source, host, state FROM frontier_urls WHERE id = ?1") \
	/* ?4 new content, ?5 a good fetch, ?6 a failed one */ \
	X(FRONTIER_RESULT, "UPDATE frontier_urls SET state = ?2, due_ms = ?3, lease_until_ms = 0," \
		" etag = CASE WHEN ?4 THEN ?7 ELSE etag END, last_modified = CASE WHEN ?4 THEN ?8 ELSE last_modified END," \
		" digest = CASE WHEN ?4 THEN ?9 ELSE digest END, attempts = CASE WHEN ?5 THEN 0 ELSE attempts + ?6 END," \
		" fetched_ms = CASE WHEN ?5 THEN ?11 ELSE fetched_ms END, error = ?10," \
		" every_ms = CASE WHEN ?12 > 0 THEN ?12 ELSE every_ms END, look = CASE WHEN ?4 THEN ?13 ELSE look END WHERE id = ?1") \
	X(FRONTIER_FORCE, "UPDATE frontier_urls SET state = 1, due_ms = ?2, attempts = 0" \
		" WHERE state <> 2 AND (?1 IS NULL OR source = (SELECT id FROM sources WHERE name = ?1))") \
	X(FRONTIER_FORCE_HOSTS, "UPDATE frontier_hosts SET due_ms = ?2, quiet_until_ms = 0" \
		" WHERE ?1 IS NULL OR source = (SELECT id FROM sources WHERE name = ?1)") \
	X(FRONTIER_FORCE_COUNTS, "UPDATE sources SET waiting = waiting + resting + gone, resting = 0, gone = 0" \
		" WHERE (?1 IS NULL OR name = ?1) AND ?2 IS NOT NULL") \
	X(FRONTIER_RELEASE_HOSTS, "UPDATE frontier_hosts SET due_ms = 0 WHERE id IN (SELECT host FROM frontier_urls WHERE state = 2)") \
	X(FRONTIER_RELEASE, "UPDATE frontier_urls SET state = 1, lease_until_ms = 0 WHERE state = 2") \
	X(FRONTIER_RELEASE_COUNTS, "UPDATE sources SET waiting = waiting + leased, leased = 0 WHERE leased <> 0") \
	X(FRONTIER_DUE_COUNT, "SELECT count(*) FROM (SELECT 1 FROM frontier_hosts h JOIN frontier_urls u ON u.host = h.id" \
		" WHERE h.source = (SELECT id FROM sources WHERE name = ?1) AND u.state = 1 AND u.priority BETWEEN 0 AND 3" \
		" AND u.due_ms <= ?2 LIMIT ?3)") \
	\
	/* questions */ \
	X(FINDING_READ, "SELECT " FINDING_COLUMNS FINDING_TABLES " WHERE f.number = ?1") \
	X(FINDINGS_NEWEST, "SELECT " FINDING_COLUMNS FINDING_TABLES " WHERE" FINDING_ANY_ACCOUNT FINDING_FILTER FINDING_NEWEST) \
	X(FINDINGS_WORST, "SELECT " FINDING_COLUMNS FINDING_TABLES " WHERE" FINDING_ANY_ACCOUNT FINDING_FILTER FINDING_WORST) \
	X(FINDINGS_ACCOUNT_NEWEST, "SELECT " FINDING_COLUMNS FINDING_TABLES " WHERE" FINDING_THIS_ACCOUNT FINDING_FILTER FINDING_NEWEST) \
	X(FINDINGS_ACCOUNT_WORST, "SELECT " FINDING_COLUMNS FINDING_TABLES " WHERE" FINDING_THIS_ACCOUNT FINDING_FILTER FINDING_WORST) \
	X(FINDINGS_COUNT, "SELECT count(*)" FINDING_TABLES " WHERE" FINDING_ANY_ACCOUNT FINDING_FILTER) \
	X(FINDINGS_ACCOUNT_COUNT, "SELECT count(*)" FINDING_TABLES " WHERE" FINDING_THIS_ACCOUNT FINDING_FILTER) \
	X(FINDINGS_COUNT_ALL, "SELECT count(*) FROM findings") \
	X(FINDING_BY_PREFIX, "SELECT number FROM findings WHERE id BETWEEN ?1 AND ?2" \
		" UNION SELECT finding FROM finding_aliases WHERE id BETWEEN ?1 AND ?2 LIMIT 2") \
	X(FINDING_ALIASES, "SELECT id FROM finding_aliases WHERE finding = ?1") \
	X(FINDING_SIGHTINGS, "SELECT s.seen_ms, s.run, src.name, s.url, s.via, d.sha256, d.path, s.path, s.line, s.offset, s.fetched_at_ms, s.circuit" \
		" FROM sightings s JOIN documents d ON d.id = s.document LEFT JOIN sources src ON src.id = s.source" \
		" WHERE s.finding = ?1 ORDER BY s.id LIMIT 1000") \
	X(FINDING_NOT_INSPECTED, "SELECT n.run, n.path, n.cause, n.detail, n.offset FROM not_inspected n WHERE n.document IN" \
		" (SELECT document FROM sightings WHERE finding = ?1) ORDER BY n.id LIMIT 200") \
	X(FINDING_ALERTS, "SELECT hook, state, attempts, created_ms, delivered_ms, error FROM outbox WHERE kind = 1 AND finding IN" \
		" (SELECT number FROM findings WHERE alert_key = (SELECT alert_key FROM findings WHERE number = ?1)) ORDER BY id") \
	X(FINDING_SAME_MACHINE, "SELECT id, severity, kind, account, service, json_extract(detail, '$.cookie.name'), state FROM findings" \
		" WHERE machine = (SELECT machine FROM findings WHERE number = ?1) AND number <> ?1 ORDER BY severity DESC, number LIMIT 200") \
	X(FINDING_HISTORY, "SELECT at_ms, who, action, detail FROM audit WHERE finding = (SELECT id FROM findings WHERE number = ?1) ORDER BY id") \
	\
	/* triage */ \
	X(FINDING_SET_STATE, "UPDATE findings SET state = ?2 WHERE number = ?1") \
	X(AUDIT_ADD, "INSERT INTO audit (at_ms, who, action, finding, detail)" \
		" VALUES (?1, ?2, ?3, (SELECT id FROM findings WHERE number = ?4), ?5)")
/* clang-format on */

enum statement {
#define STATEMENT_NAME(name, sql) STATEMENT_##name,
	STATEMENTS(STATEMENT_NAME)
#undef STATEMENT_NAME
		STATEMENT_COUNT
};

#endif
