#!/usr/bin/env bash
# What a person sees, in a real terminal of 80 and of 60 columns.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"

folder=$(mktemp -d)
export TMUX_TMPDIR=$folder LANG=C.UTF-8
trap 'for n in $(seq "$screens"); do tmux -L "screen$n" kill-server 2>/dev/null; done; rm -rf "$folder"' EXIT
cd "$folder" || exit 1
unset TMUX LEAKTRAWL_CONFIG
lt="$LEAKTRAWL_BUILD/leaktrawl --config $folder/home/leaktrawl.yml ${LEAKTRAWL_UNSANDBOXED:+--allow-unsandboxed}"

# screen COLUMNS COMMAND: what stands on the screen when the command has ended, in $screen. Each screen has a
# server of its own: one that has just lost its last session may still answer, and then takes the next along.
screens=0
screen() {
	screens=$((screens + 1))
	local server="screen$screens"
	screen="no screen"
	tmux -L "$server" -u new-session -d -x "$1" -y 50 \
		"$2; tmux -L $server wait-for -S ended; tmux -L $server wait-for shown" || return
	tmux -L "$server" wait-for ended
	screen=$(tmux -L "$server" capture-pane -p | sed '/^ *$/d')
	tmux -L "$server" wait-for -S shown
}

"$LEAKTRAWL_BUILD/leaktrawl" init home >/dev/null 2>&1
for n in 1 2 3; do
	echo "https://access.royal-post.example/login:somebody.with.a.long.name$n@royal-post.example:Kittiwake-Bay-$n"
done >dump.txt
printf 'Rar!\x1a\x07\x00\xff\xff\xff\xff\xff' >"$folder/broken.rar"

# ---- the bar ---------------------------------------------------------------------------------------------

screen 80 "$lt scan --verbose $folder/dump.txt $folder/broken.rar"
unlike "the bar is gone at the end" "$screen" '\[[#.]+\]|B/s'
like "the summary stands there" "$screen" '^findings: 3 new'
like "and what was not read" "$screen" '^coverage: 1 places? '
screen 80 "$lt scan --no-index --format jsonl $folder/dump.txt"
is "a finding begins a line of its own, the bar gone" "$(grep -c '^{"schema"' <<<"$screen")" 3
unlike "with findings on the same terminal the bar is gone, too" "$screen" '\[[#.]+\]|B/s'

# ---- tables ----------------------------------------------------------------------------------------------

for width in 80 60; do
	screen "$width" "$lt findings 2>/dev/null"
	is "at $width columns each finding is one line" "$(grep -c '^critical  password  ' <<<"$screen")" 3
	is "at $width columns nothing wraps" "$(grep -cv -e '^SEVERITY ' -e '^critical ' <<<"$screen")" 0
	like "at $width columns the id that show takes is still there" "$screen" 'f_[0-9a-f]{10}$'
	screen "$width" "$lt runs"
	is "at $width columns each run is one line" "$(grep -cE '^ +1  scan  ' <<<"$screen")" 1
done
screen 80 "$lt show \$($lt findings --format jsonl | head -n 1 | jq -r .id)"
like "show begins a sighting with its time and place" "$screen" "^  20..-..-.. ..:..  $folder/dump.txt:[123] \(byte [0-9]+\)$"
is "and tells the place once" "$(grep -c 'dump\.txt' <<<"$screen")" 1
done_testing
