#!/usr/bin/env bash
# The main job as a person runs it: a leak site behind a real SOCKS5 proxy, crawled twice, then with the proxy gone.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/servers.sh
. "$LEAKTRAWL_SOURCE/tests/lib/servers.sh"
leaktrawl=$LEAKTRAWL_BUILD/leaktrawl
# shellcheck source=demo/lib.sh
. "$LEAKTRAWL_SOURCE/demo/lib.sh"

work=$SERVERS/demo
mkdir "$work"
demo_start "$work"
lt() { "$leaktrawl" --config "$work/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} "$@"; }
secrets='Kittiwake-Bay-27|Winter-Harbour-91|Moss\+Lichen3|Tern-Skerry-4|Guillemot-62-Ledge|Heron-Weir-1|Ostsee-2019|7f3c9a51d0b24e66|AXEAq7rL0'

lt crawl >"$work/out1" 2>"$work/err1"
is "the first crawl ends with 10: new findings" $? 10
lt findings --format jsonl >"$work/findings1"
is "nine findings are in the index" "$(jq -s length "$work/findings1")" 9
for account in m.okafor@royal-post.example jdoe s.varga@royal-post.example 'ROYALPOST\t.brandt'; do
	is "$account is found" "$(jq -r --arg a "$account" 'select(.account == $a) | .account' "$work/findings1" | sort -u)" "$account"
done
is "the VPN cookie and the infected machine's sign-on cookie are found, no tracker" \
	"$(jq -r 'select(.kind == "cookie") | .cookie.name' "$work/findings1" | sort | paste -sd' ')" "DSID ESTSAUTHPERSISTENT"
is "what the machine gave away carries its name" "$(jq -r 'select(.attribution == "machine") | .machine.name' "$work/findings1" | sort -u)" PC-7
is "the customer's log-in is told apart" "$(jq -r 'select(.audience == "customer") | .account' "$work/findings1")" kunde@mail.test
is "the customer's bank is nobody's business" "$(jq -r 'select(.account == "kunde") | .account' "$work/findings1")" ""
is "each staff finding was alerted once" "$(grep -c . "$work/alerts.jsonl")" "$(jq -s '[.[] | select(.audience != "customer")] | length' "$work/findings1")"
is "no alert went out twice" "$(jq -r .id "$work/alerts.jsonl" | sort | uniq -d)" ""
is "no secret stands in alerts, output or log" \
	"$(cat "$work/alerts.jsonl" "$work/out1" "$work/err1" "$work/findings1" | grep -cE "$secrets")" 0
is "no secret stands in the index" "$(cat "$work"/index.db* | grep -acE "$secrets")" 0
is "the index is for its owner alone" "$(stat -c %a "$work/index.db")" 600
is "the link to a link-local address was not followed" "$(requests "$site_port" meta-data)" 0

alerts=$(grep -c . "$work/alerts.jsonl")
before=$(requests "$site_port")
lt crawl --force >"$work/out2" 2>"$work/err2"
is "the second crawl, with --force, ends with 0: nothing new" $? 0
is "every page was answered 304, the deleted one 404" \
	"$(request_lines "$site_port" | tail -n "+$((before + 1))" | awk '{print $9}' | sort -u | paste -sd' ')" "304 404"
is "no alert was sent again" "$(grep -c . "$work/alerts.jsonl")" "$alerts"
is "no finding was added" "$(lt findings --format jsonl | jq -s length)" 9

stop_server "$proxy_port"
before=$(requests "$site_port")
no_proxy='*' NO_PROXY='*' lt crawl --force --once >"$work/out3" 2>"$work/err3"
is "with the proxy stopped the crawl ends with 3" $? 3
is "the site saw not one request, with no_proxy set too" "$(requests "$site_port")" "$before"
like "the coverage names the proxy" "$(cat "$work/err3")" "proxy_down"

if sandboxed; then
	ok "the demonstration runs to its end" "$LEAKTRAWL_SOURCE/demo/run"
else
	skip 1 "the demonstration stands behind its walls"
fi
done_testing
