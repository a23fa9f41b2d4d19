#!/usr/bin/env bash
# Crawls by site descriptions: what is fetched when, what is not, and what is said when a site walls itself off or changes.
# Nothing is made outside of the servers' own folder, so without one nothing is made at all.
: "${LEAKTRAWL_SOURCE:?}" "${LEAKTRAWL_BUILD:?}"
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh"
leaktrawl=$LEAKTRAWL_BUILD/leaktrawl

work=${SERVERS:?}/work
www=${SERVERS:?}/www
mkdir -p "$work" "$www/refused" "$www/raw" "$www/page/2" "$www/page/3" "$www/post"
chmod 700 "$work"
port=$(free_port)
proxy=$(free_port)
name_host pastes.example blog.example forum.example elsewhere.example

# A paste site: the archive names pastes by their ids.
archive() {
	echo '<title>Archive</title><table class="maintable">'
	printf '<tr><td><a href="/%s">a paste</a></td></tr>\n' "$@"
	echo '</table><a href="http://elsewhere.example/raw/00000000">advertisement</a>'
}
# A leak blog: a page of posts and a link to the next.
blog() { # NEXT POST...
	local next=$1 name
	shift
	for name in "$@"; do
		echo "<article><h2 class=\"entry-title\"><a href=\"/post/$name.html\">$name leaked</a></h2></article>"
	done
	[ -z "$next" ] || echo "<a class=\"next\" href=\"$next\">older</a>"
}
# A forum section with one thread of two pages.
forum() { # REPLIES
	echo '<div class="structItem--thread"><div class="structItem-title"><a href="/threads/post.7/">Post offices</a></div>'
	echo "<dl class=\"pairs\"><dt>Replies</dt><dd>$1</dd></dl></div>"
}
post() { echo "<article><h1>$1</h1><p>Files of $1.</p></article>"; }

archive Aaaaaaa1 Aaaaaaa2 >"$www/archive.html"
echo 'nothing' >"$www/raw/Aaaaaaa1"
echo 'j.doe@royal-post.example:Gannet-Rock-55' >"$www/raw/Aaaaaaa2"
echo 'm.new@royal-post.example:Petrel-Cliff-66' >"$www/raw/Aaaaaaa3"
blog /page/2/ Acme "royal-post.example" >"$www/index.html"
blog /page/3/ Bolt >"$www/page/2/index.html"
blog "" Cord >"$www/page/3/index.html"
for name in Acme royal-post.example Bolt Cord Dune; do post "$name" >"$www/post/$name.html"; done
mkdir -p "$www/forums" "$www/threads/post.7/page-2"
forum 21 >"$www/forums/index.html"
echo '<article class="message--post">first</article><a class="pageNav-jump--next" href="/threads/post.7/page-2/">Next</a>' >"$www/threads/post.7/index.html"
echo '<article class="message--post">last</article>' >"$www/threads/post.7/page-2/index.html"
chmod -R a+rX "$SERVERS/www"
chmod 711 "$SERVERS"
start_nginx "$www" "$port" 'default_type text/html;
	location = /refused/walled.html { error_page 403 /refused/captcha.html; return 403; }
	location = /refused/plain.html { return 403; }
	location = /refused/busy.html { error_page 503 /refused/leak.html; return 503; }
	location ~ ^/refused/w[1-4].html { error_page 403 /refused/captcha.html; return 403; }' || exit 99
start_microsocks "$proxy" || exit 99

"$leaktrawl" init "$work/new" >/dev/null 2>&1
mv "$work/new/team.pub" "$work/new/fingerprint.key" "$work/"
cat >"$work/hook" <<'END'
#!/bin/sh
cat >>"$1"
echo >>"$1"
END
chmod 700 "$work/hook"
cat >"$work/leaktrawl.yml" <<END
organisation: Royal Post
index: index.db
keys: {public: [team.pub], fingerprint: fingerprint.key}
watch:
  domains: [royal-post.example]
proxies:
  here: {url: "socks5h://127.0.0.1:$proxy"}
sources:
  - {name: pastes, site: pastebin-archive, start: ["http://pastes.example:$port/archive.html"], via: here, every: 1h, delay: 0s}
  - {name: blog, site: leak-articles, start: ["http://blog.example:$port/"], via: here, every: 1h, delay: 0s}
  - {name: forum, site: forum-xenforo, start: ["http://forum.example:$port/forums/"], via: here, every: 1h, delay: 0s}
hooks:
  - {name: soc, exec: ["$work/hook", "$work/alerts.jsonl"], min_severity: low}
END
chmod 600 "$work/leaktrawl.yml"
: >"$work/alerts.jsonl"

lt() { "$leaktrawl" --config "$work/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} "$@"; }
# The hour is over: what is due by itself is due.
hour() {
	sqlite3 "$work/index.db" 'UPDATE frontier_urls SET due_ms = 1 WHERE state = 1; UPDATE frontier_hosts SET due_ms = 1, quiet_until_ms = 0'
	mark=$(requests "$port")
}
asked() { request_lines "$port" | tail -n "+$((mark + 1))" | awk '{print $7}' | sort | paste -sd' '; }
crawl() {
	lt crawl >"$work/out" 2>"$work/err"
	status=$?
}
state_of() { lt sources --format jsonl | jq -r --arg n "$1" 'select(.name == $n) | .state'; }
notices() { jq -r --arg a "$1" 'select(.about == $a) | .subject' "$work/alerts.jsonl" | paste -sd' '; }

mark=0
crawl
is "the first crawl finds something" "$status" 10
is "listing, all pages behind it, every item, and nothing else" "$(asked)" \
	"/ /archive.html /forums/ /page/2/ /page/3/ /post/Acme.html /post/Bolt.html /post/Cord.html /post/royal-post.example.html /raw/Aaaaaaa1 /raw/Aaaaaaa2 /threads/post.7/ /threads/post.7/page-2/"
is "the log-in in a paste and the post about us" "$(lt findings --format jsonl | jq -r '.kind + " " + (.account // .post.title)' | sort | paste -sd,)" \
	"mention royal-post.example leaked,password j.doe@royal-post.example"
is "the post tells where it stands" "$(lt findings --format jsonl | jq -r 'select(.kind == "mention") | .post.site + " " + .post.link')" \
	"blog http://blog.example:$port/post/royal-post.example.html"
is "both sources are well" "$(state_of pastes) $(state_of blog)" "ok ok"

hour
crawl
is "nothing new" "$status" 0
is "items are not fetched twice, nor pages behind what is known" "$(asked)" "/ /archive.html /forums/"

archive Aaaaaaa1 Aaaaaaa2 Aaaaaaa3 >"$www/archive.html"
blog /page/2/ Dune Acme >"$www/index.html"
# nginx tells versions apart by second and size: another size makes another version.
forum 122 >"$www/forums/index.html"
echo '<article class="message--post">got mail.royal-post.example</article>' >"$www/threads/post.7/page-2/index.html"
hour
crawl
is "a new paste is a new finding" "$status" 10
is "only what is new, and one page further" "$(asked)" "/ /archive.html /forums/ /page/2/ /post/Dune.html /raw/Aaaaaaa3 /threads/post.7/ /threads/post.7/page-2/"
is "a thread with more replies was read anew, to its last page" "$(lt findings --format jsonl | jq -r 'select(.rule == "site.forum-xenforo") | .post.title + " " + .post.link')" \
	"Post offices http://forum.example:$port/threads/post.7/page-2/"

cp "$LEAKTRAWL_SOURCE/tests/sites/block-pages/captcha.html" "$www/archive.html"
hour
crawl
is "a captcha is no content: not all was covered" "$status" 3
is "the source waits for a person" "$(state_of pastes)" needs_human
is "who is told once" "$(notices needs_human)" pastes
is "and the pages that were not asked for any more are due still" "$(lt sources --format jsonl | jq -r 'select(.name == "pastes") | .waiting > 0')" true
like "and what to do" "$(jq -r 'select(.about == "needs_human") | .text' "$work/alerts.jsonl")" \
	'^captcha page: solve it in a browser .*leaktrawl sources cookies pastes --import FILE'
hour
crawl
is "the same page the next time is still no content" "$status $(state_of pastes)" "3 needs_human"
is "and told already" "$(notices needs_human)" pastes

echo '<title>Archive</title><ol><li><a class="p" href="/Aaaaaaa4">new look</a></li></ol>' >"$www/archive.html"
hour
crawl
is "a listing without items is not silence" "$status $(state_of pastes)" "3 dried_up"
is "dried up is told" "$(notices dried_up)" pastes
hour
crawl
is "once, and a listing that stays as it is does not make it well" "$(notices dried_up) $status $(state_of pastes)" "pastes 3 dried_up"

like "sources says why" "$(lt sources --format jsonl | jq -r 'select(.name == "pastes") | .reason')" 'used to give items and gave none'
like "so does the crawl, to whom reads warnings only" "$(lt crawl --quiet --force 2>&1 >/dev/null; lt runs last --format json | jq -r '.coverage[].note // empty')" 'used to give items'

# A wall in the place of a paste, with no error's status: read once it would be lost.
cp "$LEAKTRAWL_SOURCE/tests/sites/block-pages/captcha.html" "$www/raw/Aaaaaaa5"
echo '<html><title>Security check, the novel</title><p>j.doe@royal-post.example:Fulmar-Ness-88' >"$www/raw/Aaaaaaa6"
archive Aaaaaaa5 Aaaaaaa6 >"$www/archive.html"
hour
crawl
is "a wall in the place of a paste is no content" "$status $(lt runs last --format json | jq -c '.coverage[] | select(.source == "pastes") | [.blocked, .items]')" "13 [2,2]"
is "nor a reason to leave the source alone" "$(state_of pastes)" ok
is "what an author wrote that looks like one is read" "$(lt findings --format jsonl | jq -r .evidence.url | grep -c Aaaaaaa6)" 1
echo 'l.ate@royal-post.example:Whimbrel-Sound-9' >"$www/raw/Aaaaaaa5"
hour
crawl
is "the paste behind it is found when the wall is gone" "$(lt findings --format jsonl | jq -r .account | grep -c l.ate)" 1
for n in 1 2 3; do cp "$LEAKTRAWL_SOURCE/tests/sites/block-pages/captcha.html" "$www/raw/Bbbbbbb$n"; done
chmod a+r "$www"/raw/*
archive Bbbbbbb1 Bbbbbbb2 Bbbbbbb3 >"$www/archive.html"
: >"$work/alerts.jsonl"
hour
crawl
is "where all pastes are walls the source needs a human" "$status $(state_of pastes) $(notices needs_human)" "3 needs_human pastes"
for n in Aaaaaaa6 Bbbbbbb{1,2,3}; do echo nothing >"$www/raw/$n"; done

archive Aaaaaaa3 >"$www/archive.html"
hour
crawl
is "well again" "$status $(state_of pastes)" "0 ok" || diag "$(cat "$work/err")"
# Walls that come with the status of an error.
cp -r "$LEAKTRAWL_SOURCE/tests/sites/block-pages/refused-form.html" "$www/refused/captcha.html"
echo 'r.fused@royal-post.example:Dunlin-Shoal-77' >"$www/refused/leak.html"
for n in 1 2 3 4 5; do echo "<a href=\"/refused/w$n.html\">$n</a>"; done >"$www/refused/index.html"
echo fine >"$www/refused/w5.html"
chmod -R a+rX "$www/refused"
name_host refused.example
stop_server "$proxy"
start_microsocks "$proxy" || exit 99
sed -i '/^hooks:/,$d' "$work/leaktrawl.yml"
{
	echo 'limits: {fetch_attempts: 2}'
	echo 'hooks: []'
	echo 'sources:'
	for name in walled plain busy; do
		echo "  - {name: $name, start: [\"http://refused.example:$port/refused/$name.html\"], via: here, delay: 0s}"
	done
	echo "  - {name: pages, start: [\"http://refused.example:$port/refused/index.html\"], follow: [/w], parallel: 1, via: here, delay: 0s}"
} >"$work/more.yml"
sed -i '/^sources:/,$d' "$work/leaktrawl.yml"
cat "$work/more.yml" >>"$work/leaktrawl.yml"
rm -f "$work"/index.db*
causes() { lt runs last --format json | jq -r --arg n "$1" '.coverage[] | select(.source == $n) | .causes // {} | to_entries | map("\(.key)=\(.value)") | join(" ")'; }
crawl
is "a captcha that comes as 403 is told as what it is" "$(causes walled) $(state_of walled)" "blocked_captcha=1 needs_human"
is "a plain 403 is a 403" "$(causes plain) $(state_of plain)" "http_403=1 blocked"
is "a 503 that is no wall is a 503" "$(causes busy)" "http_503=1"
is "what an error page leaks is found all the same" "$(lt findings --format jsonl | jq -r .account)" r.fused@royal-post.example
is "who can be nobody else is not walled twice" "$(requests "$port" 'GET /refused/walled.html') $(requests "$port" 'GET /refused/plain.html')" "1 2"
is "pages behind walls are told, one by one" "$(causes pages | grep -o 'blocked_captcha')" blocked_captcha
is "and after three of them the source is left alone" "$(($(causes pages | grep -o '[0-9]*$') <= 4)) $(state_of pages)" "1 needs_human"
done_testing
