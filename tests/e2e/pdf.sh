#!/bin/bash
# The text of PDF documents is read behind the walls, however it was written; what stays unread is said.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need qpdf zip jq python3
enter_work
python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_pdf.py" . || exit 1

driver_form='"\(.path):\(.account):\(.service // ""):\(.secret.value)"'
found() { driver_found "$@" | sort; }
missed() { driver_missed "$@"; }
login() {
	is "$1" "$(found "$2.pdf")" "$2.pdf!/text:jdoe:access.royal-post.example:$3"
}
combo() {
	is "$1" "$(found "$2.pdf")" "$2.pdf!/text:jdoe@royal-post.example::$3"
}
whole() {
	is "$1.pdf is read whole" "$(missed "$1.pdf")" ""
}

# ---- how text stands in it -----------------------------------------------------------------------
login "lines of a page" lines Auk-Stack-1
login "deflated content" deflated Auk-Stack-2
login "content in ASCII85, deflated" ascii85 Auk-Stack-3
login "deflated content with a predictor" predictor Auk-Stack-4
combo "kerned text is one word" kerned Auk-Stack-5
login "gaps in a line are blanks" gaps Auk-Stack-6
login "the operators that move to the next line" quotes Auk-Stack-7
combo "escapes of strings" escapes 'Auk(Stack)-8'
combo "letters placed one by one" letters Auk-Stack-9
combo "a composite font with a Unicode map" composite Auk-ü😀-10
combo "codes that are Unicode" ucs2 Auk-東-11
combo "codes of Shift JIS" sjis Auk-東-12
combo "glyphs by their names" differences Auk-Staäk-13
combo "cells of a table, under its header" table 'Auk Stack 14'
combo "a table written column by column" table-by-column 'Auk Stack 15'
login "two columns of text are not mixed" columns Auk-Stack-16
login "a form within the page" form Auk-Stack-17
login "a page that is turned" turned Auk-Stack-18
combo "content in two streams" two-contents Auk-Stack-19
is "links and comments" "$(found notes.pdf)" \
	"notes.pdf!/text:jdoe:access.royal-post.example:Auk-Stack-20"$'\n'"notes.pdf!/text:m.okafor@royal-post.example::Auk-Stäck-20"
combo "fields of a form, and those above them" fields Auk-Stack-21
is "an attached file" "$(found attached.pdf)" "attached.pdf!/PC-7/Passwords.txt:jdoe:access.royal-post.example:Auk-Stack-22"
is "a file pinned to a page" "$(found pinned.pdf)" "pinned.pdf!/b.txt:jdoe@royal-post.example::Auk-Stack-23"
login "a record over two pages" over-two-pages Auk-Stack-24
combo "bold text that was written twice" bold Auk-Stack-25
combo "behind an image within the content" image-within Auk-Stack-26
for name in lines deflated ascii85 predictor kerned composite differences table columns form notes fields attached two-contents; do
	whole "$name"
done

# ---- structure, by another program ---------------------------------------------------------------
qpdf --object-streams=generate lines.pdf streams.pdf
login "objects in streams" streams Auk-Stack-1
qpdf --linearize lines.pdf linear.pdf
login "a linearised document" linear Auk-Stack-1
for bits in 40 128 256; do
	qpdf --allow-weak-crypto --encrypt '' owner "$bits" -- lines.pdf "open-$bits.pdf"
	login "guarded against changes only, $bits bits" "open-$bits" Auk-Stack-1
done
qpdf --encrypt infected owner 256 -- lines.pdf known.pdf
login "a password of the shipped list" known Auk-Stack-1
qpdf --encrypt 'S3cret channel' owner 256 -- lines.pdf posted.pdf
is "a password of the posting" "$(found --posting $'Password: S3cret channel\nenjoy' posted.pdf)" \
	"posted.pdf!/text:jdoe:access.royal-post.example:Auk-Stack-1"
qpdf --encrypt nobody-knows owner 256 -- lines.pdf shut.pdf
is "nothing comes out of a shut one" "$(found shut.pdf)" ""
is "... and that is said" "$(missed shut.pdf)" "shut.pdf:CAUSE_ENCRYPTED:pdf"
zip -q in.zip lines.pdf stub.pdf
is "a document in an archive" "$(found in.zip)" "in.zip!/lines.pdf!/text:jdoe:access.royal-post.example:Auk-Stack-1"
{ printf 'HTTP noise\n' && cat lines.pdf; } >behind.pdf
login "a document behind a few other bytes" behind Auk-Stack-1
{ printf 'jdoe@royal-post.example:Auk-Stack-40\n' && cat lines.pdf; } >dump.txt
is "a text that goes on with one is a text" "$(found dump.txt)" "dump.txt:jdoe@royal-post.example::Auk-Stack-40"
tar cf first.tar lines.pdf kerned.pdf
is "an archive that begins with one is an archive" "$(found first.tar | cut -d: -f1 | tr '\n' ' ')" \
	"first.tar!/kerned.pdf!/text first.tar!/lines.pdf!/text "

# ---- damage and malice ---------------------------------------------------------------------------
login "a broken cross reference table" no-table Auk-Stack-31
login "pages that contain themselves" page-loop Auk-Stack-32
combo "a form that shows itself" self-form Auk-Stack-33
like "... is said" "$(missed self-form.pdf)" ':CAUSE_LIMIT:'
combo "a hundred thousand saved states" deep-states Auk-Stack-34
combo "numbers that are none" odd-numbers Auk-Stack-35
login "what comes before a damaged end" cut-stream Auk-Stack-36
like "... which is said" "$(missed cut-stream.pdf)" ':CAUSE_(MALFORMED|TRUNCATED):'
combo "text beside text that cannot be read" unmapped Auk-Stack-37
like "... and that some cannot is said" "$(missed unmapped.pdf)" ':CAUSE_UNSUPPORTED:text in a font'
like "content that is an image is said" "$(missed image-coding.pdf)" ':CAUSE_MALFORMED:'
like "a page that cannot be read is said" "$(missed deep-array.pdf)" ':CAUSE_MALFORMED:a page'
like "what only begins like one is said" "$(missed stub.pdf)" '^stub.pdf:CAUSE_MALFORMED:'
printf '%%PDF-1.7\njdoe@royal-post.example:Auk-Stack-39\n' >text.pdf
is "... and searched as it stands" "$(found text.pdf)" "text.pdf:jdoe@royal-post.example::Auk-Stack-39"
is "one past the limit is said" "$(missed --limit held_bytes=256 lines.pdf | cut -d: -f1-2)" "lines.pdf:CAUSE_LIMIT"
head -c 700 lines.pdf >cut.pdf
is "a cut one gives what it has" "$(found cut.pdf | cut -d: -f2-3)" "$(found lines.pdf | cut -d: -f2-3)"

# ---- nothing of ours -----------------------------------------------------------------------------
for name in contact stranger two-lines other-row link-only empty-field; do
	is "no finding: $name" "$(found "$name.pdf")" ""
	whole "$name"
done
done_testing
