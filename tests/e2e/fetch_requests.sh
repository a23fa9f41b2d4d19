#!/bin/bash
# What a request says, what may not be said, and many of them at once.
. "$LEAKTRAWL_SOURCE/tests/net/fetch.sh" || exit 99

origin=$(free_port)
proxy=$(free_port)
name_host broken.example
start_broken "$origin" || exit 99
start_microsocks "$proxy" || exit 99
site=http://broken.example:$origin

ask() {
	fetch --proxy "socks5h://127.0.0.1:$proxy" --save "$SERVERS/body" "$@"
}

# The header block as the server saw it.
ask "$site/echo" >/dev/null
is "a plain request says what a browser would, in its order" "$(sed 's/\r//' "$SERVERS/body")" "GET /echo HTTP/1.1
Host: broken.example:$origin
User-Agent: Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
Accept-Language: en-US,en;q=0.5
Accept-Encoding: gzip, deflate, br"
ask --agent "Test/1" --etag '"v1"' --last-modified "Sun, 06 Nov 1994 08:49:37 GMT" --referer "$site/list" --header "Cookie: sid=1" \
	"$site/echo?a=/../b" >/dev/null
like "the user agent can be set" "$(cat "$SERVERS/body")" '^User-Agent: Test/1$'
like "the validators go along" "$(cat "$SERVERS/body")" '^If-None-Match: "v1"$'
like "both" "$(cat "$SERVERS/body")" '^If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT$'
like "so does the referer" "$(cat "$SERVERS/body")" "^Referer: $site/list$"
like "and a cookie" "$(cat "$SERVERS/body")" '^Cookie: sid=1$'
like "the target is sent as it was given" "$(cat "$SERVERS/body")" '^GET /echo\?a=/\.\./b HTTP/1\.1$'
ask --method POST --body 'user=a&b=%0d%0a' "$site/echo" >/dev/null
like "a form is posted" "$(cat "$SERVERS/body")" '^POST /echo HTTP/1\.1$'
like "with its type" "$(cat "$SERVERS/body")" '^Content-Type: application/x-www-form-urlencoded$'
is "and its body" "$(tail -n 1 "$SERVERS/body")" 'user=a&b=%0d%0a'
ask --method POST "$site/echo" >/dev/null
like "also an empty one" "$(cat "$SERVERS/body")" '^Content-Length: 0$'
answer=$(ask --method HEAD "$site/whole")
is "HEAD brings the header lines alone" "$(field "$answer" outcome) $(field "$answer" bytes) $(field "$answer" etag)" 'OK 0 "v1"'
answer=$(ask "$site/whole" "$site/echo")
unlike "a cookie that was set is not sent by itself" "$(cat "$SERVERS/body")" '^Cookie:'

# what may not be said
before=$(server_log "$origin" | wc -l)
while IFS= read -r line; do
	answer=$(ask --header "$(printf '%b' "$line")" "$site/echo")
	is "refused header: $line" "$(field "$answer" outcome)" REFUSED_URL
done <<'END'
X: a\r\nHost: other.example
X: a\nEvil: 1
X: a\x01
Host: other.example
Content-Length: 5
Transfer-Encoding: chunked
Connection: close
Proxy-Authorization: Basic eDp5
no colon
 : blank
END
answer=$(ask --etag "$(printf '"a"\r\nEvil: 1')" "$site/echo")
is "a validator with a line break is refused" "$(field "$answer" outcome)" REFUSED_URL
answer=$(ask --referer "$(printf 'http://a.example/\r\nEvil: 1')" "$site/echo")
is "a referer too" "$(field "$answer" outcome)" REFUSED_URL
answer=$(ask --isolation "$(printf 'a%.0s' {1..256})" "$site/echo")
is "an isolation key that SOCKS cannot say too" "$(field "$answer" outcome)" REFUSED_URL
answer=$(ask --method DELETE "$site/echo")
is "methods that change things are refused" "$(field "$answer" outcome)" REFUSED_URL
answer=$(ask --method GET --body x "$site/echo")
is "a body without POST is refused" "$(field "$answer" outcome)" REFUSED_URL
answer=$(ask --total-ms 0 "$site/echo")
is "a request without a deadline is refused" "$(field "$answer" outcome)" REFUSED_URL
is "the server saw none of these" "$(server_log "$origin" | wc -l)" "$before"

# bodies
answer=$(fetch --proxy "socks5h://127.0.0.1:$proxy" --save /dev/full "$site/whole")
is "a full disk is not the server's failure" "$(field "$answer" outcome) $(field "$answer" status)" "WRITE 200"
like "and says what it is" "$(field "$answer" error)" 'No space left'
ask --max-bytes 100000 "$site/endless" >/dev/null
is "a body that was cut holds exactly the limit" "$(wc -c <"$SERVERS/body")" 100000
answer=$(ask --total-ms 2500 "$site/slow")
is "a long transfer reports its progress" "$(field "$answer" progress)" yes

# many at once
mapfile -t urls < <(yes "$site/whole" | head -n 64)
answer=$(fetch --proxy "socks5h://127.0.0.1:$proxy" --parallel 64 "${urls[@]}")
is "64 at once are all answered" "$(grep -c ' outcome OK$' <<<"$answer")" 64
answer=$(fetch --proxy "socks5h://127.0.0.1:$proxy" --parallel 2 --total-ms 800 "$site/silent" "$site/silent" "$site/whole")
is "one more than agreed is sent back" "$(field "$answer" outcome 1) $(field "$answer" outcome 2) $(field "$answer" outcome 3)" "TIMEOUT TIMEOUT CANCELLED"
answer=$(fetch --proxy "socks5h://127.0.0.1:$proxy" "$site/whole" --cancel "$site/silent")
is "a request can be taken back while others go on" "$(field "$answer" outcome 1) $(field "$answer" outcome 2)" "OK CANCELLED"

# the coordinator dies
"$LEAKTRAWL_BUILD/fetch_driver" --proxy "socks5h://127.0.0.1:$proxy" --total-ms 60000 "$site/silent?last" >/dev/null 2>&1 &
driver=$!
asked_last() { server_log "$origin" | grep -q 'silent?last'; }
wait_until asked_last
worker=$(pgrep -P "$driver")
disown "$driver"
kill -9 "$driver"
ok "a worker does not outlive its coordinator, whatever it waits for" wait_until eval "! process_runs $worker"
isnt "and there was one" "$worker" ""
done_testing
