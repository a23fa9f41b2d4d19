#!/usr/bin/env bash
# Mirrors of one site: the first that answers is asked, none of their pages twice, and one that shows another site nothing.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh" || exit 99
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh" || exit 99
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh" || exit 99

page() { # FILE BODY
	mkdir -p "$(dirname "$1")"
	printf '<html><body>%s</body></html>\n' "$2" >"$1"
}
site() { # FOLDER COUNT: a start and that many pages, the second of them a leak
	local n
	page "$1/index.html" "$(seq -f '<a href="/p/%g.html">paste</a>' "$2") <a href=\"http://b.example:$port_b/p/1.html\">the same</a>"
	for n in $(seq "$2"); do page "$1/p/$n.html" "paste $n"; done
	leak 1 >"$1/p/2.html"
}
proxy=$(free_port)
port_a=$(free_port) port_b=$(free_port) port_c=$(free_port)
name_host a.example b.example c.example
site "$SERVERS/true" 30
page "$SERVERS/other/index.html" '<a href="/p/casino.html">win</a><a href="/">home</a>'
page "$SERVERS/other/p/casino.html" "$(leak 5)"
page "$SERVERS/wall/index.html" '<title>DDOS-GUARD</title> Checking your browser before accessing. <form>captcha <input name="captcha"></form>'
up() { # MIRROR FOLDER
	local port=port_$1
	start_nginx "$SERVERS/$2" "${!port}" || exit 99
}
down() { # MIRROR...
	local name port
	for name in "$@"; do
		port=port_$name
		stop_server "${!port}"
	done
}
start_microsocks "$proxy" || exit 99
crawl_folder "$SERVERS/work" || exit 99
cp "$crawl_work/leaktrawl.yml" "$SERVERS/begin.yml"
configure() { # KEYS
	{
		cat "$SERVERS/begin.yml"
		echo "proxies: {here: {url: \"socks5h://127.0.0.1:$proxy\"}}"
		echo 'limits: {fetch_attempts: 2}'
		echo "sources: [{name: site, start: [\"http://a.example:$port_a/\", \"http://b.example:$port_b/\", \"http://c.example:$port_c/\"], $1"
		echo '  via: here, every: 1d, delay: 0s, parallel: 2, follow: ["/p/"]}]'
	} >"$crawl_work/leaktrawl.yml"
}
crawl() {
	lt crawl "$@" >"$SERVERS/out" 2>"$SERVERS/err"
	status=$?
}
coverage() {
	crawl_coverage site | jq -r ".$1"
}
afresh() {
	rm -f "$crawl_work"/index.db*
}
asked() { # MIRROR
	local port=port_$1
	if [ -f "$SERVERS/nginx-${!port}.requests" ]; then requests "${!port}"; else echo 0; fi
}
state() { lt sources --format json 2>/dev/null | jq -r '.sources[].state'; }
hosts() { sqlite3 "$crawl_work/index.db" 'SELECT name FROM frontier_hosts ORDER BY 1' | paste -sd' '; }

# ---- all of them up -------------------------------------------------------------------------------------------

up a true
up b true
up c true
configure 'mirrors: true,'
crawl
is "the site is crawled" "$status $(coverage fetched)" "10 31"
is "from its first address alone, links to another mirror included" "$(asked a) $(asked b) $(asked c)" "31 0 0"
is "the frontier knows one host" "$(hosts)" a.example
crawl --force
# The start comes whole: it proves the mirror.
is "asked anew nothing is new" "$status $(coverage fetched) $(coverage unchanged)" "0 1 30"
is "by the same address" "$(asked b) $(asked c)" "0 0"

# ---- the first is gone ----------------------------------------------------------------------------------------

down a
before=$(asked b)
crawl --force
is "with the first gone the next is asked, and nothing is missing" "$status $(($(coverage fetched) + $(coverage unchanged)))" "0 31"
is "the second had all requests" "$(($(asked b) - before)) $(asked c)" "31 0"
like "the log says so" "$(cat "$SERVERS/err")" "site: http://a.example:$port_a cannot be had: .*: http://b.example:$port_b is asked"
is "the source is well" "$(state)" ok
is "and its note names who stood in" "$(coverage note)" "http://b.example:$port_b stood in for the first address"
is "its pages are no other pages" "$(hosts)" a.example
afresh
crawl
is "a first crawl without the first address finds the same" "$status $(coverage fetched)" "10 31"
is "evidence tells where it was" "$(lt findings --format jsonl | jq -r .evidence.url)" "http://b.example:$port_b/p/2.html"
down b c
crawl --force --once
is "with none left it is said" "$status $(coverage fetched) $(coverage failed)" "3 0 1"
up a true
crawl --force
is "and when one is back it goes on" "$status $(($(coverage fetched) + $(coverage unchanged)))" "0 31"

# ---- one dies in mid-run --------------------------------------------------------------------------------------

afresh
up b true
site "$SERVERS/true" 60
sed -i 's/delay: 0s/delay: 80ms/' "$crawl_work/leaktrawl.yml"
before_a=$(asked a) before_b=$(asked b)
lt crawl >"$SERVERS/out" 2>"$SERVERS/err" &
crawl=$!
begun() { [ $(($(asked a) - before_a)) -ge 8 ]; }
wait_until begun
down a
wait "$crawl"
is "the one in use dies in mid-run: every page is fetched, the start again" "$? $(coverage fetched) $(coverage failed)" "10 62 0"
both=$(($(asked a) - before_a + $(asked b) - before_b))
# One start more, for proof, and what was under way.
is "no page was asked for twice but the start and what was under way" "$((both >= 61 && both <= 65))" 1
is "both had a part of it" "$((($(asked a) - before_a >= 8) + ($(asked b) - before_b >= 8)))" 2

# ---- one lies -------------------------------------------------------------------------------------------------

configure 'mirrors: true,'
down b
up b other
up c true
before_b=$(asked b) before_c=$(asked c)
crawl --force
is "behind one that shows another site the next is asked" "$status $(($(coverage fetched) + $(coverage unchanged)))" "0 61"
is "of the liar its start alone was seen" "$(($(asked b) - before_b))" 1
is "the rest came from the third" "$(($(asked c) - before_c))" 61
like "coverage names the liar" "$(coverage note)" "http://b.example:$port_b shows another site"
is "nothing of it is in the queue" "$(sqlite3 "$crawl_work/index.db" "SELECT count(*) FROM frontier_urls WHERE url LIKE '%casino%'")" 0
is "nor is anything gone" "$(sqlite3 "$crawl_work/index.db" 'SELECT count(*) FROM frontier_urls WHERE state = 4')" 0
down c
crawl --force --once
is "with the liar alone nothing is followed, and a human is asked for" "$status $(state)" "3 needs_human"
is "still nothing is gone" "$(sqlite3 "$crawl_work/index.db" 'SELECT count(*) FROM frontier_urls WHERE state = 4')" 0
up a true
crawl --force
is "with a true one back all is well" "$status $(($(coverage fetched) + $(coverage unchanged))) $(state)" "0 61 ok"

# ---- one is walled --------------------------------------------------------------------------------------------

down a b
up a wall
up b true
crawl --force
is "behind a wall at one mirror the next is asked" "$status $(($(coverage fetched) + $(coverage unchanged))) $(state)" "0 61 ok"

# ---- one leads away from itself -------------------------------------------------------------------------------

afresh
down b
site "$SERVERS/true" 5
start_nginx "$SERVERS/true" "$port_b" "location = /p/3.html { return 302 https://b.example:$port_b/p/3.html; }" || exit 99
down a
crawl
is "a page that leads where nothing answers has failed, and the others came" "$status $(coverage fetched) $(coverage failed)" "13 5 1"
down b
start_nginx "$SERVERS/true" "$port_a" "return 302 https://a.example:$port_a\$request_uri;" || exit 99
up b true
afresh
crawl
is "where the start itself leads away the next is asked" "$status $(coverage fetched) $(coverage failed)" "10 6 0"

down a
start_nginx "$SERVERS/true" "$port_a" 'return 302 http://elsewhere.example/;' || exit 99
before_a=$(asked a)
crawl --force
is "nor is one waited for that has been parked" "$status $(($(coverage fetched) + $(coverage unchanged))) $(($(asked a) - before_a))" "0 6 1"
down b
before_a=$(asked a)
crawl --force
is "where none else is left it is not asked without end" "$status $(coverage failed) $(($(asked a) - before_a))" "3 1 1"
down a
up a true

# ---- one cannot give one page ---------------------------------------------------------------------------------

afresh
up b true
crawl
down a
start_nginx "$SERVERS/true" "$port_a" 'location = /p/2.html { return 503; } location /p/ { limit_rate 40; etag off; if_modified_since off; }' || exit 99
for n in 1 3 4 5; do page "$SERVERS/true/p/$n.html" "paste $n, written anew"; done
crawl --force
is "what the address before still gives speaks neither for nor against the next" \
	"$status $(($(coverage fetched) + $(coverage unchanged))) $(state) $(grep -c 'another site' "$SERVERS/err")" "0 7 ok 0"

# ---- one has links without end --------------------------------------------------------------------------------

down a
up a true
page "$SERVERS/true/index.html" "<a href=\"/p/1.html\">known</a><base href=\"/p/$(printf '%03500d' 0)/\">$(seq -f '<a href="%g">new</a>' 3000)"
configure 'mirrors: true, max_pages: 1,'
crawl --force
is "links that there is no room for before a start is proved are told" \
	"$status $(coverage fetched) $(lt runs last --format json | jq -r '.. | .detail? // empty' | grep -c "links of a mirror's start")" "3 1 1"
configure 'mirrors: true,'

# ---- one has asked for a pause --------------------------------------------------------------------------------

site "$SERVERS/true" 5
afresh
crawl
sqlite3 "$crawl_work/index.db" "
	INSERT INTO frontier_hosts (source, name, due_ms) SELECT source, 'd.example', 0 FROM frontier_hosts LIMIT 1;
	CREATE TEMP TABLE other AS SELECT * FROM frontier_urls WHERE url LIKE '%/p/1.html';
	UPDATE other SET id = NULL, key = randomblob(16), url = 'http://d.example/', state = 1, due_ms = 0,
		host = (SELECT id FROM frontier_hosts WHERE name = 'd.example');
	INSERT INTO frontier_urls SELECT * FROM other;
	UPDATE frontier_hosts SET quiet_until_ms = (unixepoch() + 3600) * 1000 WHERE name = 'a.example'"
before_a=$(asked a)
crawl
is "while the start may not be asked nothing else is, and nobody waits for it" "$(coverage left) $(($(asked a) - before_a)) $(coverage failed)" "2 0 0"
afresh
crawl

# ---- all is new -----------------------------------------------------------------------------------------------

renew() { # NAME...: the site with other pages
	local n
	rm -rf "$SERVERS/true"
	page "$SERVERS/true/index.html" "$(printf '<a href="/p/%s.html">new</a>' "$@")"
	for n in "$@"; do page "$SERVERS/true/p/$n.html" "paste $n"; done
}
renew eleven twelve
down a b
up a true
crawl --force
is "an address alone that links to nothing known is not believed" "$status $(state)" "3 needs_human"
up b true
crawl --force
is "two that agree are the site, which has moved on" "$status $(state) $(sqlite3 "$crawl_work/index.db" "SELECT count(*) FROM frontier_urls WHERE url LIKE '%/p/eleven.html' AND state = 1")" "0 ok 1"
sed -i 's#via: here.*#site: pastebin-archive, via: here, every: 1d, delay: 0s}]#' "$crawl_work/leaktrawl.yml"
archive() { page "$SERVERS/true/index.html" "<table class=\"maintable\">$(printf '<tr><td><a href="/%s">a paste</a></td></tr>' "$@")</table>"; }
for name in Aaaaaaa1 Aaaaaaa2 Aaaaaaa3; do page "$SERVERS/true/raw/$name" "$name"; done
chmod -R a+rX "$SERVERS/true"
afresh
archive Aaaaaaa1 Aaaaaaa2
crawl
archive Aaaaaaa3
down a
crawl --force
is "an address with new items alone is believed where the site's description finds them" \
	"$(state) $(sqlite3 "$crawl_work/index.db" "SELECT count(*) FROM frontier_urls WHERE url LIKE '%Aaaaaaa3'")" "ok 1"
down b
up b other
crawl --force --once
is "one without items is not" "$status $(state)" "3 needs_human"
configure 'mirrors: true,'

# ---- all of them lie ------------------------------------------------------------------------------------------

for name in a b c; do page "$SERVERS/lie-$name/index.html" "<a href=\"/p/lie-$name.html\">$name</a>"; done
down a b c
site "$SERVERS/true" 5
for name in a b c; do up "$name" true; done
afresh
crawl
down a b c
for name in a b c; do up "$name" "lie-$name"; done
crawl --force
is "where all of them show other sites the source needs a human" "$status $(state)" "3 needs_human"
is "its start counts once, as failed" "$(crawl_coverage site | jq -c '[.fetched, .failed, .causes, .due - .left]')" '[0,1,{"mirror_lies":1},1]'
is "and no page of theirs is in the queue" "$(sqlite3 "$crawl_work/index.db" "SELECT count(*) FROM frontier_urls WHERE url LIKE '%lie-%'")" 0
is "nor is the start due twice" "$(sqlite3 "$crawl_work/index.db" "SELECT count(*) FROM frontier_urls WHERE depth = 0 AND due_ms <= 1000 * strftime('%s')")" 0
down a b c
for name in a b; do up "$name" true; done

# ---- no mirrors -----------------------------------------------------------------------------------------------

afresh
down a
site "$SERVERS/true" 5
up a true
down b
up b other
configure ''
crawl
is "without the key the starts are sites of their own" "$(hosts)" "a.example b.example c.example"
is "each with its pages" "$((($(coverage fetched) >= 8)))" 1
configure 'mirrors: true,'
crawl --force
is "made mirrors later, pages known under another address move to the first" \
	"$(sqlite3 "$crawl_work/index.db" "SELECT count(*) FROM frontier_urls WHERE state <> 4 AND url NOT LIKE 'http://a.example%'")" 0
done_testing
