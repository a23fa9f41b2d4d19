#!/usr/bin/env bash
# `sources check --live`: a source is tried as it is now, through its proxy, and nothing of it is kept.
: "${LEAKTRAWL_SOURCE:?}" "${LEAKTRAWL_BUILD:?}"
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh"
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh"

www=${SERVERS:?}/www
mkdir -p "$www/raw"
port=$(free_port)
proxy=$(free_port)
dead=$(free_port)
name_host pastes.example plain.example
{
	echo '<title>Archive</title><table class="maintable">'
	for n in 1 2 3; do echo "<tr><td><a href=\"/Aaaaaaa$n\">paste $n</a></td></tr>"; done
	echo '</table>'
} >"$www/archive.html"
echo 'nothing of ours' >"$www/raw/Aaaaaaa1"
cp "$LEAKTRAWL_SOURCE/tests/sites/block-pages/captcha.html" "$www/wall.html"
echo '<p>no links' >"$www/empty.html"
chmod -R a+rX "$www"
chmod 711 "$SERVERS"
start_nginx "$www" "$port" 'default_type text/plain; gzip on; gzip_min_length 1; gzip_proxied any;
	location = /moved.html { return 302 /archive.html; }
	location = /type.html { types {} default_type "text/html; x=[31mred"; alias '"$www"'/archive.html; }
	location = /out.html { return 302 http://elsewhere.example/; }' || exit 99
start_microsocks "$proxy" || exit 99
crawl_folder "$SERVERS/work" || exit 99
{
	echo "proxies: {here: [{url: \"socks5h://127.0.0.1:$dead\"}, {url: \"socks5h://127.0.0.1:$proxy\"}], dead: {url: \"socks5h://127.0.0.1:$dead\"}}"
	echo "sources:"
	for name in archive moved type out wall empty none; do
		echo "  - {name: $name, site: pastebin-archive, start: [\"http://pastes.example:$port/$name.html\"], via: here, delay: 0s}"
	done
	echo "  - {name: plain, start: [\"http://plain.example:$port/archive.html\"], follow: [Aaaaaaa], via: here, delay: 0s}"
	echo "  - {name: lost, site: pastebin-archive, start: [\"http://pastes.example:$port/archive.html\"], via: dead}"
} >>"$crawl_work/leaktrawl.yml"
live() {
	lt sources check "$@" --live >"$SERVERS/out" 2>"$SERVERS/err"
	status=$?
}
asked() { request_lines "$port" | awk '{print $7}' | tail -n "+$((mark + 1))" | paste -sd' '; }

mark=0
live archive
is "a listing and one of its items are fetched, through the proxy that answers" "$status $(asked)" "0 /archive.html /raw/Aaaaaaa1"
like "what came is told" "$(cat "$SERVERS/out")" "^fetched  http://pastes.example:$port/archive.html 200, text/html, [0-9]+ bytes, as listing, via here$"
is "the items the description sees, though the page came compressed" "$(grep -c '^to raw ' "$SERVERS/out")" 3
like "and the item" "$(cat "$SERVERS/out")" "^fetched  http://pastes.example:$port/raw/Aaaaaaa1 200, .* as raw, via here$"
ok "nothing was indexed" test ! -e "$crawl_work/index.db"
mark=$(requests "$port")
live moved
is "a redirect to the same site is followed" "$status $(asked)" "0 /moved.html /archive.html /raw/Aaaaaaa1"
live type
is "what the site calls its type reaches no terminal as it came" "$(grep -c $'\e' "$SERVERS/out") $(grep -c 'type.html 200, no type,' "$SERVERS/out")" "0 1"
live out
is "one to another is not" "$status" 1
like "which is told" "$(cat "$SERVERS/out")" 'another host than the source'
mark=$(requests "$port")
live wall
is "a wall is told, and nothing asked behind it" "$status $(grep '^blocked' "$SERVERS/out") $(asked)" "1 blocked  captcha /wall.html"
live empty
is "a page without items is no success" "$status" 1
live none
is "a page that is not there is no success" "$status" 1
like "which is told" "$(cat "$SERVERS/err")" 'the site answers with 404$'
live plain
is "a source without a description is tried by its pattern" "$status $(grep -c '^follow ' "$SERVERS/out")" "1 3"
mark=$(requests "$port")
live lost
is "without its proxy nothing is asked" "$status $(asked)" "1 "
like "and the proxy is blamed" "$(cat "$SERVERS/out")" '^failed .*PROXY_DOWN'
live nobody
is "a name is needed that is a source" "$status" 2
live archive --page "$www/empty.html"
is "live, or a saved page" "$status" 2
done_testing
