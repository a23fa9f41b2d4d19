# Starts the demonstration's leak site and proxy; sourced by demo/run and by the end-to-end tests.
# shellcheck shell=bash
: "${leaktrawl:?the program to run}"
demo_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# demo_start WORK: site, proxy, keys and configuration in WORK; sets site_port and proxy_port.
demo_start() {
	local work=$1
	chmod 700 "$work"
	cp -r "$demo_folder/site" "$work/site"
	mkdir -p "$work/site/files"
	(cd "$demo_folder/logs" && find . -type f | sort | zip -q -X -@ "$work/site/files/logs-november.zip")
	gzip -9nc "$demo_folder/combo.txt" >"$work/site/files/combo.txt.gz"
	# nginx may run as another user and must read the site, not the keys.
	chmod 711 "$work"
	chmod -R a+rX "$work/site"
	site_port=$(free_port)
	start_nginx "$work/site" "$site_port"
	proxy_port=$(free_port)
	start_microsocks "$proxy_port"
	"$leaktrawl" init "$work/new" >/dev/null 2>&1
	mkdir -m 700 "$work/team"
	mv "$work/new/team.key" "$work/team/"
	mv "$work/new/team.pub" "$work/new/fingerprint.key" "$work/"
	rm -rf "$work/new"
	: >"$work/alerts.jsonl"
	install -m 755 "$demo_folder/hook" "$work/hook"
	cp "$demo_folder/staff.csv" "$work/staff.csv"
	demo_config "$work" >"$work/leaktrawl.yml"
	chmod 600 "$work/leaktrawl.yml" "$work/staff.csv"
}

demo_config() {
	sed -e "s|@SITE_PORT@|$site_port|g" -e "s|@PROXY_PORT@|$proxy_port|g" \
		-e "s|@HOOK@|$1/hook|g" -e "s|@ALERTS@|$1/alerts.jsonl|g" "$demo_folder/leaktrawl.yml.in"
}
