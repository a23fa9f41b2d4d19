#!/bin/bash
# Labelled cases written, wrapped, packed and surrounded otherwise, and cut at the borders of windows and ranges: the findings stay
# the same. A part of all runs, chosen by a fixed seed; `make mutations` makes all of them ($MUTATIONS_SHARE, $MUTATIONS_SEED).
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
for tool in 7z python3; do
	command -v "$tool" >/dev/null || skip_all "$tool is missing"
done
cases=$LEAKTRAWL_SOURCE/tests/cases
mutate() {
	python3 "$LEAKTRAWL_SOURCE/tests/generate/mutate.py" --driver "$LEAKTRAWL_BUILD/inspect_driver" --seed "${MUTATIONS_SEED:-20260504}" "$@"
}
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

mutate --share "${MUTATIONS_SHARE:-0.08}" "$cases"/*.jsonl >"$said" 2>&1
grep '^#' "$said"
while IFS= read -r line; do
	name=${line#*ok * - }
	tap_result "$([[ $line == not* ]]; echo $((1 - $?)))" "$name"
done < <(grep -E '^(not )?ok ' "$said")
is "the comparison ends" "$(grep -c '^1\.\.' "$said")" 1 || diag "$(cat "$said")"
fails "it notices a secret that is another one" mutate --share 0.2 --only spoilt-secret "$cases/ulp.jsonl"
fails "it notices a name that is no longer ours" mutate --share 0.2 --only spoilt-name "$cases/ulp.jsonl"
done_testing
