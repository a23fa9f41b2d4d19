#!/usr/bin/env bash
# `sources check`: every fault of a description is told where it stands, and a description is tried on a saved page.
: "${LEAKTRAWL_SOURCE:?}" "${LEAKTRAWL_BUILD:?}"
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
faults=$LEAKTRAWL_SOURCE/tests/site-faults
pages=$LEAKTRAWL_SOURCE/tests/sites

cat >"$work/leaktrawl.yml" <<END
organisation: Royal Post
index: index.db
keys: {public: [team.pub], fingerprint: fingerprint.key}
watch:
  domains: [royal-post.example]
sources:
  - {name: blog, site: leak-articles, start: ["http://blog.example/"], via: direct}
END
chmod 600 "$work/leaktrawl.yml"
check() {
	"$LEAKTRAWL_BUILD/leaktrawl" --config "$work/leaktrawl.yml" sources check ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} "$@" 2>"$work/err"
}

out=$(check)
is "the shipped descriptions are sound" "$? $out" "0 "
out=$(check blog --page "$pages/leak-articles/blog.html")
is "a saved page is read by the description of a source" "$?" 0
like "its items are told" "$out" '^item .*"title":"Royal Post full leak 1.4 TB"'
like "and where they lead, from the source's start" "$out" '^to item  http://blog.example/2026/05/royal-post/$'
like "and the next page" "$out" '^next     http://blog.example/page/2/$'
out=$(check leak-cards --page "$pages/leak-cards/victims.html" --url http://leaksite.example/)
like "a post that names the organisation is told" "$out" '^mention  Royal Post Group names royal-post.example$'
out=$(check slexy --role step2 --page "$pages/slexy/view.html")
like "a page of another role" "$out" '^to raw'
out=$(check leak-cards --page "$pages/leak-cards/changed.html")
is "a layout that changed gives nothing: status 1" "$? $out" "1 "
out=$(check leak-cards --page "$pages/block-pages/captcha.html")
is "a wall is told: status 1" "$? $out" "1 blocked  captcha"
out=$(printf '<article><h2>\033[31m\xe2\x80\xaered</h2></article>' >"$work/page.html" && check blog --page "$work/page.html")
unlike "what a page says cannot drive the terminal" "$out" $'\033'
check nobody >"$work/out"
is "no such site" $? 1
check blog --page "$work/none.html" >"$work/out"
is "no such page" $? 1
check --page "$pages/leak-cards/changed.html" >"$work/out"
is "a page needs a name" $? 2
check blog --page "$pages/leak-cards/changed.html" --url 'javascript:x' >"$work/out"
is "an address that is none" $? 2

if command -v mandoc >/dev/null; then
	is "leaktrawl-sites(5) has no fault" "$(mandoc -Tlint "$LEAKTRAWL_SOURCE/man/leaktrawl-sites.5" 2>&1 | grep -v 'referenced manual not found')" ""
else
	skip 1 "no mandoc"
fi
# The examples of the manual are sites.
mkdir "$work/sites"
awk '/^\.Bd -literal/ { on = 1; next } /^\.Ed/ { on = 0; name = "" } on { gsub(/\\e/, "\\"); if ($1 == "name:") name = $2; print > (folder "/" name ".yml") }' \
	folder="$work/sites" "$LEAKTRAWL_SOURCE/man/leaktrawl-sites.5"
out=$(check)
is "the manual's examples are sound" "$? $out" "0 "
like "the organisation's own description is found" "$(check example-leaks --page "$pages/leak-cards/victims.html")" '^item '
rm "$work"/sites/*
cp "$faults"/*.yml "$work/sites/"
check >"$work/all"
is "faults: status 1" $? 1
for file in "$faults"/*.expected; do
	name=$(basename "$file" .expected)
	is "$name" "$(sed -n "s|^$work/sites/\($name\.yml:.*\)|\1|p" "$work/all")" "$(cat "$file")"
done
is "nothing else is at fault" "$(grep -vc "^$work/sites/" "$work/all")" 0
done_testing
