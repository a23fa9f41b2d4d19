#!/bin/bash
# Whom fetch trusts: the bundle it was handed, and nobody else.
. "$LEAKTRAWL_SOURCE/tests/net/fetch.sh" || exit 99

good=$(free_port)
old=$(free_port)
plain=$(free_port)
socks=$(free_port)
http=$(free_port)
mkdir "$SERVERS/www"
echo hello >"$SERVERS/www/a.txt"
name_host leaks.example other.example
make_ca ca || exit 99
make_ca stranger || exit 99
make_cert ca good leaks.example || exit 99
make_cert ca old leaks.example -1 || exit 99
start_nginx_tls "$SERVERS/www" "$good" "$SERVERS/good.pem" "$SERVERS/good.key" || exit 99
start_nginx_tls "$SERVERS/www" "$old" "$SERVERS/old.pem" "$SERVERS/old.key" || exit 99
start_nginx "$SERVERS/www" "$plain" || exit 99
start_microsocks "$socks" || exit 99
start_tinyproxy "$http" || exit 99
ca=$SERVERS/ca.pem

for proxy in "socks5h://127.0.0.1:$socks" "http://127.0.0.1:$http"; do
	answer=$(fetch --proxy "$proxy" --ca "$ca" "https://leaks.example:$good/a.txt")
	is "a certificate of the bundle's CA is trusted: ${proxy%%:*}" "$(field "$answer" outcome) $(field "$answer" bytes)" "OK 6"
	answer=$(fetch --proxy "$proxy" --ca "$SERVERS/stranger.pem" "https://leaks.example:$good/a.txt")
	is "one of another CA is not: ${proxy%%:*}" "$(field "$answer" outcome)" TLS
	like "and the reason is told" "$(field "$answer" error)" 'certificate'
done
answer=$(fetch --proxy "socks5h://127.0.0.1:$socks" --ca "$ca" "https://other.example:$good/a.txt")
is "a certificate for another host is not taken" "$(field "$answer" outcome)" TLS
like "nor is that kept quiet" "$(field "$answer" error)" 'other\.example'
answer=$(fetch --proxy "socks5h://127.0.0.1:$socks" --ca "$ca" "https://leaks.example:$old/a.txt")
is "nor one that has run out" "$(field "$answer" outcome)" TLS
like "with the reason" "$(field "$answer" error)" 'expired'
answer=$(fetch --proxy "socks5h://127.0.0.1:$socks" --ca "$ca" "https://leaks.example:$plain/a.txt")
is "a server without TLS is a failure of TLS" "$(field "$answer" outcome)" TLS
answer=$(export SSL_CERT_FILE="$ca" CURL_CA_BUNDLE="$ca" && fetch --proxy "socks5h://127.0.0.1:$socks" "https://leaks.example:$good/a.txt")
is "the environment adds no CA" "$(field "$answer" outcome)" TLS
answer=$(export SSL_CERT_FILE="$ca" && fetch --proxy "socks5h://127.0.0.1:$socks" --unsandboxed --ca "$SERVERS/stranger.pem" \
	"https://leaks.example:$good/a.txt")
is "not even without the sandbox" "$(field "$answer" outcome)" TLS
is "none of the refused got as far as a request" "$(requests "$good") $(requests "$old")" "2 0"
done_testing
