#!/usr/bin/env bash
# A crawler that can reach its proxy alone, in hostile places: not one packet goes elsewhere, counted on the wire.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh" || exit 99
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh" || exit 99
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh" || exit 99

# Root's alone: where root is unknown, as in a namespace of everybody's own, leaktrawl trusts no folder it does not know the owner of.
if ! unshare -n ip link set lo up 2>/dev/null; then
	[ "${CI:-}" = true ] || skip_all "network namespaces need root here, and iproute2"
	ok "network namespaces can be made" false
	done_testing
fi

# A certificate that names places to ask about it.
make_ca authority || exit 99
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=site.example" -keyout "$SERVERS/site.key" \
	-out "$SERVERS/site.csr" 2>>"$SERVERS/openssl.log" || exit 99
openssl x509 -req -in "$SERVERS/site.csr" -CA "$SERVERS/authority.pem" -CAkey "$SERVERS/authority.key" -set_serial 7 -days 2 \
	-out "$SERVERS/site.pem" 2>>"$SERVERS/openssl.log" -extfile <(
		echo "subjectAltName=DNS:site.example,DNS:other.example"
		echo "authorityInfoAccess=OCSP;URI:http://192.0.2.80/ocsp,caIssuers;URI:http://192.0.2.80/ca"
		echo "crlDistributionPoints=URI:http://192.0.2.80/crl"
	) || exit 99

crawl_folder "$SERVERS/work" || exit 99
unshare -n /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/failclosed/stage.py" "$leaktrawl" "$crawl_work" \
	"$LEAKTRAWL_SOURCE/tests/failclosed" "$SERVERS/site.pem" "$SERVERS/site.key" "$SERVERS/authority.pem" </dev/null
