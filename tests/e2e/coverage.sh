#!/usr/bin/env bash
# Coverage one can believe: every URL that was due is accounted for, once; what a canary, a budget, a dead proxy or a broken feed
# hides is told, with status 3 and to the hooks.
: "${LEAKTRAWL_SOURCE:?}" "${LEAKTRAWL_BUILD:?}"
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh"
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh"

www=${SERVERS:?}/www
mkdir -p "$www" "$SERVERS/drop"
chmod 700 "$SERVERS/drop"
port=$(free_port)
proxy=$(free_port)
dead=$(free_port)
name_host site.example many.example list.example canary.example
for name in a b c hidden; do echo "<p>$name" >"$www/$name.html"; done
for name in a b c hidden gone no broken away; do echo "<a href=\"/$name.html\">$name</a>"; done >"$www/index.html"
for n in $(seq 1 9); do
	echo "page $n" >"$www/n$n.html"
	echo "<a href=\"/n$n.html\">$n</a>"
done >"$www/many.html"
cp "$LEAKTRAWL_SOURCE/tests/sites/block-pages/captcha.html" "$www/hidden.html"
echo 'canary@royal-post.example:Fulmar-Stack-31' >"$www/canary.txt"
chmod -R a+rX "$www"
chmod 711 "$SERVERS"
start_nginx "$www" "$port" 'default_type text/html;
	location = /no.html { return 403; }
	location = /broken.html { return 500; }
	location = /away.html { return 302 http://elsewhere.example/; }' || exit 99
start_microsocks "$proxy" || exit 99

crawl_folder "$SERVERS/work" || exit 99
cat >"$crawl_work/hook" <<'END'
#!/bin/sh
cat >>"$1"
echo >>"$1"
END
chmod 700 "$crawl_work/hook"
: >"$crawl_work/alerts.jsonl"
{
	echo "  canaries: [canary@royal-post.example]"
	echo "limits: {fetch_attempts: 1}"
	echo "proxies: {here: {url: \"socks5h://127.0.0.1:$proxy\"}, dead: {url: \"socks5h://127.0.0.1:$dead\"}}"
	echo "hooks: [{name: soc, exec: [\"$crawl_work/hook\", \"$crawl_work/alerts.jsonl\"], min_severity: low}]"
	echo "sources:"
	echo "  - {name: site, start: [\"http://site.example:$port/\"], follow: [html], via: here, delay: 0s, every: 1h, leak_site: true}"
	echo "  - {name: many, start: [\"http://many.example:$port/many.html\"], follow: [/n], via: here, delay: 0s, max_pages: 4, every: 1h}"
	echo "  - {name: list, start: [\"@list.txt\"], via: here, delay: 0s, every: 1h}"
	echo "  - {name: lost, start: [\"http://site.example:$port/a.html\"], via: dead, delay: 0s, every: 1h}"
	echo "  - {name: canary, start: [\"http://canary.example:$port/canary.txt\"], via: here, canary: true, delay: 0s, every: 1h}"
} >>"$crawl_work/leaktrawl.yml"
for name in a b c nowhere; do echo "http://list.example:$port/$name.html"; done >"$crawl_work/list.txt"

# due=fetched+unchanged+gone+failed+blocked+left of a source
account() { crawl_coverage "$1" | jq -r '"\(.due)=\(.fetched)+\(.unchanged)+\(.gone)+\(.failed)+\(.blocked)+\(.left)"'; }
unexplained() { lt runs last --format json | jq -r '.coverage[] | select(.due != .fetched + .unchanged + .gone + .failed + .blocked + .left) | .source'; }
notices() { jq -r --arg a "$1" 'select(.about == $a) | .subject' "$crawl_work/alerts.jsonl" | paste -sd' '; }
crawl() {
	lt crawl --once >"$SERVERS/out" 2>"$SERVERS/err"
	status=$?
}
# Two hours pass; what was due before others still is.
hours() {
	sqlite3 "$crawl_work/index.db" 'UPDATE frontier_urls SET due_ms = due_ms - 7200000 WHERE state = 1;
		UPDATE frontier_hosts SET due_ms = due_ms - 7200000, quiet_until_ms = 0'
}

crawl
is "not all was covered" "$status" 3
is "every URL that was due is explained" "$(unexplained)" ""
is "pages, a deleted one, failures and walls stand apart" "$(account site)" "9=4+0+1+2+2+0"
is "each with its cause" "$(crawl_coverage site | jq -rc .causes)" '{"http_403":1,"http_500":1,"redirect_refused":1}'
is "what a budget leaves is told" "$(account many) $(crawl_coverage many | jq -r .note)" \
	"10=4+0+0+0+0+6 6 URLs wait for the next run: the budget of this one is spent"
is "a list of addresses is crawled, and says which of them fails" "$(account list) $(crawl_coverage list | jq -rc .causes)" '4=3+0+0+1+0+0 {"http_404":1}'
is "behind a dead proxy all has failed" "$(account lost) $(crawl_coverage lost | jq -rc .causes)" '1=0+0+0+1+0+0 {"proxy_down":1}'
like "the table at the end says the same" "$(cat "$SERVERS/err")" 'site +9 +4 +0 +1 +2 +2 +0 '
is "the canary was found" "$(account canary) $(notices canary)" "1=1+0+0+0+0+0 "

hours
crawl
is "the next run takes up what the first one left" "$(account many)" "10=4+0+0+0+0+6"
is "what is gone stays gone" "$(crawl_coverage site | jq -r .gone)" 0
is "and everything is explained again" "$(unexplained)" ""

echo 'nothing here' >"$www/canary.txt"
sed -i '/name: site\|name: many\|name: list\|name: lost/d' "$crawl_work/leaktrawl.yml"
crawl
is "without its canary a run is not to be believed" "$status" 3
is "somebody is told" "$(notices canary)" canary@royal-post.example
like "and reads it" "$(cat "$SERVERS/err")" 'the canary canary@royal-post.example was not found'
echo 'canary@royal-post.example:Fulmar-Stack-31' >"$www/canary.txt"
crawl
is "found again, all is well" "$status" 0

# What stays away is told: in the log at once, to the hooks when it has been silent for two of its visits, a day at least.
cat >>"$crawl_work/leaktrawl.yml" <<END
  - {name: away, start: ["http://many.example:$port/n1.html"], via: here, delay: 0s, every: 12h}
END
crawl
is "a source answers" "$status $(notices silent)" "0 "
lt crawl --source away >"$SERVERS/out" 2>"$SERVERS/err"
is "a crawl of another source need not find the canary" "$?" 0
mv "$www/n1.html" "$www/n1.old"
lt crawl --once --force --quiet --source away >"$SERVERS/out" 2>"$SERVERS/err"
is "who reads warnings only reads that it is away" "$? $(grep -v unsandboxed "$SERVERS/err")" "3 leaktrawl: warning: away: nothing could be had of it: http_404"
lt crawl --once --force --quiet --source away >"$SERVERS/out" 2>"$SERVERS/err"
is "once, and no alarm is made of a night" "$(grep -v unsandboxed "$SERVERS/err") $(notices silent)" " "
sqlite3 "$crawl_work/index.db" "UPDATE sources SET last_good_ms = last_good_ms - 86400000, last_try_ms = last_try_ms - 3600000 WHERE name = 'away'"
for _ in 1 2; do lt crawl --once --force --source away >"$SERVERS/out" 2>"$SERVERS/err"; done
is "a day later the hooks are told, once" "$(notices silent)" away
sed -i '/name: away/d' "$crawl_work/leaktrawl.yml"

# Where a site leads elsewhere it is told where to.
cat >>"$crawl_work/leaktrawl.yml" <<END
  - {name: moved, start: ["http://site.example:$port/away.html"], via: here, delay: 0s, every: 12h}
END
crawl
is "a start that leads to another host says to which" "$(crawl_coverage moved | jq -r .note)" \
	"its start leads to elsewhere.example: another host than the source's start"
sed -i '/name: moved/d' "$crawl_work/leaktrawl.yml"

# Drop folder and feeds: what is broken in the middle costs itself alone, and is told.
cat >>"$crawl_work/leaktrawl.yml" <<END
  - {name: dropped, drop: $SERVERS/drop}
END
entry() { jq -nc --arg t "$1" --arg u "$2" '{text: $t, url: $u, source: "telegram", time: "2026-11-01T00:00:00Z"}'; }
missed() { lt runs last --format json | jq -r '.not_inspected_list[] | .cause + " " + (.path | sub(".*/"; "")) + " " + (.detail // "")'; }
found() { lt findings --format jsonl | jq -r .account | sort | paste -sd' '; }
{
	entry "$(leak 1)" http://t.example/1
	echo "{\"text\": \"broken, $(leak 2)"
	entry "$(leak 3)" http://t.example/3
} >"$SERVERS/drop/feed.jsonl"
{
	entry "$(leak 4)" http://t.example/4
	printf '{"text":"'
	head -c 20000000 /dev/zero | tr '\0' x
	printf '","url":"http://t.example/5"}\n'
	entry "$(leak 6)" http://t.example/6
} >"$SERVERS/drop/long.jsonl"
warc() { # N
	local body
	body="HTTP/1.1 200 OK"$'\r\n'"Content-Type: text/plain"$'\r\n\r\n'"$(leak "$1")"$'\n'
	printf 'WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://w.example/%s\r\nWARC-Date: 2026-11-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %s\r\n\r\n%s\r\n\r\n' \
		"$1" "${#body}" "$body"
}
{ warc 7 | gzip -n && warc 8 | gzip -n | head -c 60; } >"$SERVERS/drop/cut.warc.gz"
crawl
is "an endless line and a cut archive: not all was covered" "$status" 13
is "what stands around them is found, and what a broken line says" "$(found)" \
	"user1@royal-post.example user2@royal-post.example user3@royal-post.example user4@royal-post.example user6@royal-post.example user7@royal-post.example"
like "the endless line is told" "$(missed)" 'limit long.jsonl'
like "the cut archive is told" "$(missed)" 'cut.warc.gz'
crawl
is "what was read is not read again" "$status" 0

{
	entry "$(leak 11)" http://t.example/11
	echo "no JSON at all: $(leak 12)"
	echo '[1, 2'
	entry "$(leak 13)" http://t.example/13
	printf '{"text": "cut in the middle of %s' "$(leak 14)"
} | lt scan --format jsonl - >"$SERVERS/out" 2>"$SERVERS/err"
is "faults of a feeder on standard input hide nothing" "$? $(jq -r .account "$SERVERS/out" | sort | paste -sd' ')" \
	"10 user11@royal-post.example user12@royal-post.example user13@royal-post.example user14@royal-post.example"
done_testing
