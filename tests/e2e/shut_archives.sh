#!/bin/bash
# What names, notes and messages beside an encrypted archive say opens it; what no text names stays shut, and is told. Archives behind programs,
# and volumes named by letters, are read; what is known and cannot be opened is told by its name.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need zip 7z tar split jq python3 gzip bzip2 lz4 brotli
enter_work
make_home
mkdir PC-7
printf 'URL: https://access.royal-post.example/\nUsername: jdoe\nPassword: Tern-Skerry-4\n\n' >PC-7/Passwords.txt
found() { scan_found "$@"; }
missed() { grep -c 'not inspected: ' err; }
member='PC-7/Passwords.txt:Tern-Skerry-4'

# ---- by the name -------------------------------------------------------------------------------------------------
mkdir named
zip -qr -P Xk9qLm77 "named/cloud_dump pass - Xk9qLm77.zip" PC-7
is "the archive's own name" "$(found named)" "named/cloud_dump pass - Xk9qLm77.zip!/$member"
is "... nothing is missed" "$(missed)" 0
7z a -bd -mhe=on -pXk9qLm78 "logs_(password_Xk9qLm78).7z" PC-7 >/dev/null
is "... in brackets, with lines for blanks" "$(driver_found "logs_(password_Xk9qLm78).7z")" "logs_(password_Xk9qLm78).7z!/$member"
mkdir "Logs pwd=Lm-51"
zip -qr -P Lm-51 "Logs pwd=Lm-51/a.zip" PC-7
is "the name of its folder" "$(found "Logs pwd=Lm-51/")" "Logs pwd=Lm-51/a.zip!/$member"
zip -qr -P cloudmaster @cloudmaster.zip PC-7
is "a name that only resembles it is none" "$(driver_found @cloudmaster.zip)" ""
zip -qr -P @cloudmaster @cloudmaster2.zip PC-7 && mv @cloudmaster2.zip @cloudmaster.zip
is "the name itself" "$(driver_found @cloudmaster.zip)" "@cloudmaster.zip!/$member"

# ---- by a text beside it -----------------------------------------------------------------------------------------
mkdir -p beside chat/files page other/in
zip -qr -P t.me/cloudlogs99 beside/dump.zip PC-7
printf 'Fresh logs of today.\nArchive password: t.me/cloudlogs99\nEnjoy\n' >beside/readme.txt
is "a text in the same folder" "$(found beside)" "beside/dump.zip!/$member"
is "... nothing is missed" "$(missed)" 0
is "a file asked for by its name: no file beside it is read" "$(found beside/dump.zip)" ""
like "... and it is told" "$(cat err)" "beside/dump.zip!/PC-7/Passwords.txt: encrypted"
zip -qr -P "@cloud_master" chat/files/logs.zip PC-7
cat >chat/result.json <<'END'
{"name": "Logs", "type": "public_channel", "messages": [{"id": 1, "type": "message", "file": "files/logs.zip",
 "text": ["Fresh logs\nPass: ", {"type": "mention", "text": "@cloud_master"}, "\nbye"]}]}
END
is "an exported chat above it" "$(found chat)" "chat/files/logs.zip!/$member"
zip -qr -P 'a<b&c' page/logs.zip PC-7
printf '<html><body><div class="text">Logs<br>Password: <code>a&lt;b&amp;c</code></div></body></html>' >page/messages.html
is "a page" "$(found page)" "page/logs.zip!/$member"
mkdir flood
zip -qr -P t.me/cloudlogs99 flood/dump.zip PC-7
{ echo 'password: t.me/cloudlogs99' && python3 -c 'print("pass " * 700000)'; } >flood/readme.txt
{ sed '/^limits:/d' home/leaktrawl.yml && printf '\nlimits: {progress_ms: 15000}\n'; } >home/hasty.yml
chmod 600 home/hasty.yml
is "a text made of announcements alone does not keep who reads it" "$(config=home/hasty.yml found flood)" "flood/dump.zip!/$member"
zip -qr -P Above-51 other/in/logs.zip PC-7
printf 'password: Above-51\n' >other/list.txt
is "any text of the folder above is none" "$(found other)" ""
is "... told" "$(missed)" 1

# ---- in another container ----------------------------------------------------------------------------------------
zip -qr -P "S3cret Word 5" dump.zip PC-7
printf 'pass: S3cret Word 5\n' >info.txt
tar cf before.tar info.txt dump.zip
is "a text before it in the same archive" "$(driver_found before.tar)" "before.tar!/dump.zip!/$member"
tar czf behind.tgz dump.zip info.txt
is "a text behind it" "$(driver_found behind.tgz)" "behind.tgz!/dump.zip!/$member"
is "... nothing is missed" "$(driver_missed behind.tgz)" ""
7z a -bd -mhe=on -pLater-77 dump.7z PC-7 >/dev/null
printf 'password is Later-77\n' >z.txt
zip -q both.zip dump.zip dump.7z z.txt
is "of two archives the one whose password is there" "$(driver_found both.zip)" "both.zip!/dump.7z!/$member"
is "... and the other is told, once" "$(driver_missed both.zip)" "both.zip!/dump.zip!/PC-7/Passwords.txt:CAUSE_ENCRYPTED:Passphrase required for this entry"
tar cf never.tar dump.zip PC-7/Passwords.txt
is "a log-in that was stolen is no password of an archive" "$(driver_missed never.tar)" \
	"never.tar!/dump.zip!/PC-7/Passwords.txt:CAUSE_ENCRYPTED:Passphrase required for this entry"
python3 - <<'END'
import base64
zipped = base64.encodebytes(open("dump.zip", "rb").read()).decode()
open("m.eml", "w").write("From: a@b.test\nTo: c@d.test\nSubject: files\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=XX\n\n"
    "--XX\nContent-Type: text/plain\n\nHello,\nthe password for it is: S3cret Word 5\n\n--XX\nContent-Type: application/zip; name=dump.zip\n"
    "Content-Transfer-Encoding: base64\n\n" + zipped + "\n--XX--\n")
END
is "the message an archive is attached to" "$(driver_found m.eml)" "m.eml!/dump.zip!/$member"

# ---- behind a program, in lettered parts ---------------------------------------------------------------------------
zip -qr open.zip PC-7
7z a -bd open.7z PC-7 >/dev/null
python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_rar.py" open.rar PC-7/Passwords.txt
for kind in zip 7z rar; do
	cat /bin/true open.$kind >$kind.exe
	is "a $kind behind a program" "$(driver_found $kind.exe)" "$kind.exe!/$member"
	tar cf $kind.tar $kind.exe
	is "... in a tar" "$(driver_found $kind.tar)" "$kind.tar!/$kind.exe!/$member"
done
{ cat /bin/true && printf '\nw.ames@royal-post.example:Fulmar-Ness-8\n' && cat open.zip; } >both.exe
is "... and the program itself is searched, too" "$(driver_found both.exe | sort)" "both.exe!/$member
both.exe:Fulmar-Ness-8"
{ cat /bin/true && printf "7z\xbc\xaf\x27\x1cPK\3\4Rar!\x1a\x07\n" && cat PC-7/Passwords.txt; } >marks.exe
is "a program that only knows the marks is searched as it is" "$(driver_found marks.exe)" "marks.exe:Tern-Skerry-4"
is "... and nothing is missed" "$(driver_missed marks.exe)" ""
mkdir letters && head -c 50000 /dev/urandom >PC-7/noise.bin
tar cz PC-7 | split -b 20k - letters/d.tar.gz.
is "parts as split names them" "$(found letters)" "letters/d.tar.gz.aa!/$member"
is "... nothing is missed" "$(missed)" 0
rm letters/d.tar.gz.ab
found letters >/dev/null
like "... and what is missing is told" "$(cat err)" "not whole: letters/d.tar.gz.ab is not there"
tar czf plain.tar.gz -C PC-7 Passwords.txt
mkdir alone && cp plain.tar.gz alone
is "a .gz is no part" "$(found alone)" "alone/plain.tar.gz!/Passwords.txt:Tern-Skerry-4"
is "... nothing is missed" "$(missed)" 0

# ---- told -----------------------------------------------------------------------------------------------------------
for tool in gzip bzip2 lz4; do
	{ "$tool" -qc PC-7/Passwords.txt && echo 'more text'; } >behind.$tool
	is "bytes behind a $tool stream are told" "$(driver_missed behind.$tool)" \
		"behind.$tool:CAUSE_UNSUPPORTED:bytes behind the end of compressed data"
	is "... what stands before them is found" "$(driver_found behind.$tool)" "behind.$tool:Tern-Skerry-4"
	{ "$tool" -qc PC-7/Passwords.txt && head -c 700 /dev/zero; } >zeros.$tool
	is "zeros behind it are padding" "$(driver_missed zeros.$tool)" ""
done
brotli -q 5 -o list.txt.br PC-7/Passwords.txt
is "brotli by its name, since nothing else tells" "$(driver_found list.txt.br)" "list.txt.br:Tern-Skerry-4"
cp PC-7/Passwords.txt text.br
is "a text of that name is a text" "$(driver_found text.br)" "text.br:Tern-Skerry-4"
printf '!BDN%0500d' 0 >o.pst
is "a mailbox of Outlook" "$(driver_missed o.pst)" "o.pst:CAUSE_UNSUPPORTED:Outlook mailbox (pst)"
{ echo '-----BEGIN PGP MESSAGE-----' && echo && head -c 99 /dev/urandom | base64 && echo '-----END PGP MESSAGE-----'; } >m.asc
is "an encrypted text" "$(driver_missed m.asc)" "m.asc:CAUSE_ENCRYPTED:encrypted by OpenPGP"
echo 'About -----BEGIN PGP MESSAGE----- in a text' >about.txt
is "a text that speaks of one" "$(driver_missed about.txt)" ""
7z a -bd -mx=0 long.7z PC-7 >/dev/null && head -c 40000 long.7z >cut.7z
is "a 7z that ends early" "$(driver_missed cut.7z)" "cut.7z:CAUSE_TRUNCATED:the 7z ends early"
done_testing
