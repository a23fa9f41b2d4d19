#!/bin/bash
# Volumes of one archive are read as one document where they are all there, in a folder and in another archive; what is missing is told.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need zip 7z split jq python3
enter_work
make_home
mkdir PC-7
printf 'URL: https://access.royal-post.example/\nUsername: jdoe\nPassword: Tern-Skerry-4\n\n' >PC-7/Passwords.txt
head -c 300000 /dev/urandom >PC-7/noise.bin
found() { scan_found "$@"; }
missed() { grep 'not inspected' err; }

# ---- in a folder ---------------------------------------------------------------------------------
mkdir 7z zip parts hj rar cut hole orphan alike upper
(cd 7z && 7z a -bd -mx=1 -v100k logs.7z ../PC-7 >/dev/null)
is "a 7z in volumes" "$(found 7z)" "7z/logs.7z.001!/PC-7/Passwords.txt:Tern-Skerry-4"
is "... is read whole" "$(missed)" ""
(cd zip && zip -q0 -r -s 100k logs.zip ../PC-7 2>/dev/null)
is "a split zip, whose last volume has the name" "$(found zip)" "zip/logs.z01!/../PC-7/Passwords.txt:Tern-Skerry-4"
is "... is read whole" "$(missed)" ""
tar cf whole.tar PC-7
split -b 100000 -d --numeric-suffixes=1 -a 2 whole.tar parts/logs.tar.part
is "parts of any archive" "$(found parts)" "parts/logs.tar.part01!/PC-7/Passwords.txt:Tern-Skerry-4"
{ seq 30000; cat PC-7/Passwords.txt; seq 30000; } >long.txt
split -b 168900 -d --numeric-suffixes=1 -a 3 long.txt hj/long.txt.
is "text that was cut in the middle of a record" "$(found hj | cut -d: -f2)" "Tern-Skerry-4"
mkdir -p long/PC-7 && (cat PC-7/Passwords.txt && yes filler | head -n 700) >long/PC-7/Passwords.txt
(cd long && python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_rar.py" --volume 40,1000 ../rar/logs. PC-7/Passwords.txt)
cp rar/logs.part1.rar upper/LOGS.RAR
cp rar/logs.part2.rar upper/LOGS.R00
cp rar/logs.part3.rar upper/LOGS.R01
is "a rar in parts" "$(found rar)" "rar/logs.part1.rar!/PC-7/Passwords.txt:Tern-Skerry-4"
is "a rar with the old names, in capitals" "$(found upper)" "upper/LOGS.RAR!/PC-7/Passwords.txt:Tern-Skerry-4"
is "... is read whole" "$(missed)" ""
is "named one by one they are one document, too" "$(found rar/logs.part3.rar rar/logs.part1.rar rar/logs.part2.rar)" \
	"rar/logs.part1.rar!/PC-7/Passwords.txt:Tern-Skerry-4"

# ---- what is missing -----------------------------------------------------------------------------
cp rar/logs.part1.rar rar/logs.part3.rar hole
found hole >/dev/null
like "a volume missing in the middle is named" "$(cat err)" 'hole/logs.part1.rar: .*hole/logs.part2.rar is not there'
mkdir packed PC-9 && cp PC-7/Passwords.txt PC-9 && seq 60000 >PC-9/numbers.txt
(cd packed && 7z a -bd -v4k logs.7z ../PC-9 >/dev/null)
cp packed/logs.7z.001 packed/logs.7z.002 cut
lt scan --no-index cut >/dev/null 2>err
is "a last volume missing is no clean end" $? 3
like "... and told" "$(cat err)" 'not inspected: cut/logs.7z.001'
cp zip/logs.z01 zip/logs.z02 orphan
found orphan >/dev/null
like "the last of a split zip is named" "$(cat err)" 'orphan/logs.zip is not there'
rm orphan/* && cp rar/logs.part2.rar orphan
found orphan >/dev/null
like "a volume without the first is told" "$(cat err)" 'orphan/logs.part2.rar: .*the first volume'
lt scan cut >/dev/null 2>&1
cp packed/* cut
is "once the rest has come it is read anew" "$(lt scan --format jsonl cut 2>/dev/null | wc -l)" 1
is "... and then no more" "$(lt scan --format jsonl cut 2>/dev/null | wc -l)" 0

# ---- what only looks so --------------------------------------------------------------------------
printf 'jdoe@royal-post.example:Alike-%s-x\n' 1 >alike/list.2023
printf 'jdoe@royal-post.example:Alike-%s-x\n' 2 >alike/list.2024
printf 'jdoe@royal-post.example:Alike-%s-x\n' 3 >alike/apart2.txt
zip -q alike/plain.zip PC-7/Passwords.txt
is "years, words and whole archives are no volumes" "$(found alike | cut -d: -f2 | sort | paste -sd' ')" \
	"Alike-1-x Alike-2-x Alike-3-x Tern-Skerry-4"
is "... of which nothing is missing" "$(missed)" ""

# ---- in another archive --------------------------------------------------------------------------
zip -qr0 in.zip 7z
is "volumes in an archive" "$(driver_found in.zip)" "in.zip!/7z/logs.7z.001!/PC-7/Passwords.txt:Tern-Skerry-4"
is "... are read whole" "$(driver_missed in.zip)" ""
tar cf order.tar rar/logs.part3.rar rar/logs.part1.rar rar/logs.part2.rar
is "in whatever order they stand" "$(driver_found order.tar)" "order.tar!/rar/logs.part1.rar!/PC-7/Passwords.txt:Tern-Skerry-4"
zip -qr0 split.zip zip
is "a split zip in an archive" "$(driver_found split.zip)" "split.zip!/zip/logs.z01!/../PC-7/Passwords.txt:Tern-Skerry-4"
tar cf old.tar upper
is "a rar with the old names in an archive" "$(driver_found old.tar)" "old.tar!/upper/LOGS.RAR!/PC-7/Passwords.txt:Tern-Skerry-4"
tar cf hole.tar rar/logs.part1.rar rar/logs.part3.rar
like "a volume missing there is named" "$(driver_missed hole.tar)" '^hole.tar!/rar/logs.part1.rar:CAUSE_TRUNCATED:.*logs.part2.rar'
mkdir large && cp PC-7/* large
tar cf logs.tar.001 large && tar czf large.tar.gz logs.tar.001
driver --limit held_bytes=100000 large.tar.gz >out
is "one that is too large to be held is read by itself" "$(jq -r 'select(.finding) | .finding.secret.value' out)" Tern-Skerry-4
is "... and said to be" "$(jq -r 'select(.not_inspected) | .not_inspected | "\(.path):\(.cause)"' out)" "large.tar.gz!/logs.tar.001:CAUSE_LIMIT"
tar cf both.tar alike PC-7/Passwords.txt
is "other members are read as ever" "$(driver_found both.tar | cut -d: -f2 | sort -u | wc -l)" 4
done_testing
