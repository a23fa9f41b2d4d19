#!/usr/bin/env bash
# What `make install` puts where, and that it works there without source and build folder.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$(sed -n 's/^prefix = //p' "$LEAKTRAWL_BUILD/Makefile")
ok "make install takes DESTDIR" make -C "$LEAKTRAWL_BUILD" -s install DESTDIR="$folder/root" MAKEFLAGS=
cd "$folder/root$prefix" || exit 1
is "the program is in bin" "$(ls bin)" leaktrawl
is "the workers are in libexec" "$(ls libexec/leaktrawl | paste -sd' ')" "leaktrawl-control leaktrawl-fetch leaktrawl-inspect leaktrawl-notify"
is "formats are in share" "$(ls share/leaktrawl | paste -sd' ')" "data patterns"
is "and all of them" "$(cd share/leaktrawl && find . -name '*.yml' | sort)" "$(cd "$LEAKTRAWL_SOURCE" && find ./data ./patterns -name '*.yml' | sort)"
is "the manual is in share/man" "$(find share/man -type f -printf '%f\n' | sort | paste -sd' ')" \
	"$(cd "$LEAKTRAWL_SOURCE/man" && ls ./*.[0-9] | sed 's|./||' | sort | paste -sd' ')"
is "services start what was installed" "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' lib/systemd/system/*.service | sort -u)" "$prefix/bin/leaktrawl"
is "nothing else is writable or run" "$(find . -type f -perm /111 | sort | paste -sd' ')" \
	"./bin/leaktrawl ./libexec/leaktrawl/leaktrawl-control ./libexec/leaktrawl/leaktrawl-fetch ./libexec/leaktrawl/leaktrawl-inspect ./libexec/leaktrawl/leaktrawl-notify"

# The installed tree in its place, with source and build folder out of sight.
cat >"$folder/inside" <<'END'
mount --bind "$1/root$2" "$2" && mount -t tmpfs none "$3" && cd / || exit 77
PATH=$2/bin:$PATH
leaktrawl init "$1/home" && printf 'j.doe@royal-post.example:Plover-Ness-1\n' |
	leaktrawl --config "$1/home/leaktrawl.yml" ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed} scan --no-index --format jsonl -
END
# The folder that is hidden must not hold what is looked at.
case $folder in "$LEAKTRAWL_BUILD"/*) skip 2 "temporary files are in the build folder" && done_testing ;; esac
unshare -rm sh "$folder/inside" "$folder" "$prefix" "$LEAKTRAWL_BUILD" >"$folder/out" 2>"$folder/err"
status=$?
if [ "$status" -eq 77 ] || grep -q '^unshare:' "$folder/err"; then
	skip 2 "no mount namespace of one's own here"
else
	is "the installed program scans" "$status" 10 || diag "$(cat "$folder/err")"
	like "and finds" "$(cat "$folder/out")" '"account":"j.doe@royal-post.example"'
fi
done_testing
