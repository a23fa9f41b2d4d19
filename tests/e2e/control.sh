#!/usr/bin/env bash
# Tor's control port where it is not as it should be: the crawl goes on through its proxy, and says what is missing.
# tests/e2e/tor.sh has the real ones.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh" || exit 99
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh" || exit 99
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh" || exit 99

site=$(free_port)
socks=$(free_port)
mkdir "$SERVERS/www"
leak 1 >"$SERVERS/www/leak.txt"
start_nginx "$SERVERS/www" "$site" 'location = /blocked { return 403; }' || exit 99
crawl_folder "$SERVERS/work" || exit 99
cp "$crawl_work/leaktrawl.yml" "$SERVERS/begin.yml"
head -c 32 /dev/zero | tr '\0' c >"$crawl_work/cookie"
head -c 31 /dev/zero | tr '\0' c >"$crawl_work/short"
echo 'Heron "Weir" \ 9' >"$crawl_work/password"
chmod 600 "$crawl_work"/{cookie,short,password}

fake() { # KIND
	port=$(free_port)
	socks=$(free_port)
	start_server "control-$1" "$port" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/tor/fake_control.py" "$port" "$1" "$socks" || exit 99
	wait_port "$socks" || exit 99
}
configure() { # PATH CONTROL-KEYS [ATTEMPTS]
	rm -f "$crawl_work"/index.db*
	{
		cat "$SERVERS/begin.yml"
		echo "proxies: {tor: {url: \"socks5h://127.0.0.1:$socks\", $2}}"
		echo "sources: [{name: site, start: [\"http://leaks.example:$site/$1\"], via: tor, delay: 0s}]"
		echo "limits: {fetch_attempts: ${3:-1}}"
	} >"$crawl_work/leaktrawl.yml"
}
evidence() {
	lt findings --format jsonl | jq -r ".evidence.$1"
}
doctor() {
	lt doctor 2>&1 | grep control
}

# On a busy machine a page may be read before Tor's word of its stream is: not every time, though.
for _ in {1..25}; do
	fake open
	configure leak.txt "control: \"127.0.0.1:$port\""
	lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
	status=$?
	[ "$(evidence circuit)" = null ] || break
done
is "with a control port the crawl ends as ever" "$status $(evidence via)" "10 tor"
is "evidence holds number and last relay of the circuit" "$(evidence circuit)" "9 \$$(printf 'B%.0s' {1..40})~last"
is "so does what show tells of the sighting" "$(lt show "$(lt findings --format jsonl | jq -r .id)" --format json | jq -r '.. | objects | select(has("seen")) | .circuit')" \
	"$(evidence circuit)"
is "nothing is asked of Tor but this" "$(server_log "$port" | paste -sd,)" \
	"PROTOCOLINFO 1,AUTHENTICATE,SETEVENTS CIRC STREAM,GETINFO circuit-status"
like "doctor tells which Tor it is" "$(doctor)" 'control tor.*tor/0\.4\.8\.99'
if sandboxed; then
	like "and that it can open no socket any more" "$(doctor)" 'walls: .*seccomp'
fi
configure blocked "control: \"127.0.0.1:$port\"" 2
lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
is "a source that blocks us costs one new identity" "$(server_log "$port" | grep -c 'SIGNAL NEWNYM')" 1
like "a Tor that refuses it is told of" "$(cat "$SERVERS/err")" 'no new identity: Tor refuses a new identity'

# A wall that may stand in front of one circuit alone.
walls=$(free_port)
start_server walls "$walls" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/endless_site.py" "$walls" || exit 99
walled() { # KIND KEYS
	stop_server "$walls"
	start_server walls "$walls" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/net/endless_site.py" "$walls" || exit 99
	site=$walls configure "walled/$1" "$2" 4
	lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
	status=$?
}
fake open
walled captcha "control: \"127.0.0.1:$port\""
is "behind a captcha the page comes for another identity" "$status $(lt findings --format jsonl | jq -r .account)" "10 user2@royal-post.example"
is "Tor is asked for it once a minute at most" "$(server_log "$port" | grep -c 'SIGNAL NEWNYM')" 1
is "nothing is left to be said of the source" "$(crawl_coverage site | jq -c '[.fetched, .blocked, .causes // {}, .note]')" '[1,0,{},null]'
walled login "control: \"127.0.0.1:$port\""
is "a log-in is the same for everybody" "$status $(lt sources --format json | jq -r '.sources[].state')" "3 needs_human"
walled captcha "parallel: 8"
is "who can be nobody else does not ask again" "$status $(lt sources --format json | jq -r '.sources[].state')" "3 needs_human"
is "so they were asked three times, once, and once" "$(server_log "$walls" | sort | uniq -c | sed 's/^ *//' | paste -sd,)" "4 /walled/captcha,1 /walled/login"

# What does not work costs circuits, not pages.
while IFS='|' read -r kind keys said; do
	fake "$kind"
	configure leak.txt "${keys//PORT/$port}"
	lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
	is "$kind: the page comes through the proxy all the same, without a circuit" "$? $(evidence via) $(evidence circuit)" "10 tor null"
	like "$kind: the log says why" "$(cat "$SERVERS/err")" "Tor's control port is of no use.*$said"
	like "$kind: doctor fails" "$(doctor)" "$said"
	unlike "$kind: no password is in a message" "$(cat "$SERVERS/err" && doctor)" Heron
done <<'END'
refuses|control: "127.0.0.1:PORT", control_password_file: password|does not take the control password
refuses|control: "127.0.0.1:PORT"|asks who we are: give control_password_file or control_cookie
knows-nothing|control: "127.0.0.1:PORT", control_cookie: cookie|not the cookie of the Tor that listens there
garbage|control: "127.0.0.1:PORT"|not Tor's control port
http|control: "127.0.0.1:PORT"|not Tor's control port
hangs-up|control: "127.0.0.1:PORT"|hung up
END
is "a password is quoted as Tor reads it" "$(cat "$SERVERS"/control-refuses-*.log | grep '^AUTHENTICATE' | sort -u)" \
	'AUTHENTICATE "Heron \"Weir\" \\ 9"'
is "who does not know the cookie learns nothing of it" "$(cat "$SERVERS"/control-knows-nothing-*.log | grep -c '^AUTHENTICATE')" 0

fake open
closed=$(free_port)
while IFS='|' read -r keys said; do
	configure leak.txt "$keys"
	lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
	is "no way in with $keys: the page comes" "$? $(evidence circuit)" "10 null"
	like "and the log says why" "$(cat "$SERVERS/err")" "$said"
done <<END
control: "127.0.0.1:$closed"|does not answer: Connection refused
control: $SERVERS/none|does not answer: No such file or directory
control: $SERVERS/$(printf 'x%.0s' {1..120})|longer than
control: "127.0.0.1:$closed", control_cookie: short|is 31 bytes long: Tor's control cookie has 32
control: "127.0.0.1:$closed", control_cookie: missing|missing cannot be opened
control: "127.0.0.1:$closed", control_password_file: missing|missing cannot be opened
END

# The control port may answer what it likes: pages still leave through the proxy or not at all.
fake open
before=$(requests "$site")
socks=$closed configure leak.txt "control: \"127.0.0.1:$port\""
lt crawl --once >"$SERVERS/out" 2>"$SERVERS/err"
is "with a control port and no proxy nothing is fetched" "$? $(requests "$site")" "3 $before"

fake dies
configure blocked "control: \"127.0.0.1:$port\""
lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
is "a Tor that goes away when asked ends no crawl" $? 3
fake endless
configure leak.txt "control: \"127.0.0.1:$port\""
lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
is "nor does one whose line has no end" "$? $(evidence circuit)" "10 null"
fake trickles
configure leak.txt "control: \"127.0.0.1:$port\""
lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
is "nor one whose list of circuits comes a line at a time for ever" "$? $(evidence circuit)" "10 null"
like "which is told" "$(cat "$SERVERS/err")" "Tor's control port is of no use now.*does not answer in time"

# Three starts fail; the fourth does not. The crawl is at its pages meanwhile.
for n in 1 2 3 4 5 6 7 8; do
	echo "<a href=/late$((n + 1)).html>on</a>" >"$SERVERS/www/late$n.html"
done
leak 1 >"$SERVERS/www/late9.html"
fake late
configure late1.html "control: \"127.0.0.1:$port\""
sed -i 's/delay: 0s/delay: 2s, follow: ["late"], depth: 9/' "$crawl_work/leaktrawl.yml"
lt crawl >"$SERVERS/out" 2>"$SERVERS/err"
is "a crawl goes on without a control port that is given up" $? 10
like "and takes it up again when it has come back" "$(paste -sd' ' "$SERVERS/err")" "of no use, circuits are not told.*Tor's control port is of use again"
done_testing
