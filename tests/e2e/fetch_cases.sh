#!/bin/bash
# Every case of tests/net/cases: what the server does wrong, and what fetch must make of it, through a proxy.
. "$LEAKTRAWL_SOURCE/tests/net/fetch.sh" || exit 99

origin=$(free_port)
proxy=$(free_port)
name_host broken.example
start_broken "$origin" || exit 99
start_microsocks "$proxy" || exit 99

# Prints what is wrong with the answer; nothing when all is as the case says.
judge() { # CASE ANSWER
	local word rest key value
	while read -r word rest; do
		key=${rest%% *} value=${rest#* }
		case $word in
		expect) grep -Fxq -e "1 $key $value" <<<"$2" || echo "no \"$key $value\"" ;;
		like) sed -n "s/^1 $key //p" <<<"$2" | grep -Eq -e "$value" || echo "no $key like $value" ;;
		absent) ! grep -q -e "^1 $key " <<<"$2" || echo "a $key that should not be there" ;;
		esac
	done <"$1"
}

for case in "$LEAKTRAWL_SOURCE"/tests/net/cases/*.case; do
	name=$(basename "$case" .case)
	read -ra options <<<"$(sed -n 's/^options //p' "$case")"
	answer=$(fetch --proxy "socks5h://127.0.0.1:$proxy" "${options[@]}" "http://broken.example:$origin/$name")
	status=$?
	wrong=$(judge "$case" "$answer")
	[ "$status" -eq 0 ] || wrong="$wrong
the worker did not end well"
	is "$name" "$wrong" "" || diag "$answer"
done
done_testing
