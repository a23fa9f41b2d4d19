#!/usr/bin/env bash
# A source behind a log-in: the operator's cookies are imported, sent, refreshed, kept sealed and given out again.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh"
leaktrawl=$LEAKTRAWL_BUILD/leaktrawl
work=$SERVERS/work
mkdir -m 711 "$work"
"$leaktrawl" init "$work/home" >/dev/null 2>&1
mkdir -p "$work/site/in"
echo 'j.doe@royal-post.example:Kittiwake-Bay-27' >"$work/site/in/list.txt"
echo 'please log in' >"$work/site/login.txt"
chmod -R a+rX "$work/site"
port=$(free_port)
start_nginx "$work/site" "$port" 'location /in/ {
	if ($cookie_sid = "") { return 403; }
	if ($cookie_sid !~ "^first-7f3c|^second-7f3c") { return 403; }
	add_header Set-Cookie "sid=second-7f3c; Path=/; HttpOnly";
}'
cat >"$work/home/leaktrawl.yml" <<END
organisation: Royal Post
index: index.db
keys: {public: [team.pub], fingerprint: fingerprint.key}
watch: {domains: [royal-post.example]}
sources:
  - {name: forum, start: ["http://127.0.0.1:$port/in/list.txt"], via: direct, every: 1d}
  - {name: other, start: ["http://127.0.0.1:$port/login.txt"], via: direct, every: 1d}
END
lt() { "$leaktrawl" --config "$work/home/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} "$@"; }

lt crawl --once >/dev/null 2>"$work/err"
is "without the log-in the source is not covered" $? 3
like "and the cause is told" "$(cat "$work/err")" 'http_403'

printf '# Netscape HTTP Cookie File\n#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\tfirst-7f3c\n' >"$work/jar.txt"
ok "a cookies.txt is imported" lt sources cookies forum --import "$work/jar.txt"
is "it is counted" "$(lt sources cookies forum)" "forum: 1 cookies"
is "its values stand nowhere in clear" "$(cat "$work"/home/index.db* | grep -ac 'first-7f3c')" 0
is "the jar is its owner's alone" "$(stat -c %a "$work"/home/index.db.jar-*)" 600
lt crawl --force --once >/dev/null 2>"$work/err"
is "with it the crawl finds what stands behind the log-in" $? 10
like "what the site set is kept" "$(lt sources cookies forum --export)" 'second-7f3c'
unlike "what it replaced is gone" "$(lt sources cookies forum --export)" 'first-7f3c'
is "another source has no cookies" "$(lt sources cookies other)" "other: 0 cookies"
unlike "no value is logged" "$(cat "$work/err")" '7f3c'

printf '[{"domain":"127.0.0.1","name":"sid","value":"second-7f3c","path":"/","hostOnly":true,"httpOnly":true,"expirationDate":4102444800.5},{"domain":"","name":"x","value":"y"}]' >"$work/jar.json"
ok "the JSON of a browser extension is imported" lt sources cookies other --import "$work/jar.json"
is "what is no cookie is left out" "$(lt sources cookies other)" "other: 1 cookies"
ok "a jar is forgotten" lt sources cookies other --forget
is "and empty afterwards" "$(lt sources cookies other)" "other: 0 cookies"

echo 'this is no export' >"$work/no.txt"
fails "what is no export is refused" lt sources cookies other --import "$work/no.txt"
echo '{"cookies": 3}' >"$work/no.json"
fails "so is JSON of another shape" lt sources cookies other --import "$work/no.json"
fails "so is a missing file" lt sources cookies other --import "$work/none"
lt sources cookies nobody >/dev/null 2>&1
is "an unknown source is a usage error" $? 2
jar=$(ls "$work"/home/index.db.jar-*)
printf 'x' | dd of="$jar" bs=1 seek=60 conv=notrunc 2>/dev/null
fails "a damaged jar is refused" lt sources cookies forum
like "and named" "$(lt sources cookies forum 2>&1)" 'damaged'
done_testing
