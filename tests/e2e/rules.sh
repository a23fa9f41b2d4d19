#!/usr/bin/env bash
# Folders of rules as other tools keep them load as they are; what is wrong in one is said with its place and the way to write it;
# list, show and bench tell what rules are and cost.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
shapes=$LEAKTRAWL_SOURCE/tests/rules
enter_work
make_home
config=home/ruled.yml

# use PATH...: the configuration takes its rules from there
use() {
	sed '/^rules:/d' home/leaktrawl.yml >home/ruled.yml
	printf '\nrules: [%s]\n' "$(IFS=,; echo "$*")" >>home/ruled.yml
	chmod 600 home/ruled.yml
}
found() { run scan --no-index --reveal --format jsonl "$@" && status=0; grep -o '"rule": *"[^"]*"\|"value": *"[^"]*"' out | sed 's/.*: *"//; s/"$//' | sort | tr '\n' ' '; }

# ---- folders of other tools -----------------------------------------------------------------------------------

for shape in noseyparker kingfisher filters wide; do
	use "$shapes/$shape"
	run rules check
	is "every example of the folder $shape holds" "$status" 0
	unlike "with nothing amiss" "$out" 'failed'
done
use "$shapes/noseyparker"
run rules check
like "a list of rules beside them is left, and said to be" "$out" 'default.yml: note: holds no .rules:. list'
run rules list --format jsonl
is "files are read at any depth, with either ending" "$(grep -c '"id": *"np\.' out)" 4

use "$shapes/noseyparker" "$shapes/kingfisher" "$shapes/filters"
cat >near <<'END'
# deployment of queue.royal-post.example
HERON_KEY=hrn_Zk3Qw8Lm2Xv7Bn4Tc9Rd1Fg6
token: dun_u8jzPde0IgxLd6GncfBAepfJBd0Kh8024xXH
skua_account = 123456789012
skua_token = "sku_8F3K2L9QWZ7X1C4V6B5N"
plover_key = "8f3k2l9qwz7x1c4v6b5n0m2p"
END
like "a key near a name of ours is found by a foreign rule" "$(found near)" 'hrn_Zk3Qw8Lm2Xv7Bn4Tc9Rd1Fg6'
like "with its checksum, where that is right" "$(found near)" 'dun_u8jzPde0IgxLd6GncfBAepfJBd0Kh8024xXH'
like "with blanks in its class left out" "$(found near)" 'sku_8F3K2L9QWZ7X1C4V6B5N'
like "by a group that has a number" "$(found near)" '8f3k2l9qwz7x1c4v6b5n0m2p'
unlike "a rule that is not to be seen finds nothing itself" "$(found near)" 'kingfisher.skua.2'
sed 's/royal-post/other-post/' near >strange
is "the same without a name of ours is nothing" "$(found strange)" ""
{ sed -n 1p near; head -c 20000 /dev/zero | tr '\0' '\n'; sed 1d near; } >far
is "nor far from it" "$(found far)" ""
sed 's/4xXH/4xXJ/' near >wrong
unlike "nor with a wrong checksum" "$(found wrong)" 'dun_'
mkdir fixtures
printf 'queue.royal-post.example plover_key=008f3k2l9qwz7x1c4v6b5n0m\n' >fixtures/a
cp fixtures/a plain
like "an allow-list with AND asks for all it names" "$(found plain)" 'filter.plover.1'
unlike "and allows where all of it stands" "$(found fixtures/a)" 'filter.plover.1'
printf 'dunlin+https://u:Puffin-Geo-31@mq.royal-post.example\n' >url
like "flags that only Rust knows do no harm" "$(found url)" 'Puffin-Geo-31'

# Sixty-four rules, each with another word of Rust's expressions or another key. Two cannot match in this file: one is bound to the
# text's ends, one has no gate and stands on the next line.
use "$shapes/wide"
run rules check
is "one of them is said to have no gate" "$(grep -c 'inv.*no gate' out)" 1
run scan --no-index --reveal --format jsonl "$shapes/wide.near"
is "each finds its key near a name of ours" "$(jq -r .rule out | grep '\.inv\.' | sort -u | wc -l)" 61
sed 's/royal-post/other-post/' "$shapes/wide.near" >strange
run scan --no-index --reveal --format jsonl strange
is "and none near another's" "$status:$out" "0:"

# ---- what is wrong, where, and how to write it ----------------------------------------------------------------

for file in "$shapes"/faults/*.yml; do
	name=$(basename "$file" .yml)
	use "$file"
	run rules check
	is "a fault fails the check: $name" "$status" 1
	like "with its place and the way to write it: $name" "$out" "$(cat "$shapes/faults/$name.expected")"
done
use "$work/missing"
run rules check
like "a folder that is not there is named" "$err" 'missing'

# ---- hundreds of rules ----------------------------------------------------------------------------------------

mkdir -p many/rules
for n in $(seq 1 350); do
	{
		echo "rules:"
		for half in a b; do
			printf -- '- name: Rule %s%s\n  id: many.%s.%s\n  pattern: |\n    (?xi)\n    \\b\n    ( bird%s%s_ [a-z0-9 _]{20} )  # one of many\n    \\b\n  min_entropy: 3\n' \
				"$n" "$half" "$half" "$n" "$n" "$half"
			printf '  validation: {type: Http, content: {request: {method: GET, url: "https://api.test/"}}}\n'
		done
	} >"many/rules/rule$n.yml"
done
use "$work/many"
run rules list --format jsonl
is "seven hundred rules load" "$(grep -c '"id": *"many\.' out)" 700
printf 'vpn.royal-post.example\nbird7a_8f3k2l9qwz7x1c4v6b5n bird350b_8f3k2l9qwz7x1c4v6b5n bird7c_8f3k2l9qwz7x1c4v6b5n\n' >birds
is "and each is tried where its literal stands" "$(found birds)" \
	"bird350b_8f3k2l9qwz7x1c4v6b5n bird7a_8f3k2l9qwz7x1c4v6b5n many.a.7 many.b.350 "

# ---- what a rule's author is told --------------------------------------------------------------------------------

cat >lot.yml <<'END'
rules:
  - name: Lot
    id: own.lot.1
    pattern: 'target: (?<service>\S+)\s+ident: (?<account>\S+)\s+key: (?<secret>\S+)'
    kind: password
    record: line
    keywords: [LOT]
    examples: ["LOT target: vpn.royal-post.example\nident: j.doe\nkey: Gannet-Stack-9"]
END
use "$work/lot.yml"
printf 'LOT 1\ntarget: vpn.royal-post.example\nident: j.doe\nkey: Gannet-Stack-9\nLOT 2\ntarget: shop.test\nident: anna\nkey: zzzz99\n' >lots
run rules check own.lot.1
like "an example is read as a scan reads it" "$out" 'own.lot.1: failed: .*over several lines, but with .record: line.'
run rules test lots
like "a rule that reads lines is told of a match over several" "$out" 'line 2 +note +own.lot.1 .*over several lines.*leave .record: line. out'
sed -i '/record: line/d' lot.yml
run rules test lots
like "without that it matches" "$out" 'line 2 +finding +own.lot.1  password of j.doe at vpn.royal-post.example'
unlike "but a stranger's log-in beside a name of ours is none" "$out" 'finding .*anna'
sed -n '1,4s/ident: j/ident j/; 1,4p' lots >nearly
run rules test nearly
like "how far a pattern came is told" "$out" 'line 2 +note +own.lot.1  the pattern matches as far as .*ident., but not on to .: '
printf 'LOT\r\ntarget: vpn.royal-post.example\r\nident: j.doe\r\nkey: x\r\n' >crlf
sed 's/\\s+ident/\\nident/' lot.yml >strict.yml
use "$work/strict.yml"
run rules test crlf
like "where it stopped at the end of a line of Windows" "$out" 'not on to .*ident.*: a line of the text ends with CR LF there'
use "$work/lot.yml"
printf 'LOT target: vpn.royal-post.example ident: j.doe key: Gannet-Stack-9\nLOT target: vpn.royal-post.example ident j.roe\n' >mixed
run rules test --rule own.lot.1 mixed
like "each place of a rule that is asked for, also where it matched at another" "$out" 'line 2 +note +own.lot.1  the pattern matches as far as'
is "and no place that did" "$(grep -c 'line 1 .*own.lot.1  the pattern' out)" 0
printf 'rules:\n- name: Roo\n  id: own.roo.1\n  pattern: "\\\\b(roo_[a-z0-9]{20})\\\\b"\n' >roo.yml
use "$work/roo.yml"
echo 'www.royal-post.example roo_k3j4h5g6f7d8s9a0q1w' >short
run rules test short
like "how far it came within a group" "$out" 'as far as ..b\(roo_\[a-z0-9\]., but not on to .\{20\}'
use "$work/lot.yml"
printf 'LOT target: vpn.shop.test ident: j.doe key: Gannet-Stack-9\n' >nobody
run rules test nobody
like "that nothing in a file is ours" "$err" 'no name of your watch-list stands in it'
sed 's/LOT/lost/' lots >ungated
run rules test ungated
like "and that no gate stands" "$out" 'own.lot.1  none of its keywords or literals'
run rules test --rule lt.github.1 lots
like "of shipped rules those asked for are told" "$out" 'lt.github.1  none of its keywords'
unlike "and no other" "$out" 'own.lot.1'

# shellcheck disable=SC2002
cat lots | lt rules test - >out 2>err
like "also from a pipe" "$(cat out)" 'line 2 +finding +own.lot.1'
run rules test --rule no.such.rule lots
like "a rule that is asked for and not there is named" "$err" 'no.such.rule: there is no such rule'
is "as an error" "$status" 1
run rules check no.such.rule
like "so it is by the check" "$out" 'no.such.rule: failed: there is no such rule'
printf 'rules:\n- name: Post\n  id: own.post.1\n  kind: listing\n  record: post\n  keywords: [heading]\n  pattern: "(?s)heading.*price"\n' >post.yml
use "$work/post.yml"
printf 'heading and price\nwww.royal-post.example 5\n' >posts
run rules test --rule own.post.1 posts
like "a post's border is told" "$out" 'own.post.1 .*not in the post around our name'
printf '  examples: ["heading and price\\nwww.royal-post.example 5"]\n' >>post.yml
run rules check own.post.1
like "and the check sees it in an example" "$out" 'own.post.1: failed: .*the post around a name of ours'
printf 'Offer\nheading, www.royal-post.example\nthe price 5\n' >posts
run rules test --rule own.post.1 posts
like "of a post its title is shown" "$out" 'finding +own.post.1  listing of .*: Offer'
printf 'rules:\n- name: Lines\n  id: own.lines.1\n  kind: password\n  record: line\n  keywords: [">>"]\n  pattern: "(?<service>\\\\S+) >> (?<account>\\\\w+) >> (?<secret>\\\\S+)"\n' >lines.yml
use "$work/lines.yml"
printf 'vpn.royal-post.example >> jdoe >> Gannet-Stack-9\nvpn.royal-post.example >> j.doe >> Gannet-Stack-8\n' >lined
run rules test --rule own.lines.1 lined
like "of lines those that match are told" "$out" 'line 1 +matched +own.lines.1'
like "beside those that do not" "$out" 'line 2 +note +own.lines.1  the pattern matches as far as'
printf 'rules:\n- name: Break\n  id: own.break.1\n  pattern: |\n    brk_[a-f]{8}\n  examples: [brk_abcdefab]\n' >break.yml
use "$work/break.yml"
run rules check
like "a pattern that ends with a line break is told" "$out" 'own.break.1: note: the pattern ends with a line break'

# ---- data of one's own --------------------------------------------------------------------------------------------

mkdir own
cat >own/cookies.yml <<'END'
cookies:
  - {service: Parcel desk, grants: "the desk that re-routes parcels", names: [pdsk], shape: '[a-z0-9]{16}', examples: ["pdsk=a1b2c3d4e5f6a7b8"], near_misses: ["pdsk=off"]}
END
cat >own/keys.yml <<'END'
roles:
  - {role: password, block: [geheimwort], examples: [Geheimwort], near_misses: [Geheim]}
END
cat >own/machines.yaml <<'END'
classes:
  - {class: passwords, machine: true, files: [brwsr-creds.log], examples: ["PC-7/brwsr-creds.log"], near_misses: ["PC-7/brwsr.log"]}
END
printf 'services:\n  web: {image: x}\n' >own/docker-compose.yml
use "$work/own"
run rules check
is "files called like those of data/ add to them" "$status" 0
like "others without rules are left" "$out" 'docker-compose.yml: note: holds no .rules:. list'
unlike "and they are not" "$out" 'keys.yml'
printf 'Host: access.royal-post.example\nLogin: jdoe\nGeheimwort: Heron-Weir-5\n\n.royal-post.example\tTRUE\t/\tTRUE\t1893456000\tpdsk\ta1b2c3d4e5f6a7b8\n' >dressed
like "a key of one's own is read" "$(found dressed)" 'Heron-Weir-5'
like "and a cookie" "$(found dressed)" 'a1b2c3d4e5f6a7b8'
mkdir -p log/PC-7
printf 'Host: https://mail.test/\nLogin: jdoe@royal-post.example\nPassword: Heron-Weir-6\n' >log/PC-7/brwsr-creds.log
run scan --no-index --format jsonl log
is "and a file of a stealer makes its folder a machine's" "$(jq -r '.machine.id // "none"' out | grep -c none)" 0
sed -i 's/pdsk=off/pdsk=b1b2c3d4e5f6a7b8/' own/cookies.yml
sed -i 's/examples: .Geheimwort./examples: [Kennung]/' own/keys.yml
sed -i 's/brwsr.log/passwords.txt/' own/machines.yaml
run rules check
is "examples of theirs that do not hold fail the check" "$status" 1
like "with their places: cookies" "$out" 'cookies.yml:2:[0-9]+: failed: a near miss is taken for a session: pdsk=b1'
like "with their places: keys" "$out" 'keys.yml:2:[0-9]+: failed: an example has another meaning: Kennung'
like "with their places: machines" "$out" 'machines.yaml:2:[0-9]+: failed: a near miss is of this class'

# ---- list, show, bench ----------------------------------------------------------------------------------------

use "$shapes/kingfisher"
run rules show kingfisher.dunlin.1
like "a rule is shown with its gate, pattern and filters" "$(tr '\n' ' ' <out)" 'gate +dun_ .*checksum.*CRC-32'
is "and that is all" "$status" 0
run rules show kingfisher.skua.1
like "what is not used of one is said" "$(cat out)" 'not used +validation'
run rules check
like "by the check, too" "$out" 'note: .validation:. of [0-9]+ rules? is not used'
run rules list --format jsonl SKUA
is "the list takes words" "$(jq -r .id out | tr '\n' ' ' | grep -c '^kingfisher.skua.1 ')" 1
run rules list zzz
like "and says when none is met" "$err" 'no rule has such a word'
run rules --quiet list
is "options stand behind the word of what to do" "$status" 2
like "which is said" "$err" '"list" has to stand before the options'
run rules show no.such.rule
is "a rule that does not exist is an error" "$status" 1
like "that is named" "$err" 'no.such.rule'
use "$shapes/filters"
run rules list
like "the list says what reads only our own lines" "$out" 'filter.plover.3 .*our lines only'
use "$shapes/kingfisher"
run rules bench
is "the bench runs on the examples of all rules" "$status" 0
like "each with what it found" "$out" 'kingfisher.skua.1 +[0-9.]+ +[0-9.]+% +[0-9]+ +[1-9]'
run rules bench --format json near
is "and on files" "$(jq -r '.schema, (.rules[] | select(.id == "kingfisher.skua.1") | .secrets)' out | tr '\n' ' ')" "leaktrawl.rules-bench/1 1 "
printf 'rules:\n- {name: slow, id: slow.1, pattern: "royal-post.*((a+)+)+(b|c)d{9}"}\n' >slow.yml
use "$work/slow.yml"
{ printf 'royal-post '; head -c 3000 /dev/zero | tr '\0' a; echo ' ddddddddd'; } >strain
run rules bench --format json strain
is "a rule that runs into its limits is counted" "$(jq -r '.rules[] | select(.id == "slow.1") | .limits' out)" 1
run rules bench no-such-file
is "a corpus that is not there is an error" "$status" 1
run rules bench --format csv near
is "and so is a format that is none" "$status" 2

done_testing
