#!/bin/bash
# Texts full of our names in every kind of record: all are read to their end, and each record still counts.
set -u
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
driver=$LEAKTRAWL_BUILD/inspect_driver
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

python3 "$LEAKTRAWL_SOURCE/tests/generate/floods.py" --bytes 20000 "$work/floods" || exit 99
"$driver" "$work"/floods/* >"$work/out"
is "every flood is read to its end" "$(jq -c 'select(.done) | .done.ok' "$work/out" | sort | uniq -c | tr -s ' ')" \
	" $(find "$work/floods" -type f | wc -l) true"
jq -r 'select(.finding) | .finding.path' "$work/out" | sort | uniq -c | awk '{ sub(".*/", "", $2); print $2, $1 }' >"$work/found"
for flood in logins-in-lines logins-tab blocks json-lines json-objects-on-one-line json-cookies cookies-netscape sql-rows \
	sql-many-statements copy curl shadow table-borders; do
	is "each record of $flood is found" "$(awk -v name="$flood" '$1 == name { print $2 }' "$work/found")" \
		"$(grep -o 'royal-post\.example' "$work/floods/$flood" | wc -l)"
done
for flood in names-in-lines addresses-in-lines urls-in-lines names-quote names-brace long-lines-of-names block-of-keys headers keyword; do
	is "$flood holds no record" "$(grep -c "^$flood " "$work/found")" 0
done

# What was found around one name must not pass for what is around the next.
good='{"email":"jdoe@royal-post.example","password":"Skua-North-4"}'
said() { "$driver" "$work/json" | jq -r 'select(.finding) | .finding.secret.value' | sort -u | tr '\n' ' '; }
printf '"royal-post.example" "royal-post.example" %s' "$good" >"$work/json"
is "an object behind names in quotes is read" "$(said)" "Skua-North-4 "
printf '{"note":"it'"'"'s royal-post.example","more":[{"n":"royal-post.example"},%s]}' "$good" >"$work/json"
is "... behind an apostrophe" "$(said)" "Skua-North-4 "
printf '{"a":"royal-post.example"}\n"b":"royal-post.example"\n%s' "$good" >"$work/json"
is "... behind a line that is no object" "$(said)" "Skua-North-4 "

# A line may be looked at on behalf of another first: its own reading stays the same.
awk 'BEGIN {
	for (i = 0; i < 300; i++) {
		printf "user%d@royal-post.example:summer%d\nsome words of prose about royal-post.example\n", i, i
		if (i % 10 == 0) printf "URL: https://access.royal-post.example/\nUsername: jdoe%d\nPassword: Heron-%d\n\n", i, i
	}
}' >"$work/mixed"
"$driver" "$work/mixed" | jq -r 'select(.finding) | .finding | [.account, .secret.value] | @tsv' | sort >"$work/together"
for ((i = 0; i < 300; i += 10)); do
	printf 'jdoe%d\tHeron-%d\n' "$i" "$i"
done | sort >"$work/expected"
is "blocks amid a list and prose are read" "$(comm -13 "$work/together" "$work/expected" | wc -l)" 0
is "prose among them is no log-in" "$(grep -c 'words\|prose' "$work/together")" 0

# Lists under a heading reach as far as any record, and each heading pays for the lines it asks for.
headed() { # lines
	echo "creds for vpn.royal-post.example:"
	seq 1 "$1" | sed 's/.*/user&:Skua-North-&/'
}
cuts() { "$driver" "$work/headed" | jq -r 'select(.not_inspected) | .not_inspected.detail'; }
headed 2000 >"$work/headed"
is "a list under a heading is read whole" "$("$driver" "$work/headed" | grep -c '"finding"') $(cuts)" "2000 "
headed 4000 >"$work/headed"
is "... and its end is recorded where it is longer than records are" "$(cuts)" "a list of log-ins under a heading was read for 64 KiB"
{ echo "vpn.royal-post.example:" && yes "width: 100px" | head -n 6000; } >"$work/headed"
is "... but not of settings" "$(cuts)" ""
seq 1 1500 | sed 's/.*/user:Skua&!=vpn.royal-post.example/' >"$work/headed"
is "headings that are log-ins of each other are not all read to the end" "$(cuts)" \
	"many lists of log-ins under headings: not all were read to their end"
done_testing
