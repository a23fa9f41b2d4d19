#!/usr/bin/env bash
# Leaktrawl as a service: it ends on SIGTERM, is quiet when told, writes lines for the journal, and its units hold.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh"
# shellcheck source=tests/lib/crawl.sh
. "$LEAKTRAWL_SOURCE/tests/lib/crawl.sh"

# A site that answers its front page and leaves everything else hanging.
cat >"$SERVERS/hanging.py" <<'END'
import http.server, sys, time
class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if self.path == "/":
            self.wfile.write(b'<a href="/p/1">1</a> https://access.royal-post.example/:j.doe@royal-post.example:Plover-Ness-1\n')
        else:
            open(sys.argv[2], "w").write(self.path)
            time.sleep(600)
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Site).serve_forever()
END
site=$(free_port)
start_server hanging "$site" /usr/bin/python3 "$SERVERS/hanging.py" "$site" "$SERVERS/asked"
proxy=$(free_port)
start_microsocks "$proxy"
crawl_folder "$SERVERS/home"
cat >>"$crawl_work/leaktrawl.yml" <<END
proxies: {p: {url: "socks5h://127.0.0.1:$proxy"}}
sources:
  - {name: hanging, start: ["http://127.0.0.1:$site/"], via: p, follow: ["/p/"], depth: 1, every: 1d, delay: 0s}
END

# ended PID: its status when it ends, else "not".
ended() {
	if wait_until eval "! process_runs $1"; then
		wait "$1"
		echo $?
	else
		kill -9 "$1"
		echo not
	fi
}

for way in "" --daemon; do
	: >"$SERVERS/asked"
	setsid "$leaktrawl" --config "$crawl_work/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} \
		crawl --force --quiet ${way:+"$way"} >"$SERVERS/out" 2>"$SERVERS/err" &
	pid=$!
	wait_until test -s "$SERVERS/asked" # for the page that never ends
	kill -TERM "$pid"
	ended "$pid" >"$SERVERS/status"
	isnt "SIGTERM ends crawl $way in the middle of a page" "$(cat "$SERVERS/status")" not
	unlike "crawl $way --quiet says warnings and errors alone" "$(cat "$SERVERS/err")" '^leaktrawl[^:]*: [^we]'
	ok "crawl $way leaves no worker behind" wait_until none_runs -s "$pid"
done
is "what was found before stays found" "$(lt findings --format jsonl 2>/dev/null | jq -r .account)" j.doe@royal-post.example

# Pages that take the inspectors a while, and a hook that takes its time for what they found.
mkdir "$SERVERS/www"
for n in $(seq 40); do
	{ echo "https://access.royal-post.example/:u$n@royal-post.example:Plover-Ness-$n" && yes 'visit royal-post.example today' | head -n 20000; } >"$SERVERS/www/p$n"
done
seq -f '<a href="/p%g">paste</a>' 40 >"$SERVERS/www/index.html"
chmod 711 "$SERVERS" && chmod -R a+rX "$SERVERS/www"
many=$(free_port)
start_nginx "$SERVERS/www" "$many" 'default_type text/html;' || exit 99
cat >"$SERVERS/slow-hook" <<'END'
#!/bin/sh
cat >/dev/null
echo >>"$1"
sleep 1
END
chmod 700 "$SERVERS/slow-hook"
sed -i '/^sources:/,$d' "$crawl_work/leaktrawl.yml"
cat >>"$crawl_work/leaktrawl.yml" <<END
sources:
  - {name: many, start: ["http://127.0.0.1:$many/"], via: p, follow: ["/p"], delay: 0s}
hooks:
  - {name: slow, exec: ["$SERVERS/slow-hook", "$SERVERS/told"], min_severity: low}
END
: >"$SERVERS/told"
setsid "$leaktrawl" --config "$crawl_work/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} \
	crawl --quiet >"$SERVERS/out" 2>"$SERVERS/err" &
pid=$!
wait_until test -s "$SERVERS/told"
kill -TERM "$pid"
wait "$pid"
is "SIGTERM while pages are read and alerts are handed out ends in order" $? 13
unlike "and no worker is taken for a liar" "$(cat "$SERVERS/err")" 'bad message|Sanitizer'

exec 7>"$SERVERS/journal"
JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/7) "$leaktrawl" findings --config /nowhere/leaktrawl.yml 2>&7 >/dev/null
like "lines for the journal begin with their priority" "$(cat "$SERVERS/journal")" '^<3>leaktrawl: error: '
"$leaktrawl" findings --config /nowhere/leaktrawl.yml 2>"$SERVERS/plain" >/dev/null
like "lines for everything else do not" "$(cat "$SERVERS/plain")" '^leaktrawl: error: '

if command -v systemd-analyze >/dev/null; then
	for unit in leaktrawl-crawl.service leaktrawl-daemon.service; do
		mkdir -p "$SERVERS/units"
		sed "s|^ExecStart=[^ ]*|ExecStart=$leaktrawl|" "$LEAKTRAWL_BUILD/data/systemd/$unit" >"$SERVERS/units/$unit"
		cp "$LEAKTRAWL_SOURCE/data/systemd/leaktrawl-crawl.timer" "$SERVERS/units/"
	done
	for unit in leaktrawl-crawl.service leaktrawl-daemon.service leaktrawl-crawl.timer; do
		is "systemd has nothing to say against $unit" "$(systemd-analyze verify --man=no "$SERVERS/units/$unit" 2>&1 | grep -F leaktrawl)" ""
	done
	for unit in leaktrawl-crawl.service leaktrawl-daemon.service; do
		ok "$unit exposes little" systemd-analyze security --offline=yes --threshold=25 "$SERVERS/units/$unit"
	done
else
	skip 5 "no systemd-analyze here"
fi
done_testing
