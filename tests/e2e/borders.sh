#!/bin/bash
# A long list in every encoding that views undo: neither the borders of windows nor those of ranges cut a record of it in two.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
command -v python3 >/dev/null || skip_all "python3 is missing"
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

python3 "$LEAKTRAWL_SOURCE/tests/generate/borders.py" --driver "$LEAKTRAWL_BUILD/inspect_driver" >"$said" 2>&1
grep '^#' "$said"
while IFS= read -r line; do
	tap_result "$([[ $line == not* ]]; echo $((1 - $?)))" "${line#*ok * - }"
done < <(grep -E '^(not )?ok ' "$said")
is "the comparison ends" "$(grep -c '^1\.\.' "$said")" 1 || diag "$(cat "$said")"
done_testing
