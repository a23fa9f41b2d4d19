#!/usr/bin/env bash
# Endless pages that look alike come to an end, seen and said; pages that do not change are visited less often.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh" || exit 99
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh" || exit 99
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh" || exit 99

proxy=$(free_port)
endless=$(free_port)
site=$(free_port)
words="The quick brown fox jumps over a lazy dog while seven wise owls watch from their old oak tree in silence."
page() { # NAME BODY
	printf '<html><body><p>%s</p> %s</body></html>\n' "$words" "$2" >"$SERVERS/www/$1.html"
}
mkdir -p "$SERVERS/www/soft"
for n in $(seq 100); do
	echo '<p>Sorry, there is no such page.' >"$SERVERS/www/soft/$n.html"
	echo "<a href=$n.html>$n</a>" >>"$SERVERS/www/soft/index.html"
done
page index '<a href="/same.html">1</a> <a href="/counted.html">2</a> <a href="/changed.html">3</a>'
page same ''
page counted 'seen 17 times, 3 minutes ago'
page changed 'nobody said anything'
name_host endless.example site.example
# Without validators every page comes whole.
start_nginx "$SERVERS/www" "$site" 'etag off; if_modified_since off; add_header Last-Modified "";' || exit 99
start_server endless "$endless" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/endless_site.py" "$endless" || exit 99
start_microsocks "$proxy" || exit 99
crawl_folder "$SERVERS/work" || exit 99
cat >>"$crawl_work/leaktrawl.yml" <<END
proxies: {here: {url: "socks5h://127.0.0.1:$proxy"}}
limits: {links_per_run: 300}
sources:
  - {name: calendar, start: ["http://endless.example:$endless/calendar/1"], via: here, delay: 0s, follow: [/calendar/], depth: 1000}
  - {name: story, start: ["http://endless.example:$endless/story/1"], via: here, delay: 0s, follow: [/story/], depth: 1000}
  - {name: sessions, start: ["http://endless.example:$endless/session/0"], via: here, delay: 0s, follow: [/session/], depth: 1000}
  - {name: maps, start: ["http://endless.example:$endless/sitemap/0"], via: here, delay: 0s, site: maps, max_pages: 40}
  - {name: soft, start: ["http://site.example:$site/soft/"], via: here, delay: 0s, follow: [/soft/]}
  - {name: site, start: ["http://site.example:$site/"], via: here, delay: 0s, follow: [html], every: 1h, every_most: 5h}
END
mkdir "$crawl_work/sites"
printf '%s\n' 'name: maps' 'description: A site by its sitemap' 'pages: {listing: {items: {sitemap: true}}}' >"$crawl_work/sites/maps.yml"
coverage() { # SOURCE FIELD
	crawl_coverage "$1" | jq -r ".$2"
}
hours() { # PAGE: between its visits
	sqlite3 "$crawl_work/index.db" "SELECT every_ms / 3600000.0 FROM frontier_urls WHERE url = 'http://site.example:$site/$1'"
}
visit() {
	lt crawl --force --source site >"$SERVERS/out" 2>"$SERVERS/err"
}

# ---- endless pages --------------------------------------------------------------------------------------------

lt crawl --source calendar >"$SERVERS/out" 2>"$SERVERS/err"
is "a crawl of an endless calendar ends, with a finding" $? 10
fetched=$(coverage calendar fetched)
is "after the pages of a kind and the links of further ones that are followed" "$((fetched >= 200 && fetched <= 230))" 1
is "the one page that says a line more was read for it" "$(lt findings --format jsonl | jq -r '.evidence.url')" \
	"http://endless.example:$endless/calendar/60"
like "coverage says what was left" "$(coverage calendar note)" '^[0-9]+ pages look like others but for numbers and times; 1 of their links were not followed'
is "and counts them, without the page that says more" "$(coverage calendar alike)" "$((fetched - 17))"
lt crawl --source story >"$SERVERS/out" 2>"$SERVERS/err"
is "as many pages that all say something else are all fetched" "$? $(coverage story fetched) $(coverage story note)" "0 300 null"
lt crawl --source sessions >"$SERVERS/out" 2>"$SERVERS/err"
is "pages under ever new session ids are fetched once" "$? $(coverage sessions due) $(coverage sessions note)" "0 5 null"
lt crawl --source maps >"$SERVERS/out" 2>"$SERVERS/err"
is "sitemaps of sitemaps without end fill the queue up to a limit" "$? $((\
	$(sqlite3 "$crawl_work/index.db" "SELECT count(*) FROM frontier_urls WHERE url LIKE '%/sitemap/%'") <= 302))" "3 1"
like "which is told" "$(coverage maps note)" '[0-9]+ links were left out: limit links_per_run'
lt crawl --source soft >"$SERVERS/out" 2>"$SERVERS/err"
is "a hundred pages with the same bytes are alike, though but one is read" "$? $(coverage soft fetched) $(coverage soft alike)" "0 101 84"

# ---- visits ---------------------------------------------------------------------------------------------------

visit
is "a new page has the source's interval" "$(hours same.html) $(hours counted.html) $(hours changed.html)" "1.0 1.0 1.0"
page counted 'seen 18 times, 1 hour ago'
page changed 'anna said a word'
visit
is "what stayed the same, but for numbers and times, waits twice as long; what changed does not" \
	"$(hours same.html) $(hours counted.html) $(hours changed.html)" "2.0 2.0 1.0"
page counted 'seen 19 times, 2 hours ago'
visit
visit
is "in the end as long as every_most says" "$(hours same.html) $(hours counted.html)" "5.0 5.0"
due=$(sqlite3 "$crawl_work/index.db" "SELECT (due_ms / 1000 - strftime('%s')) / 3600.0 FROM frontier_urls WHERE url LIKE '%same.html'")
is "its next visit is due by then, give or take a tenth" "$(/usr/bin/python3 -c "print(int(4.4 < $due < 5.6))")" 1
page same "$(leak 2)"
visit
is "one log-in more is a change, and found" "$(hours same.html) $(lt findings --format jsonl | jq -r .account | grep -c user2)" "2.5 1"
is "the start keeps its interval" "$(hours '')" 1.0
# ---- what is about to vanish ----------------------------------------------------------------------------------

mkdir -p "$SERVERS/www/api/paste"
now=$(date +%s)
while read -r id left; do
	echo "{\"pid\": \"$id\", \"title\": \"x\", \"created\": $now, \"expires\": $((now + left))}"
	echo '{"text": "nothing"}' >"$SERVERS/www/api/paste/$id"
done <<'END' | paste -sd, | sed 's/^/{"pastes": [/; s/$/]}/' >"$SERVERS/www/api/recent"
months 5184000
tomorrow 86400
soon00 600
past00 -60
hour00 3600
END
chmod -R a+rX "$SERVERS/www"
sed -i '/^sources:/,$d' "$crawl_work/leaktrawl.yml"
cat >>"$crawl_work/leaktrawl.yml" <<END
sources:
  - {name: pastes, site: json-pastes, start: ["http://site.example:$site/api/recent"], via: here, delay: 0s, parallel: 1, max_pages: 1}
END
# One run for the listing, so that all items wait when the next begins.
lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
sed -i 's/, max_pages: 1//' "$crawl_work/leaktrawl.yml"
lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
is "what vanishes first is fetched first, what has vanished not at all" \
	"$(request_lines "$site" | grep -o 'GET /api/paste/[a-z0-9]*' | sed 's:.*/::' | paste -sd' ')" "soon00 hour00 tomorrow months"
done_testing
