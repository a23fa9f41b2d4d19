#!/usr/bin/env bash
# The manual pages say everything there is, and their example works.
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"

leaktrawl=$LEAKTRAWL_BUILD/leaktrawl
pages=$LEAKTRAWL_SOURCE/man
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

if command -v mandoc >/dev/null; then
	for page in leaktrawl.1 leaktrawl.yml.5; do
		is "$page has no fault" "$(mandoc -Tlint -W warning "$pages/$page" 2>&1)" ""
		is "$page has no doubtful style" "$(mandoc -Tlint "$pages/$page" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db')" ""
	done
elif [ "${CI:-}" = true ]; then
	tap_result 1 "mandoc is installed"
else
	skip 4 "no mandoc"
fi

# ---- leaktrawl(1): commands and options ----------------------------------------------------------------------

words_of_help() { # the first words of the lines between Commands: or Under ...: and a blank line
	sed -n '/^Commands:/,/^$/p; /^Under /,/^$/p' | awk '/^  [a-z]/ { print $1 }'
}
options_of_help() {
	sed -n '/^Options:/,/^$/p' | grep -Eo -e '--[a-z-]+' | sort -u
}

for command in $("$leaktrawl" --help | words_of_help); do
	ok "leaktrawl(1) has a section for $command" grep -Eq "^\.Ss $command( |\$)" "$pages/leaktrawl.1"
	section=$(sed -n "/^\.Ss $command\( \|\$\)/,/^\.S[sh] /p" "$pages/leaktrawl.1")
	subcommands=$("$leaktrawl" "$command" --help | words_of_help)
	options=$("$leaktrawl" "$command" --help | options_of_help)
	for word in $subcommands; do
		like "leaktrawl(1) tells of $command $word" "$section" "\\b$word\\b"
		options+=" $("$leaktrawl" "$command" "$word" --help | options_of_help)"
	done
	for option in $options; do
		like "leaktrawl(1) tells of $command $option" "$section" "Fl -${option#--}\\b"
	done
done
for status in 0 1 2 3 10 13; do
	ok "leaktrawl(1) tells of exit status $status" grep -q "^\.It $status\$" "$pages/leaktrawl.1"
done

# ---- leaktrawl.yml(5): keys and limits -----------------------------------------------------------------------

# A key that does not exist makes the configuration name those that do.
keys_of() { # YAML
	printf '%s\n' "$1" >keys.yml
	"$leaktrawl" sources --config keys.yml 2>&1 | sed -n 's/.* has no key "unheard-of"; it has //p' | tr -d ','
}
chmod 700 .
for place in 'unheard-of: 1' 'keys: {unheard-of: 1}' 'watch: {unheard-of: 1}' 'watch: {hosts: [{unheard-of: 1}]}' \
	'proxies: {a: {unheard-of: 1}}' 'sources: [{unheard-of: 1}]' 'hooks: [{unheard-of: 1}]'; do
	keys=$(keys_of "$place")
	isnt "there are keys in $place" "$keys" ""
	for key in $keys; do
		ok "leaktrawl.yml(5) explains $key" grep -Eq "^(\.It )?(\.?Cm )?$key( :|\$)" <(sed 's/^\.Cm //' "$pages/leaktrawl.yml.5")
	done
done
for limit in $(sed -n 's/^\tX(\([a-z0-9_]*\),.*/\1/p' "$LEAKTRAWL_SOURCE/src/limits/limits.h"); do
	ok "leaktrawl.yml(5) explains the limit $limit" grep -q "^\.It Cm $limit : " "$pages/leaktrawl.yml.5"
done

# ---- the example -------------------------------------------------------------------------------------------

sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$pages/leaktrawl.yml.5" | sed '1,2d; $d; s/\\e/\\/g' >leaktrawl.yml
sed -i "s|/usr/local/bin/page-soc|$folder/page-soc|" leaktrawl.yml
printf 'address,name,team,privileged\n' >staff.csv
printf '#!/bin/sh\n' >page-soc
chmod 700 page-soc
(umask 077 && echo secret >siem.key)
mkdir extra-rules sites
: >sites/example-paste.yml
ok "the example of leaktrawl.yml(5) loads" "$leaktrawl" sources --config leaktrawl.yml

done_testing
