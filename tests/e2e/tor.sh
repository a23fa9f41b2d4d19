#!/usr/bin/env bash
# A crawl through a real Tor network on loopback: circuits kept apart, services that want a key, go away, crawl along,
# break off or never end, and a client that dies under the crawl.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh" || exit 99
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh" || exit 99
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh" || exit 99
# shellcheck source=tests/tor/tornet.sh
. "$LEAKTRAWL_SOURCE/tests/tor/tornet.sh" || exit 99

if tor_missing; then
	[ "${CI:-}" = true ] || skip_all "tor is not installed"
	ok "tor is installed" false
	done_testing
fi

# ---- sites -------------------------------------------------------------------------------------------------

page() { # FILE BODY
	mkdir -p "$(dirname "$1")"
	printf '<html><body>%s</body></html>\n' "$2" >"$1"
}
links() { # COUNT
	seq -f '<a href="/p/%g.html">paste</a>' "$1"
}
page "$SERVERS/one/index.html" "$(links 6)"
for n in $(seq 6); do page "$SERVERS/one/p/$n.html" "paste $n"; done
leak 1 >"$SERVERS/one/p/2.html"
page "$SERVERS/two/index.html" "two"
page "$SERVERS/clear/index.html" "clear"
page "$SERVERS/locked/index.html" "$(leak 2)"
page "$SERVERS/moving/index.html" "here"
page "$SERVERS/long/index.html" "$(links 40)"
for n in $(seq 40); do page "$SERVERS/long/p/$n.html" "paste $n"; done
mkdir "$SERVERS/rough"
head='send HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'
{
	slow="$(leak 3) $(head -c 3000 /dev/zero | tr '\0' x)"
	printf '%s\n' "${head}Content-Length: ${#slow}\\r\\n\\r\\n" "drip 0.001 $slow"
} >"$SERVERS/rough/slow.case"
printf '%s\n' "${head}Content-Length: 5000\\r\\n\\r\\nhalf" "drip 0.05 ..........." reset >"$SERVERS/rough/reset.case"
printf '%s\n' "${head}\\r\\n" 'forever xxxxxxxxxxxxxxxx' >"$SERVERS/rough/endless.case"
printf '%s\n' "${head}Content-Length: 5000\\r\\n\\r\\nhalf" hold >"$SERVERS/rough/hold.case"
chmod -R a+rX "$SERVERS"/{one,two,clear,locked,moving,long}
chmod 711 "$SERVERS"

page "$SERVERS/guarded/index.html" "$(leak 11) $(links 2)"
page "$SERVERS/guarded/p/2.html" "$(leak 12)"
page "$SERVERS/guarded/a/index.html" "$(leak 13) <a href=\"/a/p/2.html\">paste</a>"
page "$SERVERS/guarded/a/p/2.html" "$(leak 14)"
chmod -R a+rX "$SERVERS/guarded"

page "$SERVERS/twin/index.html" "$(links 30)"
for n in $(seq 30); do page "$SERVERS/twin/p/$n.html" "twin $n"; done
chmod -R a+rX "$SERVERS/twin"
for twin in left right; do start_nginx "$SERVERS/twin" "$(free_port | tee "$SERVERS/$twin.port")" || exit 99; done
start_nginx "$SERVERS/guarded" "$(free_port | tee "$SERVERS/guarded.port")" 'location = /p/1.html { return 403; }' || exit 99
for site in one two clear locked moving long; do
	port=$(free_port)
	start_nginx "$SERVERS/$site" "$port" || exit 99
	echo "$port" >"$SERVERS/$site.port"
done
port_rough=$(free_port)
start_server broken "$port_rough" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/broken_server.py" "$port_rough" "$SERVERS/rough" || exit 99

port_crowd=$(free_port)
start_server crowd "$port_crowd" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/endless_site.py" "$port_crowd" || exit 99
tor_onion crowd host "80:$port_crowd"

echo "$port_rough" >"$SERVERS/rough.port"
for site in one two locked long guarded rough; do
	tor_onion "$site" host "80:$(cat "$SERVERS/$site.port")"
done
tor_lock locked us
tor_onion left leaving "80:$(cat "$SERVERS/left.port")"
tor_onion right host "80:$(cat "$SERVERS/right.port")"
tor_onion moving elsewhere "80:$(cat "$SERVERS/moving.port")"
ok "a private Tor network comes up" tor_network c0 c1 || done_testing
like "its services have addresses of version 3" "$(tor_address one)" '^[a-z2-7]{56}\.onion$'

# ---- configuration -----------------------------------------------------------------------------------------

crawl_folder "$SERVERS/work" || exit 99
echo "$TOR_PASSWORD" >"$crawl_work/control.password"
echo Wrong-Weir-9 >"$crawl_work/wrong.password"
chmod 600 "$crawl_work"/*.password
source_of() { # NAME URL [MORE]
	echo "  - {name: $1, start: [\"$2\"], via: tor, delay: 0s, every: 1d, follow: [\"/p/\"]${3:-}}"
}
cat >>"$crawl_work/leaktrawl.yml" <<END
proxies:
  tor: {url: "socks5h://127.0.0.1:$(tor_socks c0)", isolate: host}
  known: {url: "socks5h://127.0.0.1:$(tor_socks c0)", isolate: host, control: "$TOR_NET/c0/control", control_cookie: "$TOR_NET/c0/cookie"}
  plain: {url: "socks5h://127.0.0.1:$(tor_socks c1)", control: "127.0.0.1:$(tor_control_port c1)", control_password_file: control.password}
  wrong: {url: "socks5h://127.0.0.1:$(tor_socks c1)", control: "127.0.0.1:$(tor_control_port c1)", control_password_file: wrong.password}
  other: {url: "socks5h://127.0.0.1:$(tor_socks c1)", control: "127.0.0.1:$(tor_control_port c1)", control_cookie: "$TOR_NET/c0/cookie"}
  two-clients:
    - {url: "socks5h://127.0.0.1:$(tor_socks c0)", isolate: source}
    - {url: "socks5h://127.0.0.1:$(tor_socks c1)", isolate: source}
limits: {stall_seconds: 8, onion_connect_ms: 40s, onion_total_ms: 60s, fetch_bytes: 1MiB, spool_memory_bytes: 512KiB, fetch_attempts: 2}
sources:
$(for site in one two locked moving; do source_of "$site" "http://$(tor_address "$site")/"; done)
$(for case in slow reset endless hold; do source_of "$case" "http://$(tor_address rough)/$case"; done)
$(source_of clear "http://clear.example:$(cat "$SERVERS/clear.port")/")
$(source_of absent "http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/")
$(for via in known plain; do
	echo "  - {name: calm-$via, start: [\"http://$(tor_address guarded)/a/\"], via: $via, delay: 0s, follow: [\"/a/p/\"], enabled: false}"
	echo "  - {name: guarded-$via, start: [\"http://$(tor_address guarded)/\"], via: $via, delay: 0s, parallel: 1, follow: [\"/p/\"], enabled: false}"
done)
$(for via in wrong other; do
	echo "  - {name: let-in-$via, start: [\"http://$(tor_address guarded)/\"], via: $via, enabled: false}"
done)
  - {name: twins, start: ["http://$(tor_address left)/", "http://$(tor_address right)/"], mirrors: true, via: tor, delay: 100ms, follow: ["/p/"], enabled: false}
$(for n in 1 8; do
	echo "  - {name: crowd-$n, start: [\"http://$(tor_address crowd)/busy/$n\"], via: tor, delay: 0s, parallel: $n, follow: [\"/busy/\"], enabled: false}"
done)
  - {name: long, start: ["http://$(tor_address long)/"], via: two-clients, delay: 100ms, follow: ["/p/"], enabled: false}
END

coverage() { # SOURCE FIELD
	crawl_coverage "$1" | jq -r ".$2"
}
causes() { # SOURCE
	crawl_coverage "$1" | jq -r '.causes // {} | keys | join(" ")'
}
health() { # SOURCE
	lt sources --format json 2>/dev/null | jq -r --arg name "$1" '.sources[] | select(.name == $name) | .state'
}

# ---- one crawl of everything -------------------------------------------------------------------------------

lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
is "the crawl ends with 13: findings, and not everything covered" $? 13
is "an onion site is fetched with its links" "$(coverage one fetched)" 7
is "a site of the clear web is fetched through the exit" "$(coverage clear fetched)" 1
is "its name was asked of the exit's name server" "$(server_log "$(tor_port names)" | sort -u)" "clear.example 1"
is "a service of 1 KB a second is fetched whole" "$(coverage slow fetched)" 1
is "what breaks off is truncated" "$(causes reset)" truncated
is "what never ends is too large" "$(causes endless)" too_large
is "what falls silent is stalled" "$(causes hold)" stalled
is "a service without a descriptor is gone" "$(causes absent)" onion_gone
is "a service that wants a key says so" "$(causes locked)" onion_needs_authorization
is "its source needs a human" "$(health locked)" needs_human
is "the findings are there" "$(lt findings --format jsonl | jq -r .account | sort | paste -sd' ')" \
	"user1@royal-post.example user3@royal-post.example"
is "no request went past Tor" "$(cat "$SERVERS"/nginx-*.requests | awk '{print $1}' | sort -u)" 127.0.0.1

circuits_of() { # CLIENT SOCKS-USER
	tor_circuits "$1" | grep "SOCKS_USERNAME=\"$2\"" | awk '{print $1}' | sort
}
for site in one two; do
	isnt "circuits were built for $site alone" "$(circuits_of c0 "$(tor_address $site)")" ""
done
isnt "so was one for the clear web" "$(circuits_of c0 clear.example)" ""
is "no circuit serves two hosts" \
	"$({ circuits_of c0 "$(tor_address one)" && circuits_of c0 "$(tor_address two)" && circuits_of c0 clear.example; } | sort | uniq -d)" ""

# ---- how many at a time -------------------------------------------------------------------------------------

sed -i '/name: crowd/s/enabled: false/enabled: true/' "$crawl_work/leaktrawl.yml"
most() {
	server_log "$port_crowd" | sed -n 's/^busy //p' | sort -n | tail -n 1
}
lt crawl --source crowd-1 >>"$SERVERS/out" 2>>"$SERVERS/err"
is "an onion service is asked for one page at a time where the source says so" "$(coverage crowd-1 fetched) $(most)" "9 1"
lt crawl --source crowd-8 >>"$SERVERS/out" 2>>"$SERVERS/err"
is "and for two at most, whatever it says" "$(coverage crowd-8 fetched) $(most)" "9 2"

# ---- keys, and going away ----------------------------------------------------------------------------------

tor_key locked us | sed 's/:[A-Z2-7]*$/:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/' >"$TOR_NET/c0/keyring/locked.auth_private"
tor_reload c0
lt crawl --force --once --source locked >>"$SERVERS/out" 2>>"$SERVERS/err"
is "a key that the service does not know is told as well" "$(causes locked) $(health locked)" "onion_needs_authorization needs_human"
tor_key locked us >"$TOR_NET/c0/keyring/locked.auth_private"
tor_reload c0
lt crawl --force --once --source locked >>"$SERVERS/out" 2>>"$SERVERS/err"
is "with the key the service is read" "$(coverage locked fetched)" 1
is "its finding too" "$(lt findings --format jsonl | jq -r .account | grep -c user2)" 1
is "no human is needed any more" "$(health locked)" ok

tor_stop elsewhere
sed -i 's/onion_connect_ms: 40s/onion_connect_ms: 12s/' "$crawl_work/leaktrawl.yml"
lt crawl --force --once --source moving >>"$SERVERS/out" 2>>"$SERVERS/err"
is "a crawl of a service that went away ends with 3" $? 3
like "and says that it cannot be reached" "$(causes moving)" '^(onion_unreachable|onion_gone|timeout)$'
tor_start elsewhere
sed -i 's/onion_connect_ms: 12s/onion_connect_ms: 40s/' "$crawl_work/leaktrawl.yml"
ok "the service comes back" tor_published elsewhere
# A client remembers for minutes which directories had nothing new to say.
tor_control c0 SIGNAL NEWNYM
lt crawl --force --once --source moving >>"$SERVERS/out" 2>>"$SERVERS/err"
is "and is read again" "$? $(coverage moving fetched),$(coverage moving unchanged)" "0 0,1"

# ---- the control port ---------------------------------------------------------------------------------------

circuit() { # N: of the page with that leak
	lt findings --format jsonl | jq -r --arg account "user$1@royal-post.example" 'select(.account == $account) | .evidence.circuit'
}
sed -i '/name: \(calm\|guarded\|let-in\)-/s/enabled: false/enabled: true/' "$crawl_work/leaktrawl.yml"
for via in known plain; do
	rm -f "$crawl_work"/index.db*
	lt crawl --once --source "calm-$via" >>"$SERVERS/out" 2>>"$SERVERS/err"
	like "$via: evidence names the circuit by its number and last relay" "$(circuit 13)" '^[0-9]+ \$[0-9A-F]{40}~(a|r)[0-9]$'
	is "$via: pages of one host share it" "$(circuit 14)" "$(circuit 13)"
	lt crawl --once --source "guarded-$via" >>"$SERVERS/out" 2>"$SERVERS/err.$via"
	is "$via: a page refused with 403 is said" "$(causes "guarded-$via")" http_403
	like "$via: what comes behind it has a circuit, too" "$(circuit 12)" '^[0-9]+ \$[0-9A-F]{40}~(a|r)[0-9]$'
	isnt "$via: and that is another" "$(circuit 12)" "$(circuit 11)"
	like "$via: Tor was asked for a new identity" "$(cat "$SERVERS/err.$via")" "proxy $via: Tor has a new identity"
done
is "the circuit in evidence is one the control port knows for that host" \
	"$(tor_circuits c1 | grep "^$(circuit 12 | cut -d' ' -f1) " | grep -c "REND_QUERY=$(tor_address guarded | sed 's/\.onion//')")" 1
isnt "the new one was built for the new identity alone" "$(circuits_of c0 "$(tor_address guarded)+1")" ""

for via in wrong other; do
	rm -f "$crawl_work"/index.db*
	lt crawl --once --source "let-in-$via" >>"$SERVERS/out" 2>"$SERVERS/err.$via"
	is "$via password or cookie: the page comes, without a circuit" "$? $(circuit 11)" "10 null"
done
like "a wrong password is told" "$(cat "$SERVERS/err.wrong")" "Tor does not take the control password"
like "so is the cookie of another Tor" "$(cat "$SERVERS/err.other")" "control_cookie is not the cookie of the Tor that listens there"
rm -f "$crawl_work"/index.db*

# ---- a mirror dies ------------------------------------------------------------------------------------------

sed -i '/name: twins/s/enabled: false/enabled: true/' "$crawl_work/leaktrawl.yml"
lt crawl --source twins >>"$SERVERS/out" 2>"$SERVERS/err.twins" &
crawl=$!
begun() {
	[ "$(requests "$(cat "$SERVERS/left.port")")" -ge 5 ]
}
ok "a crawl of two onion mirrors begins at the first" wait_until begun
tor_stop leaving
wait $crawl
is "when its service goes away, the crawl ends well" $? 0
is "with every page, the start twice" "$(coverage twins fetched) $(coverage twins failed)" "32 0"
like "the other mirror had the rest" "$(cat "$SERVERS/err.twins")" "$(tor_address left) cannot be had: .*$(tor_address right) is asked"
asked=$(($(requests "$(cat "$SERVERS/left.port")") + $(requests "$(cat "$SERVERS/right.port")")))
is "no page was asked for twice but what was under way" "$((asked >= 31 && asked <= 36))" 1

# ---- a client dies -----------------------------------------------------------------------------------------

sed -i 's/enabled: false/enabled: true/' "$crawl_work/leaktrawl.yml"
lt crawl --source long >"$SERVERS/out.long" 2>"$SERVERS/err.long" &
crawl=$!
port_long=$(cat "$SERVERS/long.port")
enough() {
	[ "$(requests "$port_long")" -ge 8 ]
}
ok "a crawl through two clients begins" wait_until enough
in_use() {
	for used in c0 c1; do
		tor_circuits $used | grep -q "REND_QUERY=$(tor_address long | sed 's/\.onion//')" && return 0
	done
	return 1
}
wait_until in_use
kill -9 "$(cat "$SERVERS/$(tor_port $used).pid")"
wait $crawl
is "the one in use is killed in mid-run, and the crawl ends well" $? 0
is "every page came" "$(coverage long fetched)" 41
like "the log says which proxy was left alone" "$(cat "$SERVERS/err.long")" "proxy two-clients \(127\.0\.0\.1:$(tor_socks $used)\) cannot be used"
is "no page was asked for twice but what was under way" "$(($(requests "$port_long") <= 43))" 1

unlike "nothing told of a secret" "$(cat "$SERVERS"/err* "$SERVERS"/out*)" 'Plover-Ness|-Weir-9'
done_testing
