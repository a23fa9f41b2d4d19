# shellcheck shell=bash
# Real servers for tests, all on 127.0.0.1, all below one folder that goes away with them.
#
# Sourcing this makes $SERVERS (a fresh 0700 folder) and a trap that stops everything at exit; a test that
# needs its own trap calls stop_all in it. Each start_ function waits until the port answers and fails
# (status 1, the server's log on standard error) when it does not. Logs: $SERVERS/NAME-PORT.log.
#
#   port=$(free_port)                           one that is this test's alone until it ends; free_ports COUNT: a line each
#   wait_until COMMAND...                       until it succeeds; any_runs, none_runs PGREP-ARGUMENT...
#   name_host leaks.example paste.example       names that the proxies started afterwards resolve to 127.0.0.1
#   start_nginx DIR PORT [EXTRA]                serves DIR; EXTRA goes into the server block; access log: requests PORT, request_lines PORT
#   start_nginx_tls DIR PORT CERT KEY [EXTRA]
#   start_microsocks PORT [USER PASSWORD]       SOCKS5; what it connected to: proxied PORT
#   start_tinyproxy PORT [USER PASSWORD [EXTRA]]  HTTP proxy; EXTRA are lines of its configuration
#   start_danted PORT [USER PASSWORD]           SOCKS5, dante's
#   make_ca NAME; make_cert CA NAME HOST [DAYS] certificates: $SERVERS/NAME.pem and NAME.key
#   start_server NAME PORT COMMAND...           anything else that listens on PORT and stays in the foreground
#   stop_server PORT                            stops the one on PORT and waits until it is gone
#   stop_all

PATH=$PATH:/usr/sbin:/sbin
SERVERS=$(mktemp -d "${TMPDIR:-/tmp}/leaktrawl-test.XXXXXX") || exit 99
port_claims=${TMPDIR:-/tmp}/leaktrawl-ports.$(id -u)
trap stop_all EXIT
# Other ways to the network must not decide what a test sees.
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY

# Ports below the range the kernel hands to outgoing connections, so that none of those takes one meanwhile. Tests run beside
# each other: a port is its test's from here to the test's end, whether anything listens there or not.
free_ports() { # COUNT
	/usr/bin/python3 - "$port_claims" "$SERVERS/claims" "$$" "$1" <<'END'
import fcntl, os, random, socket, sys

folder, ours, owner, count = sys.argv[1:]

def is_free(port):
    try:
        with open(f"{folder}/{port}") as claim:
            if os.path.exists("/proc/" + claim.read()):
                return False
    except FileNotFoundError:
        pass
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

os.makedirs(folder, exist_ok=True)
with open(f"{folder}/lock", "w") as lock, open(ours, "a") as claims:
    fcntl.flock(lock, fcntl.LOCK_EX)
    ports = []
    while len(ports) < int(count):
        port = random.randint(10000, 32000)
        if is_free(port):
            with open(f"{folder}/{port}", "w") as claim:
                claim.write(owner)
            print(port, file=claims)
            ports.append(port)
print(*ports, sep="\n")
END
}

free_port() {
	free_ports 1
}

port_answers() { # PORT
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Until something answers there, for a minute at most, and no longer than the process PID lives.
wait_port() { # PORT [PID]
	local tries=1200
	while [ "$tries" -gt 0 ]; do
		port_answers "$1" && return 0
		[ -z "${2:-}" ] || process_runs "$2" || return 1
		sleep 0.05
		tries=$((tries - 1))
	done
	return 1
}

server_log() { # PORT
	cat "$SERVERS"/*-"$1".log 2>/dev/null
}

start_server() { # NAME PORT COMMAND...
	local name=$1 port=$2
	shift 2
	"$@" >>"$SERVERS/$name-$port.log" 2>&1 </dev/null &
	echo $! >"$SERVERS/$port.pid"
	wait_port "$port" $! && return 0
	echo "$name did not come up on port $port:" >&2
	server_log "$port" >&2
	return 1
}

process_runs() { # PID; a dead one nobody has waited for does not
	grep -q '^State:[[:space:]]*[RSDTtI]' "/proc/$1/status" 2>/dev/null
}

# Until the command succeeds, for two minutes at most: more than the busiest machine needs.
wait_until() { # COMMAND...
	local tries=2400
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# Whether a process of these runs; those that are dead and only waited for do not count.
any_runs() { # PGREP-ARGUMENT...
	local pid
	for pid in $(pgrep "$@"); do
		process_runs "$pid" && return 0
	done
	return 1
}

none_runs() { # PGREP-ARGUMENT...
	! any_runs "$@"
}

stop_server() { # PORT
	local pid
	pid=$(cat "$SERVERS/$1.pid" 2>/dev/null) || return 0
	rm -f "$SERVERS/$1.pid"
	kill "$pid" 2>/dev/null || :
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		process_runs "$pid" || break
		sleep 0.05
	done
	process_runs "$pid" && kill -9 "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || : # its status is that of a process killed
	return 0
}

stop_all() {
	local file
	for file in "$SERVERS"/*.pid; do
		[ -f "$file" ] && stop_server "$(basename "$file" .pid)"
	done
	while read -r file; do
		rm -f "$port_claims/$file"
	done < <(cat "$SERVERS/claims" 2>/dev/null)
	if [ -n "${LEAKTRAWL_KEEP:-}" ]; then
		echo "# kept: $SERVERS"
	else
		rm -rf "$SERVERS"
	fi
}

nginx_server() { # DIR PORT LISTEN EXTRA MORE-SERVERS
	local state=$SERVERS/nginx-$2
	mkdir -p "$state"
	cat >"$state.conf" <<END
daemon off;
master_process off;
pid $state/pid;
error_log $SERVERS/nginx-error-$2.log;
events { worker_connections 256; }
http {
	types { text/html html htm; text/plain txt; application/json json; application/zip zip; }
	default_type application/octet-stream;
	access_log $state.requests;
	client_body_temp_path $state/body;
	proxy_temp_path $state/proxy;
	fastcgi_temp_path $state/fastcgi;
	uwsgi_temp_path $state/uwsgi;
	scgi_temp_path $state/scgi;
	server {
		listen 127.0.0.1:$3;
		root $1;
		$4
	}
	$5
}
END
	: >"$state.requests"
	start_server nginx "$2" nginx -e "$SERVERS/nginx-error-$2.log" -c "$state.conf"
}

start_nginx() { # DIR PORT [EXTRA]
	nginx_server "$1" "$2" "$2" "${3:-}" "server { listen 127.0.0.1:$2; server_name settled.invalid; access_log off; return 204; }"
}

start_nginx_tls() { # DIR PORT CERT KEY [EXTRA]
	nginx_server "$1" "$2" "$2 ssl" "ssl_certificate $3; ssl_certificate_key $4; ${5:-}" ""
}

# make_ca NAME: $SERVERS/NAME.pem and .key, a certificate authority of its own.
make_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$SERVERS/$1.key" -out "$SERVERS/$1.pem" 2>>"$SERVERS/openssl.log"
}

# make_cert CA NAME HOST [DAYS]: $SERVERS/NAME.pem and .key for that host; DAYS below 0 make one that has run out.
make_cert() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$3" -keyout "$SERVERS/$2.key" -out "$SERVERS/$2.csr" \
		2>>"$SERVERS/openssl.log" &&
		openssl x509 -req -in "$SERVERS/$2.csr" -CA "$SERVERS/$1.pem" -CAkey "$SERVERS/$1.key" -set_serial "$RANDOM" -days "${4:-2}" \
			-extfile <(echo "subjectAltName=DNS:$3") -out "$SERVERS/$2.pem" 2>>"$SERVERS/openssl.log"
}

# nginx writes its line behind the last byte of an answer, before it turns to anything else: who is answered now finds all lines written.
settle() { # PORT
	[ -f "$SERVERS/$1.pid" ] && grep -q settled.invalid "$SERVERS/nginx-$1.conf" || return 0 # a TLS server would log it
	(exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET / HTTP/1.0\r\nHost: settled.invalid\r\n\r\n' >&3 && cat <&3 >/dev/null) 2>/dev/null
	return 0
}

# A line for each request that nginx on PORT has answered.
request_lines() { # PORT
	settle "$1"
	cat "$SERVERS/nginx-$1.requests"
}

# How many of them; with a second argument, how many that match it.
requests() { # PORT [REGEX]
	request_lines "$1" | grep -Ec -e "${2:-.}"
}

# Proxies resolve names as a person's own would, through the C library; the hosts file is ours.
name_host() { # NAME...
	local name
	for name in "$@"; do
		echo "127.0.0.1 $name" >>"$SERVERS/hosts"
	done
}

with_names() { # COMMAND...
	touch "$SERVERS/hosts"
	exec env LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_HOSTS="$SERVERS/hosts" "$@"
}

start_microsocks() { # PORT [USER PASSWORD]
	start_server microsocks "$1" with_names microsocks -i 127.0.0.1 -p "$1" ${2:+-u "$2" -P "$3"}
}

# host:port of every connection microsocks on PORT was asked for and made.
proxied() { # PORT
	sed -n 's/.*connected to //p' "$SERVERS/microsocks-$1.log"
}

# Its users are the system's, as libnss-wrapper tells them.
start_danted() { # PORT [USER PASSWORD]
	local state=$SERVERS/danted-$1
	mkdir -p "$state"
	chmod 711 "$SERVERS" "$state"
	{
		[ "$(id -u)" -ne 0 ] || printf 'user.privileged: root\nuser.unprivileged: nobody\n'
		cat <<-END
			logoutput: stderr
			internal: 127.0.0.1 port = $1
			external: 127.0.0.1
			clientmethod: none
			socksmethod: ${2:+username}
			client pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }
			socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 command: connect log: connect error }
		END
	} | sed "s/socksmethod: \$/socksmethod: none/; s/[{}]/\n&\n/g; s/ \(to\|command\|log\):/\n\1:/g" >"$state/conf"
	grep -E '^(root|nobody):' /etc/passwd >"$state/passwd"
	grep -E '^(root|nogroup):' /etc/group >"$state/group"
	: >"$state/shadow"
	if [ -n "${2:-}" ]; then
		echo "$2:x:4242:4242::/:/usr/sbin/nologin" >>"$state/passwd"
		echo "$2:$(openssl passwd -6 "$3"):19000:0:99999:7:::" >"$state/shadow"
	fi
	start_server danted "$1" with_names env NSS_WRAPPER_PASSWD="$state/passwd" NSS_WRAPPER_GROUP="$state/group" \
		NSS_WRAPPER_SHADOW="$state/shadow" danted -f "$state/conf" -p "$state/pid" -N 1
}

start_tinyproxy() { # PORT [USER PASSWORD [EXTRA]]
	cat >"$SERVERS/tinyproxy-$1.conf" <<END
Port $1
Listen 127.0.0.1
Timeout 30
MaxClients 100
LogLevel Connect
DisableViaHeader Yes
${2:+BasicAuth $2 $3}
${4:-}
END
	start_server tinyproxy "$1" with_names tinyproxy -d -c "$SERVERS/tinyproxy-$1.conf"
}
