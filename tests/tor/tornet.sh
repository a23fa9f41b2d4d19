# shellcheck shell=bash
# A private Tor network on 127.0.0.1: Debian's tor, real circuits, real onion services, nothing beyond loopback.
# Source tests/lib/servers.sh first; its stop_all also stops this.
#
#   tor_onion NAME HOST VIRTUAL:REAL...     before tor_network: a service of the onion host HOST, its ports
#   tor_lock NAME USER                      before tor_network: it wants client authorization; the key: tor_key NAME USER
#   tor_network CLIENT...                   boots it with these clients; tried again when the first consensus is incomplete
#   tor_address NAME                        the service's address, without scheme
#   tor_socks CLIENT                        port of the client's SOCKS proxy
#   tor_control CLIENT COMMAND...           says it to the client's control socket
#   tor_control_port CLIENT                 the same by TCP, for the password $TOR_PASSWORD; its files: $TOR_NET/CLIENT/control, cookie
#   tor_circuits CLIENT                     its circuits, as GETINFO circuit-status tells them
#   tor_stop NAME; tor_start NAME           a client or onion host
#   tor_reload NAME                         makes it read its configuration and keys again
#   tor_published HOST                      waits until every service of the onion host is published anew
#
# Three authorities, which are relays too, and four more relays, one of them the exit, which resolves names below
# .example to 127.0.0.1. The authorities vote 8 s after the start, whatever the clock says.

TOR_NET=$SERVERS/tor
umask 077 # Tor wants its folders to itself
TOR_AUTHORITIES="a0 a1 a2"
TOR_RELAYS="r0 r1 r2 r3" # r0 is the exit
TOR_FIRST_VOTE=8         # seconds from the start to the first consensus; 18 where a busy machine misses that
TOR_TRIES=4
TOR_PASSWORD=Heron-Weir-9

tor_missing() {
	command -v tor >/dev/null && command -v tor-gencert >/dev/null && return 1
	return 0
}

# ---- ports and processes -----------------------------------------------------------------------------------

# All at once: asking for one at a time takes longer than the first vote leaves.
tor_take_ports() { # NAME-USE...
	local name port
	while read -r name port; do
		echo "$port" >"$TOR_NET/ports/$name"
	done < <(paste -d' ' <(printf '%s\n' "$@") <(free_ports $#))
}

tor_port() { # NAME [USE]
	cat "$TOR_NET/ports/$1-${2:-or}"
}

tor_start() { # NAME
	local folder=$TOR_NET/$1
	rm -f "$folder/onion.log"
	tor --quiet -f "$folder/torrc" >>"$folder/output" 2>&1 </dev/null &
	echo $! >"$SERVERS/$(tor_port "$1").pid"
}

tor_stop() { # NAME
	stop_server "$(tor_port "$1")"
}

tor_reload() { # NAME
	kill -HUP "$(cat "$SERVERS/$(tor_port "$1").pid")"
}

tor_wait() { # SECONDS COMMAND...: until it succeeds
	local tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# ---- configuration -----------------------------------------------------------------------------------------

# UseEntryGuards 0: in so small a network the guard is often the last hop's neighbour, and such paths fail.
tor_common() { # NAME
	cat <<END
TestingTorNetwork 1
DataDirectory $TOR_NET/$1
Nickname $1
Log notice file $TOR_NET/$1/notice.log
Log [rend]info file $TOR_NET/$1/onion.log
SafeLogging 0
ShutdownWaitLength 0
ControlSocket $TOR_NET/$1/control
CookieAuthentication 1
CookieAuthFile $TOR_NET/$1/cookie
UseEntryGuards 0
Schedulers Vanilla
END
	cat "$TOR_NET/authorities"
}

tor_relay() { # NAME
	cat <<END
SocksPort 0
ORPort 127.0.0.1:$(tor_port "$1") IPv4Only
Address 127.0.0.1
OutboundBindAddress 127.0.0.1
AssumeReachable 1
ServerDNSDetectHijacking 0
ServerDNSTestAddresses
RefuseUnknownExits 0
ServerDNSResolvConfFile $TOR_NET/resolv.conf
END
	if [ "$1" = r0 ]; then
		printf 'ExitRelay 1\nExitPolicy accept *:*\n'
	else
		echo "ExitRelay 0"
	fi
}

tor_authority() { # NAME
	cat <<END
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo nobody@leaks.example
DirPort 127.0.0.1:$(tor_port "$1" dir)
TestingV3AuthInitialVotingInterval $((TOR_FIRST_VOTE + 2))
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
TestingV3AuthVotingStartOffset @OFFSET@
V3AuthVotingInterval 300
V3AuthVoteDelay 20
V3AuthDistDelay 20
TestingDirAuthVoteExit *
TestingDirAuthVoteHSDir *
TestingDirAuthVoteGuard *
END
}

# Keys and the DirAuthority line of one authority.
tor_identity() { # NAME
	local folder=$TOR_NET/$1 ident fingerprint
	mkdir -p "$folder/keys"
	echo nobody | tor-gencert --create-identity-key --passphrase-fd 0 -m 12 -i "$folder/keys/authority_identity_key" \
		-s "$folder/keys/authority_signing_key" -c "$folder/keys/authority_certificate" >>"$folder/output" 2>&1 || return 1
	: >"$folder/empty"
	fingerprint=$(tor --quiet --list-fingerprint --DataDirectory "$folder" --Nickname "$1" --ORPort "$(tor_port "$1")" \
		--DirAuthority "x orport=1 no-v2 v3ident=0000000000000000000000000000000000000000 127.0.0.1:1 0000000000000000000000000000000000000000" \
		-f "$folder/empty" | sed 's/^[^ ]* //; s/ //g') || return 1
	ident=$(sed -n 's/^fingerprint //p' "$folder/keys/authority_certificate")
	echo "DirAuthority $1 orport=$(tor_port "$1") no-v2 v3ident=$ident 127.0.0.1:$(tor_port "$1" dir) $fingerprint" >"$folder/line"
}

# ---- onion services ----------------------------------------------------------------------------------------

tor_onion() { # NAME HOST VIRTUAL:REAL...
	local folder=$TOR_NET/services/$1 host=$2 port
	mkdir -p "$folder"
	{
		echo "HiddenServiceDir $folder"
		shift 2
		for port in "$@"; do
			echo "HiddenServicePort ${port%:*} 127.0.0.1:${port#*:}"
		done
	} >>"$TOR_NET/services.$host"
}

tor_lock() { # NAME USER
	local folder=$TOR_NET/services/$1
	mkdir -p "$folder/authorized_clients" "$TOR_NET/locks"
	openssl genpkey -algorithm x25519 -out "$TOR_NET/locks/$1.$2.pem" 2>/dev/null || return 1
	echo "descriptor:x25519:$(openssl pkey -in "$TOR_NET/locks/$1.$2.pem" -pubout -outform DER | tail -c 32 | base32 | tr -d =)" \
		>"$folder/authorized_clients/$2.auth"
}

# The line of an .auth_private file.
tor_key() { # NAME USER
	echo "$(tor_address "$1" | sed 's/\.onion$//'):descriptor:x25519:$(openssl pkey -in "$TOR_NET/locks/$1.$2.pem" -outform DER |
		tail -c 32 | base32 | tr -d =)"
}

tor_address() { # NAME
	cat "$TOR_NET/services/$1/hostname"
}

tor_hosts() {
	local file
	for file in "$TOR_NET"/services.*; do
		echo "${file##*/services.}"
	done
}

# Two descriptors a service, for now and for the period to come or gone by, each stored by every relay it went to.
tor_count_published() { # HOST
	grep -c 'HS descriptor stored' "$TOR_NET/$1/onion.log"
}

tor_is_published() { # HOST COUNT
	[ "$(tor_count_published "$1")" -ge "$2" ]
}

tor_published() { # HOST
	local services relays
	services=$(grep -c HiddenServiceDir "$TOR_NET/services.$1")
	relays=$(wc -w <<<"$TOR_AUTHORITIES $TOR_RELAYS")
	tor_wait 60 tor_is_published "$1" "$((services * 2 * (relays < 6 ? relays : 6)))"
}

# ---- clients -----------------------------------------------------------------------------------------------

tor_socks() { # CLIENT
	tor_port "$1" socks
}

tor_control_port() { # CLIENT
	tor_port "$1" dir
}

tor_control() { # CLIENT COMMAND...
	local folder=$TOR_NET/$1
	shift
	/usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/tor/control.py" "$folder/control" "$folder/cookie" "$@"
}

tor_circuits() { # CLIENT
	tor_control "$1" GETINFO circuit-status
}

tor_is_ready() { # CLIENT
	grep -q 'Bootstrapped 100' "$TOR_NET/$1/notice.log"
}

# ---- the network -------------------------------------------------------------------------------------------

tor_configure() {
	local name client password identities=()
	password=$(tor --quiet --hash-password "$TOR_PASSWORD") || return 1
	for name in $TOR_AUTHORITIES; do
		tor_identity "$name" &
		identities+=($!)
	done
	wait "${identities[@]}"
	for name in $TOR_AUTHORITIES; do
		cat "$TOR_NET/$name/line" || return 1
	done >"$TOR_NET/authorities"
	for name in $TOR_AUTHORITIES; do
		{ tor_common "$name" && tor_relay "$name" && tor_authority "$name"; } >"$TOR_NET/$name/torrc"
	done
	for name in $TOR_RELAYS; do
		mkdir "$TOR_NET/$name"
		{ tor_common "$name" && tor_relay "$name"; } >"$TOR_NET/$name/torrc"
	done
	for name in $(tor_hosts); do
		mkdir "$TOR_NET/$name"
		{ tor_common "$name" && echo "SocksPort 0" && cat "$TOR_NET/services.$name"; } >"$TOR_NET/$name/torrc"
	done
	for client in "$@"; do
		mkdir "$TOR_NET/$client" "$TOR_NET/$client/keyring"
		{
			tor_common "$client"
			echo "SocksPort 127.0.0.1:$(tor_socks "$client") ExtendedErrors"
			echo "ClientOnionAuthDir $TOR_NET/$client/keyring"
			echo "ConfluxEnabled 0"
			echo "ControlPort 127.0.0.1:$(tor_control_port "$client")"
			echo "HashedControlPassword $password"
		} >"$TOR_NET/$client/torrc"
	done
	# So nobody has to fetch the authorities' certificates.
	for name in "$TOR_NET"/*/torrc; do
		cat "$TOR_NET"/a?/keys/authority_certificate >"${name%/torrc}/cached-certs"
	done
}

# What every authority serves lists every relay.
tor_has_consensus() {
	local name running
	for name in $TOR_AUTHORITIES; do
		running=$(curl -s --noproxy '*' -m 2 "http://127.0.0.1:$(tor_port "$name" dir)/tor/status-vote/current/consensus-microdesc" |
			grep -c '^s .*Running')
		[ "$running" -eq "$(wc -w <<<"$TOR_AUTHORITIES $TOR_RELAYS")" ] || return 1
	done
}

# Clients and hosts begin with what a0 knows: asking a relay that knows nothing yet costs them ten seconds.
tor_seed() { # NAME
	curl -s --noproxy '*' "http://127.0.0.1:$(tor_port a0 dir)/tor/status-vote/current/consensus-microdesc" \
		>"$TOR_NET/$1/cached-microdesc-consensus"
	cat "$TOR_NET"/a0/cached-microdescs "$TOR_NET"/a0/cached-microdescs.new 2>/dev/null >"$TOR_NET/$1/cached-microdescs"
}

tor_failed() { # STEP
	echo "# the Tor network: $1"
	return 1
}

# One first consensus for all, TOR_FIRST_VOTE seconds from now.
tor_start_authorities() {
	local name offset
	offset=$((($(date +%s) + TOR_FIRST_VOTE) % (TOR_FIRST_VOTE + 2)))
	for name in $TOR_AUTHORITIES; do
		sed -i "s/@OFFSET@/$offset/" "$TOR_NET/$name/torrc"
		tor_start "$name"
	done
	for name in $TOR_AUTHORITIES; do
		wait_port "$(tor_port "$name" dir)" || return 1
	done
}

tor_boot() { # CLIENT...
	local name client ports=(names-or)
	mkdir -p "$TOR_NET/ports"
	for name in $TOR_AUTHORITIES $TOR_RELAYS $(tor_hosts) "$@"; do
		ports+=("$name-or" "$name-dir" "$name-socks")
	done
	tor_take_ports "${ports[@]}"
	start_server names "$(tor_port names)" /usr/bin/python3 "$LEAKTRAWL_SOURCE/tests/tor/names.py" "$(tor_port names)" || return 1
	echo "nameserver 127.0.0.1:$(tor_port names)" >"$TOR_NET/resolv.conf"
	tor_configure "$@" || tor_failed "no keys" || return 1
	tor_start_authorities || tor_failed "an authority does not start" || return 1
	for name in $TOR_RELAYS; do
		tor_start "$name"
	done
	tor_wait $((TOR_FIRST_VOTE + 7)) tor_has_consensus || tor_failed "the first consensus is incomplete" || return 1
	for name in $(tor_hosts) "$@"; do
		tor_seed "$name"
		tor_start "$name"
	done
	for client in "$@"; do
		tor_wait 60 tor_is_ready "$client" || tor_failed "client $client finds no circuits" || return 1
	done
	for name in $(tor_hosts); do
		tor_published "$name" || tor_failed "onion host $name publishes no descriptors" || return 1
	done
}

# Stops what runs and forgets all but services and their keys.
tor_clear() {
	local name
	for name in names $TOR_AUTHORITIES $TOR_RELAYS $(tor_hosts) "$@"; do
		tor_stop "$name"
		rm -rf "${TOR_NET:?}/$name"
	done
	rm -rf "$TOR_NET/ports"
}

tor_network() { # CLIENT...
	local try
	for try in $(seq "$TOR_TRIES"); do
		tor_boot "$@" && return 0
		tor_failed "try $try of $TOR_TRIES did not come up"
		TOR_FIRST_VOTE=18
		tor_clear "$@"
	done
	return 1
}
