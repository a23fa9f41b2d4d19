#!/usr/bin/env bash
# What a person meets first: help, usage errors, init, where the configuration is looked for, doctor.
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"

leaktrawl=$LEAKTRAWL_BUILD/leaktrawl
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset LEAKTRAWL_CONFIG
cd "$folder" || exit 1

# run COMMAND...: its output in $out, $err and $status
run() {
	"$@" >"$folder/out" 2>"$folder/err"
	status=$?
	out=$(cat "$folder/out")
	err=$(cat "$folder/err")
}

# refused NAME REGEX ARGUMENT...: usage error 2, nothing on standard output, and the message says so
refused() {
	local name=$1 regex=$2
	shift 2
	run "$leaktrawl" "$@"
	is "$name: exit 2" "$status" 2
	is "$name: standard output is empty" "$out" ""
	like "$name: says what is wrong" "$err" "$regex"
}

# ---- help --------------------------------------------------------------------------------------------------

run "$leaktrawl" --help
is "--help exits 0" "$status" 0
is "--help says nothing on standard error" "$err" ""
commands=$(sed -n '/^Commands:/,/^$/p' <<<"$out" | awk '/^  / { print $1 }')
isnt "--help lists commands" "$commands" ""
run "$leaktrawl" --version
like "--version names the version" "$out" '^leaktrawl [0-9]+\.[0-9]+'
for command in $commands; do
	run "$leaktrawl" "$command" --help
	is "$command --help exits 0" "$status" 0
	is "$command --help says nothing on standard error" "$err" ""
	like "$command --help begins with its usage" "$out" "^Usage: leaktrawl $command"
	is "$command --help fits 80 columns" "$(grep -v '/leaktrawl.yml$' <<<"$out" | awk 'length > 80')" ""
	run "$leaktrawl" --help "$command"
	is "--help $command is the same" "$status" 0
	refused "$command with an unknown option" 'there is no option "--qiet"; did you mean --quiet\? \(see leaktrawl '"$command"' --help\)' \
		"$command" --qiet
done

# ---- wrong words -------------------------------------------------------------------------------------------

refused "no command, and which there are" 'a command is missing: init, crawl, scan, '
refused "an unknown command" 'no command "carwl"; did you mean "crawl"\?' carwl
refused "a command nothing is near" 'no command "frobnicate"' frobnicate
refused "an option before the command" 'no option "--confg"; did you mean --config\?' --confg x sources
refused "an option without its value" '--config needs a value' sources --config
refused "an option with an empty value" '--config has an empty value' sources --config=
refused "a flag with a value" '--quiet takes no value' sources --quiet=1
refused "an argument too many" '"two" is one argument too many' init one two
refused "an argument missing" 'init needs DIR' init
refused "a wrong choice" '--format takes one of table, json, jsonl; not "xml"' sources --format xml
refused "control characters in a word" '\\x1b\[31m' $'\e[31m'

# ---- where the configuration is ----------------------------------------------------------------------------

run "$leaktrawl" init site
is "init exits 0" "$status" 0
is "init writes nothing to standard output" "$out" ""
like "init warns of the private key" "$err" 'warning: site/team.key opens every secret'
is "init makes these files" "$(cd site && echo *)" "fingerprint.key leaktrawl.yml staff.csv team.key team.pub"
is "the folder is its owner's alone" "$(stat -c %a site)" 700
is "so are the keys" "$(stat -c %a site/fingerprint.key site/team.key site/leaktrawl.yml | sort -u)" 600
isnt "two fingerprint keys differ" "$("$leaktrawl" -q init other 2>/dev/null; cat other/fingerprint.key)" "$(cat site/fingerprint.key)"

run "$leaktrawl" sources --config site/leaktrawl.yml
is "what init wrote loads" "$status" 0
like "its example source is off" "$out" '^example-leaks +disabled'
LEAKTRAWL_CONFIG=$folder/site/leaktrawl.yml run "$leaktrawl" sources
is "LEAKTRAWL_CONFIG names it too" "$status" 0
LEAKTRAWL_CONFIG=/nowhere.yml run "$leaktrawl" sources --config site/leaktrawl.yml
is "--config wins over LEAKTRAWL_CONFIG" "$status" 0
cp site/leaktrawl.yml site/staff.csv .
refused "a configuration in the current folder" 'leaktrawl/leaktrawl.yml.*No such file' sources
export LEAKTRAWL_CONFIG=leaktrawl.yml
refused "a relative LEAKTRAWL_CONFIG" 'must be an absolute path' sources
unset LEAKTRAWL_CONFIG
refused "a missing configuration" 'nowhere.yml.*No such file' sources --config nowhere.yml
chmod g+w site/leaktrawl.yml
refused "a configuration others can write" 'site/leaktrawl.yml.*can be written by others: chmod go-w' sources --config site/leaktrawl.yml
chmod g-w site/leaktrawl.yml
sed 's/^organisation:/organization:/' site/leaktrawl.yml >site/wrong.yml
refused "an unknown key, with its place" 'site/wrong.yml:4:1: .*did you mean "organisation"\?' sources --config site/wrong.yml
for command in $commands; do
	[ "$command" = init ] || [ "$command" = doctor ] || [ "$command" = reveal ] || [ "$command" = show ] || [ "$command" = scan ] ||
		[ "$command" = triage ] || refused "$command with a wrong configuration" 'site/wrong.yml:4:1' "$command" --config site/wrong.yml
done

# ---- init refuses ------------------------------------------------------------------------------------------

before=$(cat site/*)
run "$leaktrawl" init site
is "init overwrites nothing: exit 1" "$status" 1
like "init says what is there" "$err" 'site/leaktrawl.yml is there already'
is "nothing has changed" "$(cat site/*)" "$before"
run "$leaktrawl" init team --team-key site/team.pub
is "init takes a team's key" "$status" 0
is "no private key is made then" "$(ls team/team.key 2>/dev/null)" ""
is "the key is the team's" "$(cat team/team.pub)" "$(cat site/team.pub)"
run "$leaktrawl" init wrong --team-key site/team.key
is "a private key is no team key: exit 1" "$status" 1
like "which is said" "$err" "team's private key"
is "nothing is left behind" "$(ls wrong 2>/dev/null)" ""
mkdir -m 755 open
run "$leaktrawl" init open
is "a folder others can look into: exit 1" "$status" 1
like "with the fix" "$err" 'chmod 700 open'
run "$leaktrawl" init no/such/folder
is "a folder that cannot be made: exit 1" "$status" 1

# ---- doctor ------------------------------------------------------------------------------------------------

sed -i 's/9050/1/' site/leaktrawl.yml
run "$leaktrawl" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} doctor --config site/leaktrawl.yml
is "doctor exits 1 when the proxy is down" "$status" 1
like "it names the proxy" "$out" '^fail +proxies +tor: 127\.0\.0\.1 port 1: Connection refused'
if sandboxed; then
	like "it shows the inspector and its walls" "$out" '^ok +inspect +.*seccomp'
else
	like "it says that there are no walls" "$out" '^fail +kernel '
fi
like "it warns of a private key" "$out" '^warn +keys +.*team.key'
is "every line has a verdict" "$(grep -Ev '^(ok|warn|fail) ' <<<"$out")" ""
sed -i '/^proxies:/,/^$/d; s/via: tor/via: direct/' site/leaktrawl.yml
run "$leaktrawl" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} doctor --config site/leaktrawl.yml
if sandboxed; then
	is "doctor exits 0 when nothing fails" "$status" 0 || diag "$out"
else
	is "doctor exits 1 where there are no walls" "$status" 1
fi
echo 'leaktrawl fingerprint key' >site/fingerprint.key
run "$leaktrawl" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} doctor --config site/leaktrawl.yml
is "doctor exits 1 for a damaged key" "$status" 1
like "and names it" "$out" '^fail +keys +.*fingerprint.key: damaged'
run "$leaktrawl" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} doctor --config site/wrong.yml
is "doctor exits 1 for a wrong configuration" "$status" 1
like "which is a line among others" "$out" '^fail +configuration +site/wrong.yml:4:1: '

# ---- sources check -----------------------------------------------------------------------------------------

run "$leaktrawl" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} sources check --config site/leaktrawl.yml
is "sources check exits 0" "$status" 0
sed -i 's/follow: \["^/follow: ["(^/' site/leaktrawl.yml
run "$leaktrawl" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} sources check --config site/leaktrawl.yml
is "sources check exits 1 for a pattern at fault" "$status" 1
like "and says which" "$out" 'follow .*missing closing parenthesis'

done_testing
