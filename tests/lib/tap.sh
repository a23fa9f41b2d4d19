# shellcheck shell=bash
# Test Anything Protocol for shell tests. Source it, say `plan N` first or `done_testing` last.
# Every check takes its name first: ok NAME COMMAND..., is NAME GOT WANTED, like NAME TEXT REGEX.
# A check returns its own status, so that `is ... || diag "$log"` works.
# Exit status is 1 when a check failed, so that the script also means something outside the driver.

tap_count=0
tap_failed=0
tap_planned=

plan() {
	tap_planned=$1
	echo "1..$1"
}

done_testing() {
	[ -n "$tap_planned" ] || plan "$tap_count"
	[ "$tap_failed" -eq 0 ] && [ "$tap_count" -eq "$tap_planned" ]
	exit
}

diag() {
	printf '%s\n' "$@" | sed 's/^/# /'
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# skip COUNT REASON: stands in for COUNT checks that cannot run here.
skip() {
	local left=$1
	shift
	while [ "$left" -gt 0 ]; do
		tap_count=$((tap_count + 1))
		left=$((left - 1))
		echo "ok $tap_count # SKIP $*"
	done
}

tap_result() { # STATUS NAME
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
		return 1
	fi
}

# ok NAME COMMAND...: the command succeeds. Its output is shown only when it does not.
ok() {
	local name=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	tap_result "$status" "$name" && return
	diag "status $status of: $*" "$output"
	return 1
}

# fails NAME COMMAND...: the command does not succeed.
fails() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		tap_result 1 "$name"
		diag "succeeded: $*" "$output"
		return 1
	else
		tap_result 0 "$name"
	fi
}

is() {
	[ "$2" = "$3" ]
	tap_result $? "$1" && return
	diag "     got: $2" "  wanted: $3"
	return 1
}

isnt() {
	[ "$2" != "$3" ]
	tap_result $? "$1" && return
	diag "got what it should not be: $2"
	return 1
}

# like NAME TEXT REGEX: some line of the text matches the extended regular expression.
like() {
	grep -Eq -e "$3" <<<"$2"
	tap_result $? "$1" && return
	diag "     got: $2" "  wanted: $3"
	return 1
}

unlike() {
	! grep -Eq -e "$3" <<<"$2"
	tap_result $? "$1" && return
	diag "     got: $2" "unwanted: $3"
	return 1
}

# Whether this build has walls to look at: those for sanitizers and valgrind have none.
sandboxed() {
	[ -z "${LEAKTRAWL_UNSANDBOXED:-}" ]
}
