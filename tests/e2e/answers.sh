#!/usr/bin/env bash
# What a crawl makes of answers that are broken, or lead nowhere: what came of them is read, what failed is told, and nobody is asked in vain.
# Each answer is a case of tests/net/crawl: what the server sends.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh" || exit 99
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh" || exit 99
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh" || exit 99

site=$(free_port)
gate=$(free_port)
proxy=$(free_port)
name_host broken.example gate.example
mkdir "$SERVERS/www"
leak 1 >"$SERVERS/www/page.txt"
# An archive whose password stands on the page; beside it a log-in, whose secret is nobody's to hand on.
(cd "$SERVERS/www" && leak 2 >logs.txt && 7z a -bd -pGuillemot-62 logs.zip logs.txt >/dev/null && rm logs.txt)
cat >"$SERVERS/www/offer.html" <<'END'
<h1>Fresh logs</h1><p>Posted by: somebody</p><div>Login: jdoe</div><div>Password: Turnstone-Reef-7</div>
<p>https://access.royal-post.example/<br>key: Turnstone-Reef-8</p><p>Name: w.ames<br>IP: 192.0.2.7<br>Password: Turnstone-Reef-10</p>
<div>Password: Turnstone-Reef-11</div><div>Name: w.ames</div><p>password of w.ames@royal-post.example: Turnstone-Reef-9</p>
<p><b>* Archive password</b> - <code>Guillemot-62</code></p><a href="/logs.zip">Download</a>
END
leak 3 >"$SERVERS/www/mapped.txt"
echo "<urlset><url><loc>http://gate.example:$gate/mapped.txt</loc></url></urlset>" | gzip >"$SERVERS/www/map.xml.gz"
chmod -R a+rX "$SERVERS/www"
chmod 711 "$SERVERS"
start_server broken "$site" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/broken_server.py" "$site" "$LEAKTRAWL_SOURCE/tests/net/crawl" || exit 99
# Lets nobody in who does not bring back what it set.
start_nginx "$SERVERS/www" "$gate" 'etag off; if_modified_since off; location = /page.txt {
	if ($http_cookie !~ "let=in") { add_header Set-Cookie "let=in; Path=/; HttpOnly"; return 302 /page.txt; } }' || exit 99
start_microsocks "$proxy" || exit 99
crawl_folder "$SERVERS/work" || exit 99

# source | follow | requests | coverage: fetched, failed, causes | whose log-ins are found
cat >"$SERVERS/table" <<'END'
length-too-long | none | 2 | [0,1,{"truncated":1}] | length-too-long
falls-silent | none | 2 | [0,1,{"stalled":1}] | falls-silent
never-ends | none | 2 | [0,1,{"too_large":1}] | never-ends
broken-chunk | none | 2 | [0,1,{"protocol":1}] | broken-chunk
error-breaks-off | none | 2 | [0,1,{"truncated":1}] |
header-too-long | none | 2 | [0,1,{"protocol":1}] |
to-itself | none | 1 | [0,1,{"redirects":1}] |
elsewhere | none | 1 | [0,1,{"redirect_refused":1}] |
always-another-cookie | none | 2 | [0,1,{"redirects":1}] |
declared-wide | wide-next | 1 | [2,0,{}] | declared-wide-next
odd-links | odd-links- | 1 | [3,0,{}] | odd-links-last odd-links-next
END
{
	echo "proxies: {here: {url: \"socks5h://127.0.0.1:$proxy\"}}"
	echo "limits: {fetch_attempts: 2, stall_seconds: 3, fetch_bytes: 256KiB, spool_memory_bytes: 64KiB}"
	echo "sources:"
	echo "  - {name: map, site: sitemap, start: [\"http://gate.example:$gate/map.xml.gz\"], via: here, delay: 0s}"
	echo "  - {name: offer, start: [\"http://gate.example:$gate/offer.html\"], follow: [zip], via: here, delay: 0s}"
	echo "  - {name: gate, start: [\"http://gate.example:$gate/page.txt\"], via: here, delay: 0s}"
	while read -r name _ follow _; do
		echo "  - {name: $name, start: [\"http://broken.example:$site/$name\"], follow: ['$follow'], via: here, delay: 0s}"
	done <"$SERVERS/table"
} >>"$crawl_work/leaktrawl.yml"

lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
is "the crawl ends with findings, and not all covered" $? 13
lt findings --format jsonl | jq -r '.account | sub("@.*"; "")' >"$SERVERS/found"
while IFS='|' read -r name _ asked counts found; do
	name=${name// /}
	is "$name: asked so often" "$(server_log "$site" | grep -c "GET /$name	")" "${asked// /}"
	is "$name: is told" "$(crawl_coverage "$name" | jq -c '[.fetched, .failed, .causes // {}]')" "${counts// /}"
	is "$name: what came is read" "$(grep -E "^$name" "$SERVERS/found" | sort | paste -sd' ')" "${found# }"
done <"$SERVERS/table"
like "a header line without end is called so" "$(cat "$SERVERS/err")" 'header-too-long.*protocol: a header line longer than an answer can need'
like "where a redirect leads in a circle it is told" "$(cat "$SERVERS/err")" '/to-itself: redirects: to itself'
is "a sitemap that is a compressed file leads on" "$(lt findings --format jsonl | jq -r .evidence.url | grep -c mapped)" 1
is "the password on a page opens the archive it links to" "$(lt findings --format jsonl | jq -r 'select(.evidence.url | endswith("zip")) | .account')" user2@royal-post.example
is "no other secret of the page is kept" "$(cat "$crawl_work"/index.db* | grep -ac Turnstone)" 0
is "a cookie that is set on the way is brought back" "$(crawl_coverage gate | jq -c '[.fetched, .failed]') $(requests "$gate" page.txt)" "[1,0] 2"
is "but lives no longer than the request" "$(lt crawl --force --source gate >/dev/null 2>&1; requests "$gate" page.txt)" 4
done_testing
