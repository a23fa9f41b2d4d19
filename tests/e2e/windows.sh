#!/bin/bash
# Where a record stands in a file does not matter: windows, ranges, long lines, the ends of a file.
set -u
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
driver=$LEAKTRAWL_BUILD/inspect_driver
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# What a finding says and where it stands; lines of ranges count from their own beginning.
said() { jq -c 'select(.finding) | .finding | [.account, .service, .secret.value, .offset]' | sort; }

# Records between lines of noise so that they fall on every border of 64 KiB and 1 MiB windows.
awk 'BEGIN {
	for (i = 0; i < 60000; i++) {
		print "noise " i " https://shop.test/:anna:not-ours-" i
		if (i % 97 == 0) print "user" i "@royal-post.example:Skua-North-" i
		if (i % 1013 == 0) print "https://access.royal-post.example/remote/login:jdoe" i ":Heron-Weir-" i
	}
}' >"$work/lines.txt"
expected=$(grep -c 'royal-post' "$work/lines.txt")
"$driver" "$work/lines.txt" >"$work/whole.json"
said <"$work/whole.json" >"$work/whole"
is "every record of a long file is found once" "$(wc -l <"$work/whole")" "$expected"

jq -r 'select(.finding) | .finding | "\(.line) \(.offset)"' "$work/whole.json" | sort -n >"$work/places"
LC_ALL=C grep -nb 'royal-post' "$work/lines.txt" | awk -F: '{print $1, $2}' >"$work/true-places"
is "lines and offsets are those of the file" "$(cmp "$work/places" "$work/true-places" && echo same)" same

for size in 65536 100003 1048576 3000017; do
	"$driver" --range "$size" "$work/lines.txt" | said >"$work/ranges"
	is "ranges of $size bytes find what the whole finds, no more, no less" "$(cmp "$work/whole" "$work/ranges" && echo same)" same
done

# A run of base64 is found by its shape wherever it begins: here at each place around the border of the first window, 1 MiB and 64 KiB.
run=$(printf 'anna@shop.test:not-ours jdoe@royal-post.example:Skua-North-12' | base64 -w 0)
mkdir "$work/borders"
for shift in {0..63}; do
	{
		head -c $((1048576 + 65536 - 100 + shift)) /dev/zero | tr '\0' ':'
		printf '%s:%08d' "$run" 0
		head -c 200000 /dev/zero | tr '\0' ':'
	} >"$work/borders/$shift"
done
"$driver" "$work"/borders/* >"$work/borders.json"
is "a run of base64 may begin anywhere at a border" "$(jq -r 'select(.finding) | .finding.secret.value' "$work/borders.json" | grep -c '^Skua-North-12$')" 64

# The same through a pipe's worth of cuts right at one record.
head -c 200000 "$work/lines.txt" >"$work/small.txt"
"$driver" "$work/small.txt" | said >"$work/whole"
at=$(LC_ALL=C grep -ob 'user1067@royal-post' "$work/small.txt" | cut -d: -f1)
bad=0
for shift in 1 4 9 12 20 28 29 30; do
	"$driver" --range $((at + shift)) "$work/small.txt" | said | cmp -s - "$work/whole" || bad=$((bad + 1))
done
is "a range may end anywhere in a record" "$bad" 0

# Stealer blocks of several spellings amid lines, in front of and behind every border.
awk 'BEGIN {
	for (i = 0; i < 24000; i++) {
		host = i % 61 == 0 ? "access.royal-post.example" : "shop.test"
		user = i % 89 == 0 ? "user" i "@royal-post.example" : "anna" i
		if (i % 5 == 0) printf "URL: https://%s/login\nUsername: %s\nPassword: Heron-Weir-%d\nApplication: Chrome\n===============\n", host, user, i
		else if (i % 5 == 1) printf "Soft: Edge (Default)\r\nHost: https://%s\r\nLogin: %s\r\nPass: Skua=North=%d=\r\n\r\n", host, user, i
		else if (i % 5 == 2) printf "Browser: Firefox\n  Site: %s\n  User Login: %s\n  User Password: Tern:Moss:%d\n----------\n", host, user, i
		else printf "https://%s/:%s:Crane-Loch-%d\n", host, user, i
	}
}' >"$work/blocks.txt"
"$driver" "$work/blocks.txt" | said >"$work/whole"
is "blocks and lines with our names are found" "$(jq -r '.[2]' "$work/whole" | sort -u | wc -l)" \
	"$(awk 'BEGIN { for (i = 0; i < 24000; i++) if (i % 61 == 0 || i % 89 == 0) n++; print n }')"
for size in 65536 70001 131072 999983; do
	"$driver" --range "$size" "$work/blocks.txt" | said >"$work/ranges"
	is "blocks in ranges of $size bytes are those of the whole" "$(cmp "$work/whole" "$work/ranges" && echo same)" same
done
head -c 300000 "$work/blocks.txt" >"$work/small-blocks.txt"
"$driver" "$work/small-blocks.txt" | said >"$work/whole"
at=$(LC_ALL=C grep -ob 'https://access.royal-post.example/login' "$work/small-blocks.txt" | tail -n 3 | head -n 1 | cut -d: -f1)
bad=0
for shift in -6 -1 0 8 30 40 60 75 90 100 120; do
	"$driver" --range $((at + shift)) "$work/small-blocks.txt" | said | cmp -s - "$work/whole" || bad=$((bad + 1))
done
is "a range may end anywhere in a block" "$bad" 0
is "lines are numbered where those before were counted, and nowhere else" \
	"$("$driver" --range 150000 "$work/small-blocks.txt" | jq -c 'select(.finding) | .finding | select((.offset < 150000) != (.line != null))' | wc -l)" 0

# One line of 8 MiB: no memory for it, and its records are found.
awk 'BEGIN {
	for (i = 0; i < 150000; i++) {
		printf "noise,https://shop.test/,anna,not-ours-%d,", i
		if (i % 5000 == 0) printf " https://access.royal-post.example/ jdoe%d Heron-Weir-%d ", i, i
	}
}' >"$work/one-line.txt"
"$driver" "$work/one-line.txt" >"$work/one-line.json"
is "a line of megabytes is read to its end" "$(jq -c 'select(.done) | .done.ok' "$work/one-line.json")" true
is "the sieve sees every name of it" "$(jq -c 'select(.done) | .done.hits >= 30' "$work/one-line.json")" true

# Many names on one line: readers cannot go over all of it for each, yet what stands near a name is read; and it is told.
awk 'BEGIN { for (i = 0; i < 6000; i++) printf "user%d@royal-post.example:Skua-North-%d ", i, i }' >"$work/flood.txt"
"$driver" "$work/flood.txt" >"$work/flood.json"
is "each of thousands of log-ins on one line is found" "$(jq -r 'select(.finding) | .finding.secret.value' "$work/flood.json" | sort -u | wc -l)" 6000
is "... and that they were read within bounds is told once" \
	"$(jq -r 'select(.not_inspected) | .not_inspected.detail' "$work/flood.json" | grep -c 'endless line')" 1
awk 'BEGIN { for (i = 0; i < 60000; i++) printf (i % 3000 == 0 ? "user%d@royal-post.example:Skua-North-%d " : "anna%d@shop.test:x-%d "), i, i }' >"$work/few.txt"
"$driver" "$work/few.txt" >"$work/few.json"
is "a few names on a long line are read without bounds" \
	"$(jq -c 'select(.finding) | 1' "$work/few.json" | wc -l) $(jq -c 'select(.not_inspected)' "$work/few.json" | wc -l)" "20 0"
awk 'BEGIN {
	printf "INSERT INTO users (id,email,password) VALUES "
	for (i = 0; i < 6000; i++) printf "%s(%d,%cuser%d@royal-post.example%c,%cSkua-North-%d%c)", (i > 0 ? "," : ""), i, 39, i, 39, 39, i, 39
}' >"$work/insert.sql"
"$driver" "$work/insert.sql" >"$work/insert.json"
is "rows of one long statement are read whole, however many" \
	"$(jq -c 'select(.finding) | 1' "$work/insert.json" | wc -l) $(jq -c 'select(.not_inspected)' "$work/insert.json" | wc -l)" "6000 0"

# One string of JSON that is longer than what is held of one: it is read on its way, and once.
awk 'BEGIN {
	printf "{\"id\":1,\"content\":\""
	for (i = 0; i < 260000; i++)
		printf i % 65000 == 10 ? "user%d@royal-post.example:P\\u0040ss\\\\%d\\n" : "anna%d@shop.test:Zz%d\\n", i, i
	print "\"}"
}' >"$work/string.json"
"$driver" "$work/string.json" >"$work/string.out"
is "a string of megabytes is read to its end, without its escapes" "$(jq -r 'select(.finding) | .finding.secret.value' "$work/string.out" | tr '\n' ' ')" \
	'P@ss\10 P@ss\65010 P@ss\130010 P@ss\195010 '
is "... and nothing is told to be left out" "$(jq -c 'select(.not_inspected)' "$work/string.out")" ''

: >"$work/empty"
is "an empty file is read" "$("$driver" "$work/empty" | jq -c 'select(.done) | [.done.ok, .done.findings]')" '[true,0]'
printf 'jdoe@royal-post.example:Skua-North-12' >"$work/last"
is "a record may end with the file" "$("$driver" "$work/last" | jq -r 'select(.finding) | .finding.secret.value')" Skua-North-12
head -c 3000000 /dev/urandom >"$work/random"
is "random bytes hold nothing" "$("$driver" "$work/random" | jq -c 'select(.done) | .done.findings')" 0
head -c 3000000 /dev/zero >"$work/zero"
is "zeros hold nothing" "$("$driver" "$work/zero" | jq -c 'select(.done) | .done.findings')" 0

is "a list of lines can be split" "$("$driver" --head "$work/lines.txt" | jq -c 'select(.head) | .head.splittable')" true
is "random bytes cannot" "$("$driver" --head "$work/random" | jq -c 'select(.head) | .head.splittable')" false
is "one long line cannot" "$("$driver" --head "$work/one-line.txt" | jq -c 'select(.head) | .head.splittable')" false
printf '{"email":"jdoe@royal-post.example"}\n%.0s' {1..9} >"$work/json"
is "JSON cannot" "$("$driver" --head "$work/json" | jq -c 'select(.head) | .head.splittable')" false
printf 'URL: https://a.test/\nUsername: anna\nPassword: b\n===============\n%.0s' {1..9} >"$work/blocks"
is "stealer blocks can: a block reaches no further than a range looks" "$("$driver" --head "$work/blocks" | jq -c 'select(.head) | .head.splittable')" true
(printf 'HWID: 0123456789ABCDEF\nComputer Name: WS-1\nUserName: anna\n\n' && cat "$work/blocks") >"$work/machines"
is "machines one after another cannot: what stands above a log-in says whose it is" \
	"$("$driver" --head "$work/machines" | jq -c 'select(.head) | .head.splittable')" false
printf "INSERT INTO users VALUES (1,'a');\n%.0s" {1..9} >"$work/sql"
is "SQL cannot" "$("$driver" --head "$work/sql" | jq -c 'select(.head) | .head.splittable')" false
done_testing
