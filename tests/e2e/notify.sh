#!/bin/bash
# Webhooks: what arrives, that it is signed, what counts as delivered, and that no other host is called.
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh" || exit 99
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh" || exit 99

port=$(free_port)
tls=$(free_port)
socks=$(free_port)
closed=$(free_port)
name_host siem.example
make_ca ca || exit 99
make_cert ca siem siem.example || exit 99
receiver=$LEAKTRAWL_SOURCE/tests/net/webhook_server.py
start_server webhook "$port" /usr/bin/python3 "$receiver" "$port" s3cret || exit 99
start_server webhook "$tls" /usr/bin/python3 "$receiver" "$tls" s3cret "$SERVERS/siem.pem" "$SERVERS/siem.key" || exit 99
start_microsocks "$socks" || exit 99
printf '{"id":"f_1","account":"j.doe@royal-post.example"}' >"$SERVERS/payload"

notify() {
	"$LEAKTRAWL_BUILD/notify_driver" "$@" 2>&1
}

field() { # ANSWER FIELD [NUMBER]
	sed -n "s/^${3:-1} $2 //p" <<<"$1"
}

# What the receiver says of the last call.
last() { # PORT FIELD
	tail -n 1 "$SERVERS/webhook-$1.log" | jq -r ".$2"
}

calls() { # PORT
	grep -c '^{' "$SERVERS/webhook-$1.log"
}

direct=http://127.0.0.1:$port

answer=$(notify --ready --secret s3cret --hook "siem=$direct/in" --payload "$SERVERS/payload" --key "f_1.siem" siem)
is "a call that is answered with 200 is delivered" "$(field "$answer" delivered) $(field "$answer" status)" "yes 200"
is "the receiver finds the signature right" "$(last "$port" signed)" yes
is "and fresh" "$(last "$port" fresh)" true
is "the key against doubles arrives" "$(last "$port" key)" f_1.siem
is "as JSON" "$(last "$port" type)" application/json
like "from leaktrawl" "$(last "$port" agent)" '^leaktrawl/[0-9]'
is "the body is the payload, byte for byte" "$(last "$port" body)" "$(cat "$SERVERS/payload")"
if sandboxed; then
	like "all of it behind the sandbox" "$answer" '^ready wall seccomp$'
	like "with the hook's port alone open" "$answer" '^ready (wall landlock-net$|note .*Landlock)'
else
	skip 2 "a build without sandbox"
fi

notify --secret other --hook "siem=$direct/in" siem >/dev/null
is "another secret makes another signature" "$(last "$port" signed)" no
notify --secret "$(printf 's%.0s' {1..200})" --hook "siem=$direct/in" siem >/dev/null
is "a long secret is no problem" "$(last "$port" signed)" no
notify --hook "siem=$direct/in" siem >/dev/null
is "without a secret there is no signature" "$(last "$port" signed)" absent
answer=$(notify --hook "siem=HTTP://127.0.0.1:$port/in#part" siem)
is "a URL may be spelt as people do" "$(field "$answer" delivered)" yes

answer=$(notify --hook "siem=http://localhost:$port/in" siem)
is "a name is looked up at the start" "$(field "$answer" delivered)" yes

# what is delivered
while read -r path delivered status; do
	answer=$(notify --hook "siem=$direct$path" siem)
	is "$path: delivered $delivered" "$(field "$answer" delivered) $(field "$answer" status)" "$delivered $status"
done <<END
/201 yes 201
/204 yes 204
/large yes 200
/302 no 302
/400 no 400
/404 no 404
/500 no 500
END
before=$(calls "$port")
answer=$(notify --hook "siem=$direct/302" siem)
like "a redirect is not followed" "$(field "$answer" error)" 'redirects are not followed'
is "so it was one call" "$(calls "$port")" $((before + 1))
answer=$(notify --hook "siem=$direct/429" siem)
is "how long to wait comes along" "$(field "$answer" delivered) $(field "$answer" retry-after)" "no 90"
answer=$(notify --hook "siem=http://127.0.0.1:$closed/" siem)
is "a closed port is an error" "$(field "$answer" delivered)" no
like "with its reason" "$(field "$answer" error)" 'connect'
answer=$(notify --hook "siem=$direct/in" other)
like "a hook nobody set up is an error" "$(field "$answer" error)" 'no webhook'
head -c 70000 /dev/zero >"$SERVERS/big"
answer=$(notify --hook "siem=$direct/in" --payload "$SERVERS/big" siem)
like "so is a payload beyond the limit" "$(field "$answer" error)" 'payload'
answer=$(notify --hook "siem=$direct/in" --key "$(printf 'a\r\nEvil: 1')" siem)
is "a key that would be two header lines is not sent" "$(field "$answer" delivered)" no
answer=$(notify --ready --hook "bad=http://does-not-exist.invalid/in" --hook "siem=$direct/in" bad siem)
is "a host that does not resolve costs its own hook alone" "$(field "$answer" delivered 1) $(field "$answer" delivered 2)" "no yes"
like "and is told at the start" "$answer" '^ready note hook bad cannot be called: '
answer=$(notify --hook "siem=ftp://127.0.0.1/in" siem)
like "a URL that is none ends the start" "$answer" '^worker exited with 1$'
answer=$(notify --hook "siem=http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion/in" siem)
like "an onion service is not called directly" "$(field "$answer" error)" 'onion'

# TLS and proxies
answer=$(notify --ca "$SERVERS/ca.pem" --secret s3cret --proxy "socks5h://127.0.0.1:$socks" --hook "siem=https://siem.example:$tls/in" siem)
is "a hook is called through its proxy, over TLS" "$(field "$answer" delivered) $(last "$tls" signed)" "yes yes"
is "by its name" "$(proxied "$socks")" "siem.example:$tls"
answer=$(notify --secret s3cret --proxy "socks5h://127.0.0.1:$socks" --hook "siem=https://siem.example:$tls/in" siem)
is "a certificate of an unknown CA is an error" "$(field "$answer" delivered)" no
before=$(calls "$port")
stop_server "$socks"
answer=$(export no_proxy='*' && notify --proxy "socks5h://127.0.0.1:$socks" --hook "siem=$direct/in" siem)
is "without its proxy a hook is not called" "$(field "$answer" delivered) $(calls "$port")" "no $before"
done_testing
