#!/usr/bin/env bash
# The volume path: feeds of JSON lines, web archives, and a drop folder that remembers what it has read.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
leaktrawl=$LEAKTRAWL_BUILD/leaktrawl
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
"$leaktrawl" init home >/dev/null 2>&1
/usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_feeds.py" .
lt() { "$leaktrawl" --config home/leaktrawl.yml ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} "$@" 2>err; }
found() { jq -r '.account + " " + (.evidence.path // "")' | sort | paste -sd,; }
both='a.roe@royal-post.example %s!/http://a.test/gz,j.doe@royal-post.example %s!/http://a.test/,m.okafor@royal-post.example %s!/http://a.test/chunked,s.varga@royal-post.example %s!/http://a.test/resource'

is "each text of a feed is a document named by its URL, and a broken line hides nothing" "$(lt scan --no-index --format jsonl feed.jsonl | found)" \
	"a.roe@royal-post.example feed.jsonl!/tg,j.doe@royal-post.example feed.jsonl!/https://paste.example/1,m.okafor@royal-post.example feed.jsonl!/member-2"
is "a feed may come on standard input" "$(lt scan --no-index --format jsonl - <feed.jsonl | wc -l)" 3
# shellcheck disable=SC2059
is "a web archive is read record by record, encoded and chunked bodies too" "$(lt scan --no-index --format jsonl web.warc | found)" \
	"$(printf "$both" web.warc web.warc web.warc web.warc)"
# shellcheck disable=SC2059
is "so is one whose records are compressed one by one" "$(lt scan --no-index --format jsonl web.warc.gz | found)" \
	"$(printf "$both" web.warc.gz web.warc.gz web.warc.gz web.warc.gz)"
lt scan --no-index --format jsonl cut.warc >out
is "a cut one ends with 13" $? 13
is "with what was whole" "$(wc -l <out)" 3
like "and says so" "$(cat err)" 'not inspected: cut.warc'
lt scan --no-index --format jsonl wrong.warc >out
is "behind a record with a wrong length the next is found, and what stands between is read" "$? $(jq -r .account out | sort | paste -sd' ')" \
	"13 j.doe@royal-post.example m.okafor@royal-post.example s.varga@royal-post.example"
like "which is said" "$(cat err)" 'wrong.warc: malformed: a record of the web archive has a wrong length'

mkdir -m 700 drop
cat >home/leaktrawl.yml <<END
organisation: Royal Post
index: index.db
keys: {public: [team.pub], fingerprint: fingerprint.key}
watch: {domains: [royal-post.example]}
sources:
  - {name: dumps, drop: ../drop, leak_site: false}
END
cp feed.jsonl drop/
lt crawl >/dev/null
is "a crawl reads the drop folder" $? 10
is "its findings name the source" "$(lt findings --format jsonl | jq -r .evidence.source | sort -u)" dumps
lt crawl >out
is "what it has read it does not read again" "$? $(grep -c '1 read before' err)" "0 1"
echo 'new.one@royal-post.example:Guillemot-62' >drop/more.txt
lt crawl >/dev/null
is "what is new it reads" "$? $(lt findings --format jsonl | wc -l)" "10 4"
(mkdir PC && printf 'URL: https://vpn.royal-post.example/\nUsername: a.tern\nPassword: Guillemot-63\n\n' >PC/Passwords.txt
	head -c 60000 /dev/urandom >PC/a.bin && tar cz PC | split -b 20k -d -a 3 --numeric-suffixes=1 - drop/logs.tar.gz.)
lt crawl >/dev/null
is "volumes of one archive are read as one" "$? $(lt findings --format jsonl | grep -c Passwords.txt)" "10 1"
lt crawl >/dev/null
is "... and not again" $? 0
mkdir drop/shut && (cd PC && zip -q -P Guillemot-pass-1 ../drop/shut/logs.zip Passwords.txt)
echo 'password: Guillemot-pass-1' >drop/shut/readme.txt
lt crawl >/dev/null
is "an archive opens with the password of a text beside it" $? 0
rm drop/logs.tar.gz.002
touch drop/logs.tar.gz.001
lt crawl >/dev/null
is "a missing volume is not covered" $? 3
like "... and is named" "$(cat err)" 'drop/logs.tar.gz.002 is not there'
rm -r drop
lt crawl >/dev/null
is "a missing drop folder is not covered" $? 3
like "and is named" "$(cat err)" 'drop'
sed -i 's|drop: ../drop|drop: ../drop, start: ["https://a.example/"]|' home/leaktrawl.yml
lt crawl >/dev/null
is "a folder is no site" $? 2
like "which the message says" "$(cat err)" 'leaktrawl.yml:6:.*drop'
done_testing
