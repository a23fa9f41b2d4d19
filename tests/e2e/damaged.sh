#!/usr/bin/env bash
# Documents of every kind, damaged at random: an inspector gets to the end of all of them, and a whole one among them is still read.
# One round, by a fixed seed; `make fuzz` makes more of them ($FUZZ_ROUNDS, $FUZZ_SEED), best in a build with sanitizers.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/samples"
cd "$work/samples" || exit 99
python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_pdf.py" . || exit 99
python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_ole.py" . || exit 99
rm swollen.xls # much of the same
printf 'URL: https://access.royal-post.example/\nUsername: jdoe\nPassword: Tern-Skerry-4\n\n' >Passwords.txt
for way in "--version 5" "--version 4" "--version 5 --password infected --kdf 2" "--version 5 --password infected --kdf 2 --headers" \
	"--version 4 --password infected"; do
	# shellcheck disable=SC2086 # several options
	python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_rar.py" $way "$(tr -dc 'a-z0-9' <<<"$way").rar" Passwords.txt
done
zip -q a.zip Passwords.txt
zip -q -P infected shut.zip Passwords.txt
7z a -bd a.7z Passwords.txt >/dev/null
7z a -bd -pinfected -mhe=on shut.7z Passwords.txt >/dev/null
tar cf a.tar Passwords.txt
for tool in gzip bzip2 xz zstd lz4; do
	"$tool" -qc <a.tar >"a.tar.$tool"
done
sqlite3 logins.db "CREATE TABLE logins(origin_url, username_value, password_value);
	INSERT INTO logins VALUES('https://access.royal-post.example/', 'jdoe', 'Tern-Skerry-4')"
cat >letter.eml <<'END'
From: a@x.test
Subject: =?utf-8?B?bG9nLWlucw==?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=windows-1252
Content-Transfer-Encoding: quoted-printable

<p>jdoe@royal-post.example:Tern=2DSkerry=2D4</p>
--b
Content-Type: application/octet-stream; name="a.bin"
Content-Transfer-Encoding: base64

amRvZUByb3lhbC1wb3N0LmV4YW1wbGU6VGVybi1Ta2VycnktNA==
--b--
END
printf '{\\rtf1\\ansi jdoe@royal-post.example:Tern-Sk\\u233?rry\\par}' >a.rtf
sed 's/Tern-Skerry-4/Whole-Stack-9/' Passwords.txt >"$work/Passwords.txt"
tar cf "$work/whole.tar" -C "$work" Passwords.txt

for ((round = 0; round < ${FUZZ_ROUNDS:-1}; round++)); do
	seed=$((${FUZZ_SEED:-20261128} + round))
	python3 "$LEAKTRAWL_SOURCE/tests/generate/damage.py" --seed $seed --documents "${FUZZ_DOCUMENTS:-600}" "$work/damaged.tar" \
		"$LEAKTRAWL_SOURCE"/tests/cases/*.jsonl ./* || exit 99
	tar -A -f "$work/damaged.tar" "$work/whole.tar"
	"$LEAKTRAWL_BUILD/inspect_driver" --sandbox --limit unlock_rounds=4000000 "$work/damaged.tar" >"$work/out" 2>"$work/err"
	is "damaged documents are gone through to the end (seed $seed)" "$(jq -c 'select(.done) | .done.ok' "$work/out")" true || {
		diag "$(head -n 30 "$work/err")"
		[ -z "${FUZZ_KEEP:-}" ] || cp "$work/damaged.tar" "$FUZZ_KEEP/damaged-$seed.tar"
	}
	is "and the whole one behind them is read" \
		"$(jq -r 'select(.finding) | .finding | select(.path | endswith("damaged.tar!/Passwords.txt")) | .secret.value' "$work/out")" Whole-Stack-9
done
done_testing
