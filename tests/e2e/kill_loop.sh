#!/usr/bin/env bash
# kill -9 of the coordinator and of each worker kind in the middle of a crawl, over and over, each crawl taking up what the one
# before left: in the end the pages, findings and alerts are those of an undisturbed one. `make soak-kill` does it
# 200 times over 2,000 pages.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh"
leaktrawl=$LEAKTRAWL_BUILD/leaktrawl
# shellcheck source=demo/lib.sh
. "$LEAKTRAWL_SOURCE/demo/lib.sh"
rounds=${LEAKTRAWL_KILL_ROUNDS:-24}
pages=${LEAKTRAWL_KILL_PAGES:-60}

work=$SERVERS/demo
mkdir "$work"
demo_start "$work"
# More pages than the demonstration has, each with a log-in of its own.
for n in $(seq 1 "$pages"); do
	printf 'anna@shop.test:zzz%s\nuser%s@royal-post.example:Heron-%s-Weir\n' "$n" "$n" "$n" >"$work/site/p/k$n.txt"
	printf '<a href="/p/k%s.txt">k%s</a>\n' "$n" "$n"
done >>"$work/site/index.html"
chmod -R a+rX "$work/site"
# A webhook beside the exec hook, so that leaktrawl-notify has work to be killed at.
hook_port=$(free_port)
start_server webhook "$hook_port" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/webhook_server.py" "$hook_port" sesame
printf 'sesame\n' >"$work/siem.key"
chmod 600 "$work/siem.key"
echo "  - {name: siem, webhook: \"http://127.0.0.1:$hook_port/in\", secret_file: siem.key, via: direct, min_severity: low}" >>"$work/leaktrawl.yml"
# The cap on alerts counts by run, and here one crawl is many runs.
echo "limits: {alerts_per_run: 1000000}" >>"$work/leaktrawl.yml"
told() { server_log "$hook_port" | grep '^{' | jq -r '.body | fromjson | .id // empty' | sort -u; }
lt() { "$leaktrawl" --config "$1/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} "${@:2}"; }

calm=$SERVERS/calm
cp -r "$work" "$calm"
sed -i "s|$work|$calm|g" "$calm/leaktrawl.yml"
lt "$calm" crawl >/dev/null 2>&1
is "the undisturbed crawl finds something" $? 10
is "the webhook hears of each finding the exec hook hears of" "$(told)" "$(jq -r .id "$calm/alerts.jsonl" | sort -u)"
# Slow enough to be hit in the middle.
sed -i 's/delay: 0s/delay: 20ms/' "$work/leaktrawl.yml"
# Identity is keyed: both indexes share the key, so the ids must be the same.
lt "$calm" findings --format jsonl | jq -r .id | sort >"$SERVERS/calm.ids"
# Every page with what became of it; and what every hook is owed of every finding, and how often.
pages_of() { # FOLDER
	sqlite3 "$1/index.db" "SELECT url, state, fetched_ms > 0, hex(digest), coalesce(error, '') FROM frontier_urls ORDER BY url"
}
owed_of() { # FOLDER
	sqlite3 "$1/index.db" "SELECT o.hook, f.id, o.state, count(*) FROM outbox o JOIN findings f ON f.number = o.finding
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
}
documents_of() { # FOLDER
	sqlite3 "$1/index.db" "SELECT hex(sha256), state, count(*) FROM documents GROUP BY 1, 2 ORDER BY 1, 2"
}

# One of the processes of this crawl: "coordinator" or a worker's name.
victim() { # PID KIND
	case $2 in
	coordinator) echo "$1" ;;
	*)
		local spawner
		spawner=$(pgrep -P "$1" | head -n 1)
		[ -z "$spawner" ] || pgrep -P "$spawner" -f "leaktrawl-$2" | head -n 1
		;;
	esac
}

heard=$(server_log "$hook_port" | grep -c '^{')
kinds=(coordinator inspect fetch notify)
killed=0
force=
for round in $(seq 1 "$rounds"); do
	kind=${kinds[$((round % 4))]}
	setsid "$leaktrawl" --config "$work/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} crawl $force >>"$SERVERS/kill.log" 2>&1 &
	pid=$!
	sleep "0.$(printf '%02d' $((5 + (round * 37) % 60)))"
	target=$(victim "$pid" "$kind")
	force=
	if ! process_runs "$pid"; then
		force=--force # all was read: from the start again
	elif kill -9 "${target:-$pid}" 2>/dev/null; then
		killed=$((killed + 1))
		# What outlives the death of a worker goes on for a moment, then ends as roughly.
		sleep 0.2
		kill -9 "$pid" 2>/dev/null
	fi
	wait "$pid" 2>/dev/null
done
ok "processes were killed ($killed in $rounds rounds)" test "$killed" -gt 0
lt "$work" crawl >/dev/null 2>>"$SERVERS/kill.log"
status=$?
ok "the run after them ends well ($status)" test "$status" -eq 0 -o "$status" -eq 10
# An alert whose delivery was killed waits for its next try: it is made now.
for _ in $(seq 1 10); do
	mapfile -t waiting < <(sqlite3 "$work/index.db" 'SELECT id FROM outbox WHERE state IN (1, 3)')
	[ "${#waiting[@]}" -gt 0 ] || break
	lt "$work" alerts retry "${waiting[@]}" >/dev/null 2>>"$SERVERS/kill.log"
	lt "$work" crawl >/dev/null 2>>"$SERVERS/kill.log"
done
pages_of "$work" >"$SERVERS/killed.pages"
pages_of "$calm" >"$SERVERS/calm.pages"
ok "there were that many pages" test "$(wc -l <"$SERVERS/calm.pages")" -gt "$pages"
is "the same pages, read with the same bytes, none twice" "$(cat "$SERVERS/killed.pages")" "$(cat "$SERVERS/calm.pages")"
is "the same documents, none twice" "$(documents_of "$work")" "$(documents_of "$calm")"
lt "$work" findings --format jsonl | jq -r .id | sort >"$SERVERS/killed.ids"
is "the same findings, none twice" "$(cat "$SERVERS/killed.ids")" "$(cat "$SERVERS/calm.ids")"
is "the same alerts, owed to each hook once and delivered" "$(owed_of "$work")" "$(owed_of "$calm")"
is "every finding's alert was delivered at least once" \
	"$(jq -r .id "$work/alerts.jsonl" | sort -u)" "$(jq -r .id "$calm/alerts.jsonl" | sort -u)"
is "the webhook heard of every one of them again" \
	"$(server_log "$hook_port" | grep '^{' | tail -n "+$((heard + 1))" | jq -r '.body | fromjson | .id // empty' | sort -u)" \
	"$(jq -r .id "$calm/alerts.jsonl" | sort -u)"
is "each under one key, however often it was told" "$(server_log "$hook_port" | grep '^{' | tail -n "+$((heard + 1))" |
	jq -r 'select(.body | fromjson | .id) | [(.body | fromjson | .id), .key] | join(" ")' | sort -u | cut -d' ' -f1 | uniq -d)" ""
is "the index is sound" "$(sqlite3 "$work/index.db" 'PRAGMA integrity_check')" ok
ok "no worker was left behind" wait_until none_runs -f "$work/leaktrawl.yml"
done_testing
