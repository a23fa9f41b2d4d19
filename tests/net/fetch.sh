# shellcheck shell=bash
# What the tests of fetch share.
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh" || exit 99
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh" || exit 99

# The answer of a real leaktrawl-fetch as lines "NUMBER FIELD VALUE"; see fetch_driver.c.
fetch() {
	"$LEAKTRAWL_BUILD/fetch_driver" "$@" 2>&1
}

# One field of the answer to request number 1, or to NUMBER.
field() { # ANSWER FIELD [NUMBER]
	sed -n "s/^${3:-1} $2 //p" <<<"$1"
}

start_broken() { # PORT [CERTIFICATE KEY]
	start_server broken "$1" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/broken_server.py" "$1" "$LEAKTRAWL_SOURCE/tests/net/cases" \
		"${@:2}"
}
