# shellcheck shell=bash
# For tests that make files and compare what is found in them. Source it behind tap.sh.
#
#   need TOOL...            skips the whole test where one of them is missing
#   enter_work              a fresh folder, $work, that goes away with the test
#   make_home               a configuration in home/, as `leaktrawl init` writes it
#   lt ARGUMENT...          leaktrawl with the configuration $config
#   exec_lt ARGUMENT... &   the same, $! being itself
#   run ARGUMENT...         the same; its output in $out, $err (and the files out and err) and $status
#   scan_jsonl ARGUMENT...  the findings of a scan without an index, secrets shown; its messages are in err
#   scan_found PATH...      path:secret of each
#   driver ARGUMENT...      the inspector by itself, behind its walls, with $driver_options
#   driver_found FILE...    path:secret of every finding, or whatever else the filter $driver_form makes of one
#   driver_missed FILE...   path:cause:detail of everything not inspected

config=home/leaktrawl.yml
driver_options=()
driver_form='"\(.path):\(.secret.value)"'

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip_all "$tool is missing"
	done
}

enter_work() {
	work=$(mktemp -d) || exit 1
	trap 'rm -rf "$work"' EXIT
	cd "$work" || exit 1
}

make_home() { "$LEAKTRAWL_BUILD/leaktrawl" init home >/dev/null 2>&1; }

exec_lt() { exec "$LEAKTRAWL_BUILD/leaktrawl" --config "$config" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} "$@"; }
lt() { (exec_lt "$@"); }
# shellcheck disable=SC2034 # the test looks at them
run() {
	lt "$@" >out 2>err
	status=$?
	out=$(cat out)
	err=$(cat err)
}
scan_jsonl() { lt scan --no-index --reveal --format jsonl "$@" 2>err; }
scan_found() { scan_jsonl "$@" | jq -r '"\(.evidence.path):\(.secret.value)"'; }

driver() { "$LEAKTRAWL_BUILD/inspect_driver" --sandbox "${driver_options[@]}" "$@"; }
driver_found() { driver "$@" | jq -r "select(.finding) | .finding | $driver_form"; }
driver_missed() { driver "$@" | jq -r 'select(.not_inspected) | .not_inspected | "\(.path):\(.cause):\(.detail)"' | sort; }
