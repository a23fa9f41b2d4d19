# shellcheck shell=bash
# A configuration for tests that crawl. Source servers.sh first.
#
#   crawl_folder DIR               keys and the beginning of a configuration; the test adds proxies, sources, limits
#   lt COMMAND...                  leaktrawl with the configuration of $crawl_work
#   crawl_coverage SOURCE          the last run's coverage of a source, as JSON
#   leak N                         a line that is one finding, another for each N

leaktrawl=$LEAKTRAWL_BUILD/leaktrawl

crawl_folder() { # DIR
	crawl_work=$1
	mkdir -p "$crawl_work"
	chmod 700 "$crawl_work"
	"$leaktrawl" init "$crawl_work/new" >/dev/null 2>&1 || return 1
	mv "$crawl_work/new/team.pub" "$crawl_work/new/fingerprint.key" "$crawl_work/"
	rm -rf "$crawl_work/new"
	cat >"$crawl_work/leaktrawl.yml" <<'END'
organisation: Royal Post
index: index.db
keys: {public: [team.pub], fingerprint: fingerprint.key}
watch:
  domains: [royal-post.example]
  hosts: [{name: access.royal-post.example, role: staff}]
END
	chmod 600 "$crawl_work/leaktrawl.yml"
}

lt() {
	"$leaktrawl" --config "$crawl_work/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} "$@"
}

crawl_coverage() { # SOURCE
	lt runs last --format json 2>/dev/null | jq -c --arg source "$1" '.coverage[] | select(.source == $source)'
}

leak() { # N
	echo "https://access.royal-post.example/login:user$1@royal-post.example:Plover-Ness-$((1000 + $1))"
}
