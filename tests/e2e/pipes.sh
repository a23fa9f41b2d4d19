#!/bin/bash
# Standard input that is a pipe is read as it comes, however long: what is found, and where, is what is found in the same bytes as a file. A
# container is kept up to the limit, and what an inspector takes down with it is told.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need zip gzip jq python3 pgrep
enter_work
make_home
{ sed '/^limits:/d' home/leaktrawl.yml; printf '\nlimits: {split_bytes: 100000, range_bytes: 70000, input_memory_bytes: 1000000}\n'; } >home/small.yml
chmod 600 home/small.yml
config=home/small.yml
piped() { scan_jsonl - | jq -r '"\(.evidence.offset) \(.account) \(.secret.value)"' | sort -n; }
of_file() { lt scan --no-index --reveal --format jsonl "$1" 2>/dev/null | jq -r '"\(.evidence.offset) \(.account) \(.secret.value)"' | sort -n; }
missed() { grep -c 'not inspected' err; }

python3 - <<'END'
def write(name, line, ours, every, count, head=""):
    with open(name, "w") as out:
        out.write(head)
        for i in range(count):
            out.write((ours if i % every == 7 else line) % {"i": i})
write("list", "user%(i)d@mail.test:pa%(i)dss\n", "w.ames%(i)d@royal-post.example:Dunlin#%(i)dqz\n", 211, 40000)
write("table", "%(i)d;x;user%(i)d@mail.test;%(i)d;pa%(i)dss\n", "%(i)d;x;w.ames%(i)d@royal-post.example;77;4%(i)d\n", 503, 20000,
      "id;team;email;desk;password\n")
write("blocks", "URL: https://a.test/%(i)d\nUsername: u%(i)d\nPassword: pa%(i)dss\n\n",
      "URL: https://access.royal-post.example/\nUsername: w.ames%(i)d\nPassword: Dunlin#%(i)dqz\n\n", 97, 9000)
write("dump", "INSERT INTO users (id, email, password) VALUES (%(i)d, 'user%(i)d@mail.test', 'pa%(i)dss');\n",
      "INSERT INTO users (id, email, password) VALUES (%(i)d, 'w.ames%(i)d@royal-post.example', 'Dunlin#%(i)dqz');\n", 311, 12000)
write("feed", '{"url": "https://a.test/%(i)d", "text": "nothing"}\n',
      '{"url": "https://a.test/%(i)d", "text": "w.ames%(i)d@royal-post.example:Dunlin#%(i)dqz"}\n', 211, 9000)
with open("line", "w") as out:
    for i in range(60):
        out.write("x" * 20000 + " w.ames%d@royal-post.example:Dunlin#%dqz" % (i, i))
END
for kind in list table blocks dump feed line; do
	of_file $kind >wanted
	ok "$kind: there is something to find" test -s wanted
	piped <$kind >got # a file: by another way than a pipe
	is "$kind as a file on standard input" "$(cksum <got)" "$(cksum <wanted)"
	cat $kind | piped >got
	is "$kind on a pipe" "$(cksum <got)" "$(cksum <wanted)"
	is "... nothing is missed" "$(missed)" 0
done
{ head -c 150001 list && sleep 1 && tail -c +150002 list; } | piped >got
is "whoever fills the pipe may pause within a line" "$(cksum <got)" "$(of_file list | cksum)"
head -c 100001 list >short
cat short | piped >got
is "a pipe that ends where it is found to be long" "$(cksum <got)" "$(of_file short | cksum)"
: | piped >got
is "an empty pipe is no error" "$(cat got):$(missed)" ":0"
(cat list | lt scan --no-alert --format jsonl - >found) 2>err
is "into an index" "$(wc -l <found)" "$(of_file list | wc -l)"
ls -A home >names
is "... and nothing stays beside it" "$(grep -cv '^index.db\|\.yml$\|^staff\|^team\|\.key$\|\.pub$' names)" 0

# ---- containers ------------------------------------------------------------------------------------------------------
head -c 400000 /dev/urandom >noise.bin
printf 'w.ames@royal-post.example:Dunlin#1qz\n' >one.txt
zip -q0 fits.zip noise.bin one.txt
cat fits.zip | piped >got
is "a container below the limit is kept and opened" "$(wc -l <got):$(missed)" 1:0
head -c 1200000 /dev/urandom >noise.bin
zip -q0 long.zip one.txt noise.bin
cat long.zip | piped >got
is "of one past it what fits is read" "$(wc -l <got)" 1
like "... and the limit is told" "$(cat err)" 'input_memory_bytes'
(cat long.zip | lt scan --no-alert --format jsonl - >found) 2>err
is "beside an index there is room for it" "$(missed)" 0

# ---- an inspector's death ----------------------------------------------------------------------------------------------
mkfifo fifo
exec_lt scan --no-index --jobs 1 - <fifo >found 2>err &
scan=$!
exec 9>fifo
cat dump >&9 # more than the pipe holds: whoever reads it has begun
inspector=$(pgrep -P "$(pgrep -P "$scan" | head -n 1)" | head -n 1)
kill -KILL "$inspector"
exec 9>&-
wait "$scan"
is "the death of who reads a pipe ends with 3 or 13" "$(case $? in 3 | 13) echo so ;; esac)" so
like "... and is told" "$(cat err)" 'given up after 1 workers died on it'
done_testing
