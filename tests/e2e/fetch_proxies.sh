#!/bin/bash
# Every way out leads through the proxy or nowhere, and whose failure it was is told apart.
. "$LEAKTRAWL_SOURCE/tests/net/fetch.sh" || exit 99

origin=$(free_port)
socks=$(free_port)
locked=$(free_port)
isolating=$(free_port)
http=$(free_port)
replies=$(free_port)
closed=$(free_port)
dante=$(free_port)
open=$(free_port)
mkdir "$SERVERS/www"
echo hello >"$SERVERS/www/a.txt"
name_host leaks.example
start_nginx "$SERVERS/www" "$origin" || exit 99
start_microsocks "$socks" || exit 99
start_microsocks "$locked" alice secret || exit 99
start_microsocks "$isolating" site-one 0 || exit 99
start_tinyproxy "$http" bob pass "ConnectPort 443" || exit 99
start_danted "$dante" alice secret || exit 99
start_danted "$open" || exit 99
start_server replies "$replies" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/broken_socks.py" "$replies" || exit 99
page=http://leaks.example:$origin/a.txt
onion=2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion

# SOCKS
answer=$(fetch --proxy "socks5h://127.0.0.1:$socks" --save "$SERVERS/body" "$page")
is "a page comes through SOCKS" "$(field "$answer" outcome) $(cat "$SERVERS/body")" "OK hello"
is "the proxy was given the name, so nothing was looked up here" "$(proxied "$socks")" "leaks.example:$origin"
answer=$(fetch --proxy "socks5://127.0.0.1:$socks" "$page")
is "plain socks5 hands the name to the proxy too" "$(field "$answer" outcome) $(proxied "$socks" | sort -u)" "OK leaks.example:$origin"
answer=$(fetch --proxy "socks5h://127.0.0.1:$socks" "http://nowhere.example:$origin/")
is "a name the proxy cannot resolve is the way's failure, with the reply" "$(field "$answer" outcome) $(field "$answer" socks)" "CONNECT 1"
answer=$(fetch --proxy "socks5h://127.0.0.1:$locked" --user alice --password secret "$page")
is "the right password opens the proxy" "$(field "$answer" outcome)" OK
answer=$(fetch --proxy "socks5h://127.0.0.1:$locked" --user alice --password wrong "$page")
is "a wrong password is the proxy's refusal" "$(field "$answer" outcome)" PROXY_AUTH
unlike "the password is in no message" "$answer" wrong
answer=$(fetch --proxy "socks5h://127.0.0.1:$locked" "$page")
is "so is none" "$(field "$answer" outcome)" PROXY_AUTH

# isolation
answer=$(fetch --proxy "socks5h://127.0.0.1:$isolating" --isolation site-one "$page")
is "the isolation key is the SOCKS user" "$(field "$answer" outcome)" OK
answer=$(fetch --proxy "socks5h://127.0.0.1:$isolating" --isolation site-one "$page" --isolation site-two "$page")
is "another key gets no connection of the first" "$(field "$answer" outcome 1) $(field "$answer" outcome 2)" "OK PROXY_AUTH"
answer=$(fetch --proxy "socks5h://127.0.0.1:$locked" --user alice --password secret --isolation site-one "$page")
is "a proxy with a user of its own keeps that" "$(field "$answer" outcome)" OK

# another server's manners: dante tells what microsocks leaves open
answer=$(fetch --proxy "socks5h://127.0.0.1:$dante" --user alice --password secret --save "$SERVERS/body" "$page")
is "dante: the right password opens it" "$(field "$answer" outcome) $(cat "$SERVERS/body")" "OK hello"
like "dante: it resolves the name and knows the user" "$(server_log "$dante")" "username%alice@.*127\.0\.0\.1\.$origin"
answer=$(fetch --proxy "socks5h://127.0.0.1:$dante" --user alice --password wrong "$page")
is "dante: a wrong password is its refusal" "$(field "$answer" outcome)" PROXY_AUTH
answer=$(fetch --proxy "socks5h://127.0.0.1:$dante" --user mallory --password secret "$page")
is "dante: so is a user it does not know" "$(field "$answer" outcome)" PROXY_AUTH
answer=$(fetch --proxy "socks5h://127.0.0.1:$dante" "$page")
is "dante: so is none" "$(field "$answer" outcome)" PROXY_AUTH
answer=$(fetch --proxy "socks5h://127.0.0.1:$dante" --isolation site-one "$page")
is "dante: an isolation key is no user of its" "$(field "$answer" outcome)" PROXY_AUTH
unlike "dante: no password is in a message" "$answer" 'secret|wrong'
answer=$(fetch --proxy "socks5h://127.0.0.1:$dante" --user alice --password secret "http://leaks.example:$closed/")
is "dante: a host that refuses is told apart ..." "$(field "$answer" outcome) $(field "$answer" socks)" "CONNECT 5"
answer=$(fetch --proxy "socks5h://127.0.0.1:$dante" --user alice --password secret "http://nowhere.example:$origin/")
is "... from a name that does not exist" "$(field "$answer" outcome) $(field "$answer" socks)" "DNS 4"
answer=$(fetch --proxy "socks5h://127.0.0.1:$open" --isolation site-one "$page" --isolation site-two "$page")
is "dante without users: an isolation key does no harm" "$(field "$answer" outcome 1) $(field "$answer" outcome 2)" "OK OK"

# replies of SOCKS and of Tor
while read -r code host outcome; do
	answer=$(fetch --proxy "socks5h://127.0.0.1:$replies" "http://$host:$code/")
	is "reply $code for ${host##*.} is $outcome" "$(field "$answer" outcome) $(field "$answer" socks)" "$outcome $code"
done <<END
2 leaks.example PROXY_REFUSED
3 leaks.example CONNECT
4 leaks.example DNS
5 leaks.example CONNECT
6 leaks.example TIMEOUT
7 leaks.example PROXY_REFUSED
1 $onion ONION_UNREACHABLE
4 $onion ONION_UNREACHABLE
240 $onion ONION_GONE
242 $onion ONION_UNREACHABLE
244 $onion ONION_AUTH
246 $onion ONION_BAD
247 $onion ONION_UNREACHABLE
END
answer=$(fetch --proxy "socks5h://127.0.0.1:$replies" --connect-ms 400 http://leaks.example:1000/)
is "no reply is a time-out" "$(field "$answer" outcome)" TIMEOUT
answer=$(fetch --proxy "socks5h://127.0.0.1:$replies" http://leaks.example:1001/)
is "a proxy that hangs up is down" "$(field "$answer" outcome)" PROXY_DOWN
answer=$(fetch --proxy "socks5h://127.0.0.1:$replies" http://leaks.example:1002/)
is "half a reply too" "$(field "$answer" outcome)" PROXY_DOWN
answer=$(fetch --proxy "socks5h://127.0.0.1:$origin" "$page")
is "and one that does not speak SOCKS" "$(field "$answer" outcome)" PROXY_DOWN

# HTTP proxies
answer=$(fetch --proxy "http://127.0.0.1:$http" --user bob --password pass "$page")
is "a page comes through an HTTP proxy" "$(field "$answer" outcome) $(field "$answer" bytes)" "OK 6"
answer=$(fetch --proxy "http://127.0.0.1:$http" "$page" "https://leaks.example:$origin/")
is "no password is told for http and for https" "$(field "$answer" outcome 1) $(field "$answer" outcome 2)" "PROXY_AUTH PROXY_AUTH"
answer=$(fetch --proxy "http://127.0.0.1:$http" --user bob --password wrong "https://leaks.example:$origin/")
is "a wrong password is told where there is a tunnel" "$(field "$answer" outcome)" PROXY_AUTH
answer=$(fetch --proxy "http://127.0.0.1:$http" --user bob --password pass "https://leaks.example:$origin/")
is "a port the proxy does not tunnel to is its refusal" "$(field "$answer" outcome)" PROXY_REFUSED
answer=$(fetch --proxy "http://127.0.0.1:$http" --user bob --password pass https://nowhere.example/)
is "a tunnel to a host that is not there is the way's failure" "$(field "$answer" outcome)" CONNECT

# what no proxy is asked for
before=$(proxied "$socks" | wc -l)
while read -r url; do
	answer=$(fetch --proxy "socks5h://127.0.0.1:$socks" "$url")
	is "refused: $url" "$(field "$answer" outcome)" REFUSED_URL
done <<END
http://127.0.0.1:$origin/a.txt
http://2130706433:$origin/a.txt
http://[::1]:$origin/a.txt
http://[::ffff:127.0.0.1]:$origin/a.txt
http://169.254.169.254/
http://93.184.216.34/
http://localhost:$origin/a.txt
http://intranet/
http://router.lan/
http://leaks.example./
http://user:password@leaks.example/
http://LEAKS.example:$origin/a.txt
ftp://leaks.example/
file:///etc/passwd
leaks.example
http://short.onion/
END
is "none of them reached the proxy" "$(proxied "$socks" | wc -l)" "$before"
answer=$(fetch --proxy "socks5h://127.0.0.1:$socks" --allow "127.0.0.1:$origin" "http://127.0.0.1:$origin/a.txt" "http://127.0.0.1:$closed/")
is "a literal that a start names passes, on its very port" "$(field "$answer" outcome 1) $(field "$answer" outcome 2)" "OK REFUSED_URL"

# the proxy stopped
before=$(requests "$origin")
stop_server "$socks"
for environment in HOME=/ no_proxy=* NO_PROXY=* "http_proxy=http://bob:pass@127.0.0.1:$http" "all_proxy=socks5h://alice:secret@127.0.0.1:$locked" \
	"ALL_PROXY=socks5h://alice:secret@127.0.0.1:$locked"; do
	answer=$(export "${environment?}" && fetch --proxy "socks5h://127.0.0.1:$socks" "$page")
	is "without its proxy a request goes nowhere: ${environment%%=*}" "$(field "$answer" outcome)" PROXY_DOWN
done
answer=$(export no_proxy='*' && fetch --proxy "http://127.0.0.1:$socks" "$page" "https://leaks.example:$origin/")
is "nor does one through an HTTP proxy" "$(field "$answer" outcome 1) $(field "$answer" outcome 2)" "PROXY_DOWN PROXY_DOWN"
is "the origin saw not one request" "$(requests "$origin")" "$before"
answer=$(fetch --proxy "socks5h://127.0.0.1:$socks" --unsandboxed "$page")
is "not even without the sandbox" "$(field "$answer" outcome) $(requests "$origin")" "PROXY_DOWN $before"

# set-ups that cannot be
while read -r options; do
	# shellcheck disable=SC2086
	answer=$(fetch $options "$page")
	like "no start with: $options" "$answer" '^worker exited with 1$'
done <<END
--proxy socks5h://localhost:$socks
--proxy socks5h://127.0.0.1:0
--proxy socks5h://127.0.0.1:$socks --parallel 0
--proxy socks5h://127.0.0.1:$socks --parallel 1001
--proxy socks5h://127.0.0.1:$socks --ca /dev/null
END
done_testing
