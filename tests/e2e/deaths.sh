#!/bin/bash
# Inspectors that are killed while small documents queue for them: each document is read all the same, and none is taken for the cause.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need jq pgrep python3
enter_work
make_home
echo 'limits: {document_attempts: 100}' >>home/leaktrawl.yml
# So many names that inspectors take them compiled from the first one.
names=$(printf ', tern-skerry-%d.example' $(seq 300))
sed -i "s/^  domains: \[royal-post\.example/&$names/" home/leaktrawl.yml
python3 - <<'END'
import os
os.mkdir("pastes")
noise = "".join(f"{n * 7919 % 104729} winter harbour {n}\n" for n in range(500))
for n in range(3000):
    with open(f"pastes/{n}.txt", "w") as paste:
        host = "royal-post.example" if n % 2 else f"tern-skerry-{n % 300 + 1}.example"
        paste.write(f"{noise}user{n}@{host}:Tern-Skerry-{n}\n")
with open("wanted", "w") as wanted:
    wanted.writelines(f"Tern-Skerry-{n}\n" for n in range(3000))
END
sort wanted >wanted.sorted

scan_and_kill() {
	local killed=0 scan spawner inspector
	exec_lt scan --no-index --reveal --jobs 2 --format jsonl pastes >out 2>err &
	scan=$!
	while kill -0 "$scan" 2>/dev/null && [ "$killed" -lt 5 ]; do
		spawner=$(pgrep -P "$scan" | head -n 1)
		# Only one that has begun: it said so by what was found.
		if [ -n "$spawner" ] && [ "$(wc -l <out)" -gt $((killed * 200)) ]; then
			inspector=$(pgrep -P "$spawner" | head -n 1)
			[ -n "$inspector" ] && kill -KILL "$inspector" 2>/dev/null && killed=$((killed + 1))
		fi
		sleep 0.02
	done
	wait "$scan"
	status=$?
}
# On a busy machine a scan may be over before anybody looks: not every time, though.
for _ in 1 2 3 4 5; do
	scan_and_kill
	grep -q 'killed by SIGKILL' err && break
done
ok "inspectors were killed at work" grep -q 'the inspector ended (killed by SIGKILL' err
is "the scan ends as if nothing had been" "$status" 10
is "each document was read, and each finding told once" "$(jq -r .secret.value out | sort | diff - wanted.sorted | head -n 5)" ""
unlike "none was given up" "$(cat err)" 'given up|not inspected'
done_testing
