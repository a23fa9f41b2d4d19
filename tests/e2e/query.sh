#!/usr/bin/env bash
# The commands that ask the index and work on it: findings, show, triage, reveal, runs, alerts.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
leaktrawl=$LEAKTRAWL_BUILD/leaktrawl
enter_work
make_home
mv home/team.key team.key

# ---- before there is an index -------------------------------------------------------------------------------

for command in findings "show f_123456" runs "alerts list"; do
	run $command
	is "$command without an index ends with 1" "$status" 1
	like "$command without an index says what makes one" "$err" 'no index yet: the first crawl or scan makes it'
done
ok "and none was made" test ! -e home/index.db

# ---- findings ------------------------------------------------------------------------------------------------

cat >dump.txt <<'END'
https://access.royal-post.example/login:j.doe@royal-post.example:Kittiwake-Bay-27
a.roe@royal-post.example:=Moss+Lichen3
https://shop.royal-post.example/:stranger@mail.example:Heron-Weir-1
END
echo 'j.doe@royal-post.example:Kittiwake-Bay-27' >old-dump.txt
run scan "$work/dump.txt" "$work/old-dump.txt"
is "the scan ends with 10: new findings" "$status" 10

run findings --format json
is "findings ends with 0" "$status" 0
is "json has the contract's schema" "$(jq -r .schema out)" leaktrawl.findings/1
is "three findings: the combo of a known log-in folds into it" "$(jq '.findings | length' out)" 3
is "the folded one has two sightings" "$(jq '.findings[] | select(.service == "access.royal-post.example") | .sightings' out)" 2
is "the most severe stands first" "$(jq -r '.findings[0].account' out)" j.doe@royal-post.example
is "json tells the coverage" "$(jq -r .coverage.last_run.kind out)" scan
unlike "no secret is in it" "$out" 'Kittiwake|Lichen|Heron'

count() { # NAME WANTED FILTER...
	local name=$1 wanted=$2
	shift 2
	run findings --format jsonl "$@"
	is "$name" "$status $(grep -c . <<<"$out")" "0 $wanted"
}
count "by account, whatever its case" 1 --account J.Doe@royal-post.example
count "by account with a wildcard" 2 --account '*@royal-post.example'
count "a percent sign is no wildcard" 0 --account '%@royal-post.example*'
count "by domain: accounts and services in it" 3 --domain royal-post.example
count "by domain: no name that only ends alike" 0 --domain post.example
count "by service" 1 --service shop.royal-post.example
count "by kind" 3 --kind password
count "by kind, none" 0 --kind cookie
count "by audience" 1 --audience customer
count "by least severity" 2 --severity high
count "by state" 3 --state new
count "since the past" 3 --since 1d
count "since the future" 0 --since 2100-01-01
count "until the past" 0 --until 2020-01-01
count "by text in the file's name" 3 --text dump.txt
count "by text, none" 0 --text 'nothing like it'
count "by run" 3 --run 1
count "by another run" 0 --run 7
count "filters add up" 1 --severity high --account 'a.*'

run findings --limit 1
is "a limited table has its title line and one row" "$(wc -l <out)" 2
like "what is left out is told" "$err" '1 of 3 findings shown: --limit 0 shows all, --after f_[0-9a-f]+ goes on'
like "the coverage is told" "$err" 'coverage: last scan \(run 1, .*\) done'
after=$(sed -n 's/.*--after \(f_[0-9a-f]*\).*/\1/p' <<<"$err")
run findings --after "$after" --limit 2 --format jsonl
is "going on behind it gives the rest" "$(grep -c . <<<"$out")" 2
unlike "and leaves nothing out" "$err" 'findings shown'
run findings --account nobody@royal-post.example
is "an empty answer ends with 0" "$status" 0
is "and prints nothing" "$out" ""
like "but says so" "$err" 'no finding matches'
run findings --quiet
is "--quiet says nothing on standard error" "$err" ""
run findings --format csv
is "csv has a title line and three more" "$(wc -l <out)" 4
run findings --after f_00000000
is "going on behind no finding is an error" "$status" 1

# ---- show, triage ----------------------------------------------------------------------------------------------

id=$(lt findings --account j.doe@royal-post.example --format jsonl 2>/dev/null | jq -r .id)
other=$(lt findings --account a.roe@royal-post.example --format jsonl 2>/dev/null | jq -r .id)
run show "${id:0:10}"
is "show takes the beginning of an id" "$status" 0
like "show tells the account" "$out" '^  account +j.doe@royal-post.example$'
like "show tells the staff member" "$out" '^  staff +name Jane Doe'
like "show tells where it was seen" "$out" '/dump.txt:1 \(byte 0\)$'
unlike "show does not tell the secret" "$out" 'Kittiwake'
for wrong in f_12 f_xyzxyz nonsense; do
	run show $wrong
	is "show $wrong ends with 1" "$status" 1
	like "show $wrong says what an id is" "$err" 'no id of a finding'
done
run show f_0000000000
like "show of no finding says so" "$err" 'there is no such finding'

run triage "$id"
is "triage without a state is wrong usage" "$status" 2
run triage --state resolved "$id" f_0000000000
is "triage of a wrong id ends with 1" "$status" 1
is "and changes none of the others" "$(lt show --format json "$id" | jq -r .state)" new
run triage --state resolved --reason 'password changed' "$id"
is "triage ends with 0" "$status" 0
run show --format json "$id"
is "the state is new" "$(jq -r .state out)" resolved
is "the audit log says what and why" "$(jq -r '.history[0] | .action + " " + .detail' out)" "triage resolved: password changed"
is "and who" "$(jq -r '.history[0].who' out)" "$(id -un)"

# ---- show: what else the machine gave ----------------------------------------------------------------------------

mkdir -p logs/ours logs/strangers
cat >logs/ours/Passwords.txt <<'END'
URL: https://access.royal-post.example/
Login: m.moe
Password: Turnstone-Reef-5

URL: https://royalpost.okta.com/
Login: m.moe.okta
Password: Dunlin-Flat-6
END
printf 'Computer: WS-71\nUser: moe\n' >logs/ours/System.txt
cat >logs/strangers/Passwords.txt <<'END'
URL: https://access.royal-post.example/
Login: n.noe
Password: Whimbrel-Bar-7
END
printf 'Computer: WS-72\nUser: noe\n' >logs/strangers/System.txt
run scan logs
is "the scan of two machines ends with 10" "$status" 10
run findings --machine WS-71 --format jsonl
is "both findings of a machine are its" "$(grep -c . <<<"$out")" 2
machine_id=$(head -n 1 <<<"$out" | jq -r .machine.id)
run show "$(jq -r 'select(.attribution == "host") | .id' <<<"$out")"
like "show tells what else was taken from the machine" "$out" '^  high +password +f_[0-9a-f]{10}  m.moe.okta  royalpost.okta.com  new$'
like "and how to ask for all of it" "$out" "findings --machine $machine_id"
unlike "but nothing of another machine" "$out" 'n\.noe'
unlike "and no secret" "$out" 'Turnstone|Dunlin|Whimbrel'
run show "$(lt findings --machine WS-72 --format jsonl 2>/dev/null | jq -r .id)"
unlike "where nothing else is known it says nothing" "$out" 'same machine'
run show "$id"
unlike "nor where no machine is" "$out" 'same machine'

# ---- reveal ------------------------------------------------------------------------------------------------------

run reveal "$id"
is "reveal without a key is wrong usage" "$status" 2
run reveal --key team.key "$id"
is "reveal on the crawling host is refused" "$status" 1
like "and says where to do it" "$err" "on the team's machine"
unlike "and shows nothing" "$out$err" 'Kittiwake'
run reveal --export copy.db
is "a copy is made" "$status" 0
is "for its owner alone" "$(stat -c %a copy.db)" 600
run reveal --export copy.db
is "never over another file" "$status" 1
run reveal --index copy.db --key team.key "$id" "$other"
is "reveal opens the copy" "$status" 0
is "with account and secret" "$(cut -f2- out)" "$(printf 'password\tj.doe@royal-post.example\tKittiwake-Bay-27\npassword\ta.roe@royal-post.example\t=Moss+Lichen3')"
run reveal --index copy.db --key team.key --format jsonl "$id"
is "as JSON too" "$(jq -r .secret.value out)" Kittiwake-Bay-27
is "each time is in the copy's audit log" "$(sqlite3 copy.db "SELECT count(*) FROM audit WHERE action = 'reveal'")" 3
chmod 644 team.key
run reveal --index copy.db --key team.key "$id"
is "a key others can read is refused" "$status" 1
chmod 600 team.key
"$leaktrawl" init elsewhere >/dev/null 2>&1
run reveal --index copy.db --key elsewhere/team.key "$id"
is "another team's key opens nothing" "$status" 1
like "and says so" "$err" 'not sealed to this key'
is "no secret stands in the index or its copy" "$(cat home/index.db* copy.db* | grep -acE 'Kittiwake|Moss.Lichen|Heron-Weir')" 0

# ---- runs, alerts ------------------------------------------------------------------------------------------------

run runs
like "runs lists the scan" "$out" '^ +1 +scan +20[0-9]{2}-.* done '
run runs --format json
is "runs as json" "$(jq -r '.schema, .runs[0].findings_new' out | paste -sd' ')" "leaktrawl.runs/1 3"
run runs last --format json
is "one run as json" "$(jq -r .schema out)" leaktrawl.run/1
run runs 99
is "no such run ends with 1" "$status" 1
run runs yesterday
is "what is no run is wrong usage" "$status" 2

run alerts list
is "an empty outbox ends with 0" "$status" 0
run alerts retry 12
is "retrying no alert ends with 1" "$status" 1
run alerts retry twelve
is "retrying what is no alert is wrong usage" "$status" 2
run alerts
is "alerts alone is wrong usage" "$status" 2

# ---- refusals -----------------------------------------------------------------------------------------------------

chmod 644 home/index.db
run findings
is "an index others can read is refused" "$status" 1
like "with the fix" "$err" 'chmod 600'
chmod 600 home/index.db
mv home/fingerprint.key kept.key
cp elsewhere/fingerprint.key home/fingerprint.key
run scan "$work/dump.txt"
is "a scan under another fingerprint key is refused" "$status" 1
like "and says why" "$err" 'another fingerprint key'
mv kept.key home/fingerprint.key
sqlite3 home/index.db 'PRAGMA user_version = 99'
run findings
like "a newer index is refused" "$err" 'newer leaktrawl'
echo 'this is a letter' >home/index.db
run findings
is "what is no index is refused" "$status" 1
like "and left alone" "$(cat home/index.db)" 'this is a letter'

done_testing
