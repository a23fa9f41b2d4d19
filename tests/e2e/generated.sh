#!/bin/bash
# Stealer logs of every family, written by a generator that knows the truth, in folders and archives: nothing is missed, nothing
# invented, and every finding knows its machine.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
for tool in 7z zip python3 jq; do
	command -v "$tool" >/dev/null || skip_all "$tool is missing"
done
generate=$LEAKTRAWL_SOURCE/tests/generate
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
umask 077
cat >leaktrawl.yml <<'END'
organisation: Royal Post
watch:
  domains: [royal-post.example]
  hosts:
    - {name: access.royal-post.example, role: staff}
    - {name: vpn.royal-post.example, role: staff}
    - {name: mail.royal-post.example, role: staff}
    - {name: hr.royal-post.example, role: staff}
    - {name: shop.royal-post.example, role: public}
    - {name: www.royal-post.example, role: public}
  services: [login.microsoftonline.com, okta.com]
  logon_domains: [ROYALPOST]
archive_passwords: [infected]
END
unsandboxed=()
sandboxed || unsandboxed=(--allow-unsandboxed)

scan() { # JOBS PATH...
	local jobs=$1
	shift
	"$LEAKTRAWL_BUILD/leaktrawl" scan "${unsandboxed[@]}" --config leaktrawl.yml --no-index --reveal --format jsonl --jobs "$jobs" "$@" >found.jsonl 2>log
}

for seed in 20260504 7; do
	rm -rf corpus truth.jsonl
	python3 "$generate/stealer_logs.py" --seed "$seed" --machines 300 . || exit 1
	scan 2 corpus
	is "seed $seed: the scan finds and covers everything" $? 10 || diag "$(cat log)"
	ok "seed $seed: recall 1, precision 1, machines exact" python3 "$generate/compare.py" truth.jsonl found.jsonl
done
cp found.jsonl by-two.jsonl
scan 1 corpus
ok "one inspector finds the same as two" diff <(jq -c '[.kind, .account, .service, .secret.value]' by-two.jsonl | sort) \
	<(jq -c '[.kind, .account, .service, .secret.value]' found.jsonl | sort)
jq -c '.secret.value = "nobody"' by-two.jsonl | head -1 | cat by-two.jsonl - >found.jsonl
fails "the comparison notices what is invented" python3 "$generate/compare.py" truth.jsonl found.jsonl
head -20 by-two.jsonl >found.jsonl
fails "the comparison notices what is missing" python3 "$generate/compare.py" truth.jsonl found.jsonl
done_testing
