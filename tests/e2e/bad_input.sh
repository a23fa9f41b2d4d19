#!/usr/bin/env bash
# What a hostile or broken world sends: each gets a clear message and the documented exit status, and loses nothing.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
leaktrawl=$LEAKTRAWL_BUILD/leaktrawl
enter_work
trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
make_home
mv home/team.key .
ours='j.doe@royal-post.example:Kittiwake-Bay-27'

scan() { run scan --no-index --format jsonl "$@"; }
findings() { grep -c '"schema"' <<<"$out"; }

# ---- files ---------------------------------------------------------------------------------------------------

run scan no-such-file
is "a missing file ends with 2" "$status" 2
like "and is named" "$err" 'no-such-file: No such file'
run scan --no-idnex x
is "an unknown option ends with 2" "$status" 2
like "with the nearest right one" "$err" 'no-index'

: >empty
scan empty
is "an empty file is nothing new" "$status" 0
mkfifo pipe
mkdir tree
mv pipe tree/
printf '%s\n' "$ours" >tree/a.txt
ln -s ../tree tree/loop
scan tree
is "a folder with a pipe and a link to itself is read" "$status $(findings)" "10 1"
mkdir dark
printf '%s\n' "$ours" >dark/a.txt
if [ "$(id -u)" -ne 0 ]; then
	chmod 000 dark/a.txt
	scan dark
	is "a file that may not be read ends with 3" "$status" 3
else
	skip 1 "root reads every file"
fi

{ printf '%s\n' "$ours"; head -c 3000000 /dev/urandom; printf '\n%s\n' "a.roe@royal-post.example:Moss-Lichen-3"; } >random
scan random
is "log-ins between random bytes are found" "$(findings)" 2
printf 'x\0\0y\0%s\0\n\0\n' "$ours" >nul
scan nul
is "NUL bytes hide nothing" "$(findings)" 1
printf '\xff\xfe\xff\xfe\xc3\x28 \xe2\x82\n%s\n\xf0\x28\x8c\x28' "$ours" >broken-utf8
scan broken-utf8
is "a broken charset hides nothing" "$(findings)" 1
{ head -c 20000000 /dev/zero | tr '\0' a; printf '\n%s\n' "$ours"; head -c 20000000 /dev/zero | tr '\0' b; } >long-line
scan long-line
is "a line of 20 MB hides nothing" "$(findings)" 1
printf '%s\n' "$ours" | scan -
is "standard input is read" "$status $(findings)" "10 1"
# ---- containers ----------------------------------------------------------------------------------------------

printf '%s\n' "$ours" >one.txt
{ cat one.txt; head -c 200000 /dev/urandom | base64; } >two.txt
zip -q good.zip two.txt
head -c 60000 good.zip >cut.zip
scan cut.zip
is "a cut archive ends with 3 or 13" "$(case $status in 3 | 13) echo yes ;; esac)" yes
like "and says so" "$err" 'not inspected: cut.zip'
zip -q -P wrong-password-123 shut.zip one.txt
scan shut.zip
is "an archive that stays shut ends with 3" "$status" 3
like "and says that it is encrypted" "$err" 'not inspected: shut.zip.*encrypted'
head -c 400000000 /dev/zero | gzip -1 >bomb.gz
sed 's/^limits:.*//' home/leaktrawl.yml >home/small.yml
printf '\nlimits: {unpack_bytes: 100000000}\n' >>home/small.yml
chmod 600 home/small.yml
config=home/small.yml lt scan --no-index bomb.gz one.txt >out 2>err
is "a bomb costs nothing but itself" $? 13
like "and is a recorded limit" "$(cat err)" 'not inspected: bomb.gz.*limit'
printf 'PK\003\004garbage that is no archive %s\n' "$ours" >fake.zip
scan fake.zip
is "what only looks like an archive is still searched" "$(findings)" 1

# ---- hostile names -------------------------------------------------------------------------------------------

evil=$(printf 'evil\033[31m\nname.txt')
printf '%s\n' "$ours" >"$evil"
run scan "$evil"
unlike "an escape sequence in a file name does not reach the terminal" "$(cat -v out err)" '\^\['
run findings
unlike "nor does it from the index" "$(cat -v out err)" '\^\['

# ---- index ---------------------------------------------------------------------------------------------------

mkdir -m 700 other
"$leaktrawl" init other/home >/dev/null 2>&1
cp other/home/fingerprint.key home/other.key
sed 's/fingerprint: *fingerprint.key/fingerprint: other.key/' home/leaktrawl.yml >home/wrong.yml
chmod 600 home/wrong.yml
config=home/wrong.yml lt scan one.txt >out 2>err
is "another fingerprint key is refused" $? 1
like "and the message says why" "$(cat err)" 'key'
cp home/index.db kept.db
echo 'this is no database, but long enough to be looked at as one by whoever opens it' >home/index.db
run scan one.txt
is "a file that is no database is refused" "$status" 1
like "and named" "$err" 'index.db'
sqlite3 foreign.db 'create table t(x); pragma application_id=77'
cp foreign.db home/index.db
chmod 600 home/index.db
rm -f home/index.db-wal home/index.db-shm
run findings
is "another program's database is refused" "$status" 1
cp kept.db home/index.db
chmod 600 home/index.db
sqlite3 home/index.db 'pragma user_version=9999'
run findings
is "a newer schema is refused" "$status" 1
like "with what to do" "$err" 'newer'
cp kept.db home/index.db
chmod 644 home/index.db
run findings
is "an index others can read is refused" "$status" 1
chmod 600 home/index.db

mkfifo slow
(run scan --force slow one.txt) 2>/dev/null
lt scan - <slow >/dev/null 2>&1 &
exec 9>slow
# looked at, not asked for: whoever asks for the lock may be what keeps the scan out
for _ in $(seq 2400); do
	grep -q ":$(stat -c %i home/index.db.lock) " /proc/locks && break
	sleep 0.05
done
run scan one.txt
is "a second run beside one is kept out" "$status" 1
like "and told why" "$err" 'lock|another|runs'
run findings
is "while queries work" "$status" 0
exec 9>&-
wait

# ---- rules ---------------------------------------------------------------------------------------------------

mkdir home/rules
printf 'rules:\n  - name: broken\n    id: x.broken.1\n    pattern: "(unclosed"\n    examples: ["a"]\n' >home/rules/broken.yml
sed 's/^rules:.*//' home/leaktrawl.yml >home/ruled.yml
printf '\nrules: [rules/]\n' >>home/ruled.yml
chmod 600 home/ruled.yml
chmod 644 home/rules/broken.yml
config=home/ruled.yml lt rules check >out 2>err
is "a rule that does not compile fails the check" $? 1
like "with file and line" "$(cat out err)" 'broken.yml:[0-9]+'
printf 'rules:\n  - name: slow\n    id: x.slow.1\n    kind: token\n    pattern: "royal-post\\\\.example.*((a+)+)+(b|c)d{9}"\n    examples: ["royal-post.example aabddddddddd"]\n' >home/rules/broken.yml
{ printf 'royal-post.example '; head -c 3000 /dev/zero | tr '\0' a; echo; printf '%s\n' "$ours"; } >evil-subject
config=home/ruled.yml lt scan --no-index --format jsonl evil-subject >out 2>err
is "a rule that runs into its limit is recorded" $? 13
like "with its id, never as no match" "$(cat err)" 'x.slow.1'
is "and the others go on" "$(grep -c '"schema"' out)" 1

# ---- disk ----------------------------------------------------------------------------------------------------

mkdir small
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1m,mode=700 tmpfs small 2>/dev/null; then
	cp -r home/. small/
	rm -f small/index.db*
	for n in $(seq 1 6000); do printf 'user%s@royal-post.example:Heron-%s-Weir\n' "$n" "$n"; done >many.txt
	config=small/leaktrawl.yml lt scan many.txt >out 2>err
	is "a full disk ends with 1" $? 1
	like "and says so" "$(cat err)" 'full|space'
	is "what was committed stays sound" "$(sqlite3 small/index.db 'pragma integrity_check')" ok
	mount -o remount,size=64m small
	config=small/leaktrawl.yml lt scan --no-alert many.txt >out 2>err
	is "with room again the same scan finishes" $? 10
	is "with every finding" "$(config=small/leaktrawl.yml lt findings --limit 0 --format jsonl 2>/dev/null | grep -c schema)" 6000
else
	skip 5 "no file system of its own can be mounted here"
fi
done_testing
