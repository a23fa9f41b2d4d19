#!/bin/bash
# `via: direct`: names are looked up here, and what they lead to is judged again.
. "$LEAKTRAWL_SOURCE/tests/net/fetch.sh" || exit 99

origin=$(free_port)
other=$(free_port)
proxy=$(free_port)
mkdir "$SERVERS/www"
echo hello >"$SERVERS/www/a.txt"
start_nginx "$SERVERS/www" "$origin" || exit 99
start_nginx "$SERVERS/www" "$other" || exit 99
start_microsocks "$proxy" || exit 99

answer=$(fetch --proxy direct --ready --allow "127.0.0.1:$origin" "http://127.0.0.1:$origin/a.txt")
is "a literal that a start names is reached" "$(field "$answer" outcome)" OK
if sandboxed; then
	like "behind a sandbox" "$answer" '^ready wall seccomp$'
else
	skip 1 "a build without sandbox"
fi
answer=$(fetch --proxy direct --allow "localhost:$origin" "http://localhost:$origin/a.txt")
is "a local name that a start names is looked up and reached" "$(field "$answer" outcome)" OK
before=$(requests "$origin")
answer=$(fetch --proxy direct --allow "127.0.0.1:$origin" "http://127.0.0.1:$other/a.txt" "http://localhost:$origin/a.txt" "http://[::1]:$origin/")
is "naming it opens that host and port alone" "$(grep -c ' outcome REFUSED_URL$' <<<"$answer")" 3
answer=$(fetch --proxy direct http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/)
is "an onion service is never asked for directly" "$(field "$answer" outcome)" REFUSED_URL
answer=$(fetch --proxy direct --allow 2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion:80 \
	http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/)
is "not even where a start names it" "$(field "$answer" outcome)" REFUSED_URL
answer=$(fetch --proxy direct http://does-not-exist.invalid/)
is "a name that does not resolve is told" "$(field "$answer" outcome)" DNS
answer=$(fetch --proxy direct --allow "127.0.0.1:1" http://127.0.0.1:1/)
is "a closed port is told" "$(field "$answer" outcome)" CONNECT
answer=$(export http_proxy="socks5h://127.0.0.1:$proxy" all_proxy="socks5h://127.0.0.1:$proxy" &&
	fetch --proxy direct --allow "127.0.0.1:$origin" "http://127.0.0.1:$origin/a.txt")
is "direct is direct, whatever the environment says" "$(field "$answer" outcome) $(proxied "$proxy" | wc -l)" "OK 0"
is "the origin saw that one request more" "$(requests "$origin")" $((before + 1))

# A public name that leads to a private address: the hosts file is ours in a mount namespace of its own.
if unshare -Urm true 2>/dev/null; then
	printf '127.0.0.1 rebound.example\n10.1.2.3 inner.example\n::1 six.example\n' >"$SERVERS/rebound"
	export -f fetch
	answer=$(unshare -Urm bash -c 'mount --bind "$1" /etc/hosts && fetch --proxy direct "${@:2}"' - "$SERVERS/rebound" \
		"http://rebound.example:$origin/a.txt" http://inner.example/ http://six.example/ 2>&1)
	is "a public name that leads here is refused" "$(field "$answer" outcome 1)" REFUSED_URL
	is "and one that leads into a private network" "$(field "$answer" outcome 2)" REFUSED_URL
	is "in IPv6 too" "$(field "$answer" outcome 3)" REFUSED_URL
	is "nothing of it reached the origin" "$(requests "$origin")" $((before + 1))
else
	skip 4 "no mount namespaces here"
fi
done_testing
