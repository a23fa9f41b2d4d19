#!/bin/bash
# Archives and compressed files, made here with the tools people use, are opened, bounded, and told of where they stay shut.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need brotli bsdtar zip 7z tar gzip bzip2 xz zstd lz4 jq split
enter_work
mkdir PC-7
printf 'URL: https://access.royal-post.example/\nUsername: jdoe\nPassword: Tern-Skerry-4\n\n' >PC-7/Passwords.txt
printf 'nothing of ours\n' >PC-7/readme.txt

found() { driver_found "$@"; }
missed() { driver_missed "$@"; }

# ---- every kind, once ----------------------------------------------------------------------------
zip -qr a.zip PC-7
7z a -bd a.7z PC-7 >/dev/null
tar cf a.tar PC-7
for tool in gzip bzip2 xz zstd lz4; do
	"$tool" -qc <a.tar >"a.tar.$tool"
	"$tool" -qc <PC-7/Passwords.txt >"plain.$tool"
done
xz --format=lzma -qc <a.tar >a.tar.lzma
python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.compress(open("PC-7/Passwords.txt", "rb").read()))' >plain.zlib
for archive in a.zip a.7z a.tar a.tar.gzip a.tar.bzip2 a.tar.xz a.tar.zstd a.tar.lz4 a.tar.lzma; do
	is "$archive is opened" "$(found "$archive")" "$archive!/PC-7/Passwords.txt:Tern-Skerry-4"
	is "$archive is read whole" "$(missed "$archive")" ""
done
for stream in plain.gzip plain.bzip2 plain.xz plain.zstd plain.lz4 plain.zlib; do
	is "$stream is the document it holds" "$(found "$stream")" "$stream:Tern-Skerry-4"
done
cat plain.gzip plain.gzip >twice.gz
is "gzip streams in a row are one" "$(driver twice.gz | jq 'select(.done) | .done.lines')" 8
mkdir PC-8 && sed 's/Tern-Skerry-4/Tern-Skerry-5/' PC-7/Passwords.txt >PC-8/Passwords.txt
tar cf b.tar PC-8 && cat a.tar b.tar >joined.tar && rm -r PC-8
is "tars one behind the other" "$(found joined.tar)" "joined.tar!/PC-7/Passwords.txt:Tern-Skerry-4
joined.tar!/PC-8/Passwords.txt:Tern-Skerry-5"
{ cat a.tar && head -c 10240 /dev/zero; } >padded.tar
is "a tar with padding" "$(missed padded.tar)" ""
{ cat a.tar && head -c 1000 /dev/urandom; } >followed.tar
like "what else stands behind a tar is told" "$(missed followed.tar)" "^followed.tar:CAUSE_"
mv a.zip a.jpg
is "the name says nothing of the content" "$(found a.jpg)" "a.jpg!/PC-7/Passwords.txt:Tern-Skerry-4"
mv a.jpg a.zip
zip -q0 stored.zip PC-7/Passwords.txt
is "a stored member is read" "$(found stored.zip)" "stored.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
zip -q - PC-7/Passwords.txt <PC-7/Passwords.txt >streamed.zip
is "a zip written to a pipe is read" "$(found streamed.zip)" "streamed.zip!/PC-7/Passwords.txt:Tern-Skerry-4"

rar() { python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_rar.py" "$@"; }
rar 5.rar PC-7/Passwords.txt
cp PC-7/Passwords.txt 'PC-7\Passwords.txt' # as packers on Windows name it
rar --version 4 4.rar 'PC-7\Passwords.txt'
mkdir -p long/PC-7 && (cat PC-7/Passwords.txt && yes filler | head -n 400) >long/PC-7/Passwords.txt
(cd long && rar --volume 40 ../v. PC-7/Passwords.txt)
is "rar 5" "$(found 5.rar)" "5.rar!/PC-7/Passwords.txt:Tern-Skerry-4"
is "rar 4" "$(found 4.rar)" "4.rar!/PC-7/Passwords.txt:Tern-Skerry-4"
is "volumes of a rar" "$(found --volumes v.part1.rar v.part2.rar)" "v.part1.rar!/PC-7/Passwords.txt:Tern-Skerry-4"
is "one volume alone is said" "$(missed v.part1.rar | cut -d: -f1,2)" "v.part1.rar!/PC-7/Passwords.txt:CAUSE_TRUNCATED"

# Archives of other systems: bsdtar writes most of them, cab and lha are laid out by hand, stored.
bsdtar -c --format=newc -f a.cpio PC-7
bsdtar -c --format=odc -f old.cpio PC-7
bsdtar -c --format=iso9660 -f a.iso PC-7
bsdtar -c --format=ustar -Zf a.tar.Z PC-7
bsdtar -c --format=ustar --lzip -f a.tar.lz PC-7
(cd PC-7 && bsdtar -c --format=ar -f ../a.ar Passwords.txt)
tar cJf data.tar.xz PC-7 && bsdtar -c --format=ar -f a.deb data.tar.xz
python3 - <<'PYTHON'
import gzip, struct
text = open("PC-7/Passwords.txt", "rb").read()
name = b"PC-7\\Passwords.txt"
# MS-CAB: header, one folder without compression, one file, one data block
files = struct.pack("<IIHHHH", len(text), 0, 0, 0x5a21, 0x6000, 0x20) + name + b"\0"
at = 36 + 8
block = struct.pack("<IHH", 0, len(text), len(text)) + text
size = at + len(files) + len(block)
open("a.cab", "wb").write(b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, size, 0, at, 0, 3, 1, 1, 1, 0, 7, 0)
                          + struct.pack("<IHH", at + len(files), 1, 0) + files + block)
# LHA, level 0, method -lh0-
crc = 0
for byte in text:
    crc ^= byte
    for _ in range(8):
        crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
body = b"-lh0-" + struct.pack("<IIIBB", len(text), len(text), 0x5a216000, 0x20, 0) + bytes([len(name)]) + name + struct.pack("<H", crc)
open("a.lzh", "wb").write(bytes([len(body), sum(body) & 0xff]) + body + text + b"\0")
# RPM: lead, two headers without entries, the payload
header = b"\x8e\xad\xe8\x01" + struct.pack(">III", 0, 0, 0)
open("a.rpm", "wb").write(b"\xed\xab\xee\xdb\x03\0" + bytes(90) + header + header + gzip.compress(open("a.cpio", "rb").read()))
PYTHON
for archive in a.cpio old.cpio a.iso a.tar.Z a.tar.lz a.cab a.lzh a.rpm; do
	is "$archive is opened" "$(found "$archive")" "$archive!/PC-7/Passwords.txt:Tern-Skerry-4"
	is "$archive is read whole" "$(missed "$archive")" ""
done
is "an archive of ar" "$(found a.ar)" "a.ar!/Passwords.txt:Tern-Skerry-4"
is "a Debian package" "$(found a.deb)" "a.deb!/data.tar.xz!/PC-7/Passwords.txt:Tern-Skerry-4"
head -c 40000 a.iso >cut.iso
like "a cut image is said" "$(missed cut.iso)" '^cut.iso:CAUSE_'
printf '0707071234567\n0707017654321\njdoe@royal-post.example:Tern-Skerry-5\n' >phones.txt
is "telephone numbers are no cpio" "$(found phones.txt):$(missed phones.txt)" "phones.txt:Tern-Skerry-5:"
{ head -c 40000 /dev/zero; cat PC-7/Passwords.txt; } >zeros.bin
is "zeros are no image" "$(found zeros.bin)" "zeros.bin:Tern-Skerry-4"

# ---- nested --------------------------------------------------------------------------------------
zip -q in.zip a.zip a.7z a.tar.xz plain.gzip
is "containers in a container" "$(found in.zip | head -1)" "in.zip!/a.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
is "... all of them" "$(driver in.zip | jq 'select(.done) | .done.members')" 7
7z a -bd in.7z in.zip >/dev/null
tar czf in.tar.gz in.7z
is "three deep" "$(found in.tar.gz)" "in.tar.gz!/in.7z!/in.zip!/a.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
is "deeper than the limit is said" "$(missed --limit unpack_depth=2 in.7z | cut -d: -f1-3 | head -1)" \
	"in.7z!/in.zip!/a.7z:CAUSE_LIMIT:unpack_depth"
cp PC-7/Passwords.txt deep
for _ in 1 2 3 4; do gzip -c deep | bzip2 -c >deeper && mv deeper deep; done
is "compressed eight times" "$(missed deep)" "deep:CAUSE_LIMIT:unpack_depth"

# ---- encrypted -----------------------------------------------------------------------------------
zip -q -P infected known.zip PC-7/Passwords.txt
is "a password of the shipped list" "$(found known.zip)" "known.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
7z a -bd -tzip -mem=AES256 '-pS3cret channel' aes.zip PC-7 >/dev/null
is "a password with a blank from the posting" "$(found --posting $'Fresh logs!\nPassword: S3cret channel\nenjoy' aes.zip)" \
	"aes.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
zip -q -P '@cloud_logs7' channel.zip PC-7/Passwords.txt
is "a password that stands in the posting without a word" "$(found --posting 'logs by @cloud_logs7' channel.zip)" \
	"channel.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
words=$(seq -f 'wrong-%g' 1 200)
is "the right one behind 200 wrong ones" "$(found --posting "$words @cloud_logs7" channel.zip)" \
	"channel.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
zip -q -P nobody-knows shut.zip PC-7/Passwords.txt PC-7/readme.txt
is "nothing comes out of a shut one" "$(found shut.zip)" ""
is "a shut one is said, member by member" "$(missed shut.zip | cut -d: -f1,2)" \
	"shut.zip!/PC-7/Passwords.txt:CAUSE_ENCRYPTED"$'\n'"shut.zip!/PC-7/readme.txt:CAUSE_ENCRYPTED"
zip -q mixed.zip PC-7/Passwords.txt && zip -q -P nobody-knows mixed.zip PC-7/readme.txt
is "open members beside shut ones are read" "$(found mixed.zip)" "mixed.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
mkdir many && for i in $(seq 40); do echo "$i" >"many/$i"; done
zip -qr -P nobody-knows many.zip many
is "many shut members are counted, not listed" "$(missed many.zip | grep -c CAUSE_ENCRYPTED)" 17
like "... with their number" "$(missed many.zip)" '^many.zip:CAUSE_ENCRYPTED:40 '

# ---- bombs ---------------------------------------------------------------------------------------
head -c 120M /dev/zero | gzip -1 >zeros.gz
is "too many bytes" "$(missed --limit unpack_bytes=100000000 zeros.gz)" "zeros.gz:CAUSE_LIMIT:unpack_bytes"
is "too high a ratio" "$(missed --limit unpack_ratio=100 zeros.gz)" "zeros.gz:CAUSE_LIMIT:unpack_ratio"
gzip -9c zeros.gz >zeros.gz.gz
is "a bomb within a bomb" "$(missed zeros.gz.gz)" "zeros.gz.gz:CAUSE_LIMIT:unpack_ratio"
is "within bounds it is read to its end" "$(missed zeros.gz)" ""
{ cat PC-7/Passwords.txt; head -c 120M /dev/zero; } | gzip >early.gz
is "what came before the limit is kept" "$(found --limit unpack_bytes=100000000 early.gz)" "early.gz:Tern-Skerry-4"
is "too many members" "$(missed --limit unpack_members=20 many.zip | grep LIMIT)" "many.zip:CAUSE_LIMIT:unpack_members"

# ---- damage --------------------------------------------------------------------------------------
head -c 100000 /dev/urandom >noise.bin
tar czf long.tar.gz PC-7 noise.bin
head -c 50000 long.tar.gz >cut.tar.gz
is "before the cut everything is read" "$(found cut.tar.gz)" "cut.tar.gz!/PC-7/Passwords.txt:Tern-Skerry-4"
like "the cut is said" "$(missed cut.tar.gz)" '^cut.tar.gz.*:CAUSE_TRUNCATED:'
tar cJf long.tar.xz PC-7 noise.bin
head -c 50000 long.tar.xz >cut.tar.xz
is "the same with xz" "$(found cut.tar.xz)" "cut.tar.xz!/PC-7/Passwords.txt:Tern-Skerry-4"
like "... and it is said" "$(missed cut.tar.xz)" '^cut.tar.xz.*:CAUSE_TRUNCATED:'
xz --lzma2=dict=64MiB -qc a.tar >large.tar.xz
is "a dictionary past the limit" "$(missed --limit dictionary_bytes=1000000 large.tar.xz)" "large.tar.xz:CAUSE_LIMIT:dictionary_bytes"
is "... and within it" "$(found large.tar.xz)" "large.tar.xz!/PC-7/Passwords.txt:Tern-Skerry-4"
zip -q long.zip PC-7/Passwords.txt noise.bin
head -c 50000 long.zip >cut.zip
is "a zip without its directory is read from the front" "$(found cut.zip)" "cut.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
like "... and its end is said" "$(missed cut.zip)" '^cut.zip.*:CAUSE_TRUNCATED:'
cp long.zip bad.zip
printf 'XXXXXXXX' | dd of=bad.zip bs=1 seek=5000 conv=notrunc status=none
is "a damaged member leaves the others" "$(found bad.zip)" "bad.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
like "... and is said" "$(missed bad.zip)" '^bad.zip!/noise.bin:CAUSE_MALFORMED:'
printf 'PK\3\4 jdoe@royal-post.example:Tern-Skerry-5\n' >not.zip
is "what only looks like an archive is searched as it stands" "$(found not.zip)" "not.zip:Tern-Skerry-5"
: >empty.zip
is "an empty file is nothing" "$(missed empty.zip)" ""
printf '\x1f\x8b\x08' >stub.gz
like "three bytes of gzip" "$(missed stub.gz)" '^stub.gz:CAUSE_(TRUNCATED|MALFORMED):'
printf 'PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >none.zip
is "an archive without members" "$(found none.zip)" ""

# ---- known, and not opened -----------------------------------------------------------------------
{ printf '\x60\xea\x22\0\x1e\x0b\1' && head -c 40 /dev/zero && printf '\njdoe@royal-post.example:Tern-Skerry-6\n'; } >a.arj
is "what is not opened is said" "$(missed a.arj)" "a.arj:CAUSE_UNSUPPORTED:arj"
is "... and searched as it stands" "$(found a.arj)" "a.arj:Tern-Skerry-6"
printf 'MSCF\0\0\0\0 jdoe@royal-post.example:Tern-Skerry-6\n' >not.cab
like "what cannot be opened is said, too" "$(missed not.cab)" '^not.cab:CAUSE_'
is "... and searched" "$(found not.cab)" "not.cab:Tern-Skerry-6"
printf '\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5 noise' >safe.kdbx
is "a password safe is shut" "$(missed safe.kdbx)" "safe.kdbx:CAUSE_ENCRYPTED:KeePass database"
printf 'ab-lh5-notes by jdoe\njdoe@royal-post.example:Tern-Skerry-7\n' >ab.txt
is "a list that begins like an archive is read all the same" "$(found ab.txt)" "ab.txt:Tern-Skerry-7"

# ---- names ---------------------------------------------------------------------------------------
python3 - <<'PYTHON'
import io, tarfile, zipfile
text = open("PC-7/Passwords.txt", "rb").read()
with tarfile.open("names.tar", "w", encoding="utf-8", errors="surrogateescape") as tar:
    for name in ("../../etc/passwd", "a\x1b[31m\nb.txt", "\udcff\udcfe.txt", "\u202egpj.txt", "x" * 300):
        info = tarfile.TarInfo(name)
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
with zipfile.ZipFile("back.zip", "w") as z:
    z.writestr("PC-7\\Browsers\\Passwords.txt", text)
PYTHON
is "hostile names are labels" "$(driver names.tar | jq 'select(.done) | .done.members')" 5
unlike "... without control characters" "$(driver names.tar)" '\\u001b|\\n|\\u202e'
is "the separators of Windows" "$(found back.zip)" "back.zip!/PC-7/Browsers/Passwords.txt:Tern-Skerry-4"

# ---- volumes, codings, places to resume from -----------------------------------------------------
7z a -bd -mx=0 big.7z PC-7 noise.bin >/dev/null
split -b 40000 -d big.7z big.7z.
is "volumes of a 7z" "$(found --volumes big.7z.0*)" "big.7z.00!/PC-7/Passwords.txt:Tern-Skerry-4"
zip -q0 big.zip noise.bin PC-7/Passwords.txt
split -b 40000 -d big.zip big.zip.
is "volumes of a zip" "$(found --volumes big.zip.0*)" "big.zip.00!/PC-7/Passwords.txt:Tern-Skerry-4"
like "a volume that is missing is said" "$(missed big.7z.00)" 'CAUSE_'
is "a coded body" "$(found --coding gzip plain.gzip)" "plain.gzip:Tern-Skerry-4"
is "... twice" "$(gzip -c plain.gzip >twice; found --coding gzip --coding gzip twice)" "twice:Tern-Skerry-4"
is "... with deflate, as zlib" "$(found --coding deflate plain.zlib)" "plain.zlib:Tern-Skerry-4"
python3 -c 'import sys, zlib
c = zlib.compressobj(9, zlib.DEFLATED, -15)
sys.stdout.buffer.write(c.compress(open("PC-7/Passwords.txt", "rb").read()) + c.flush())' >plain.raw
is "... with deflate, bare" "$(found --coding deflate plain.raw)" "plain.raw:Tern-Skerry-4"
is "a body that is not coded as it says" "$(found --coding gzip PC-7/Passwords.txt)" "PC-7/Passwords.txt:Tern-Skerry-4"
brotli -c PC-7/Passwords.txt >plain.br
is "... with brotli" "$(found --coding br plain.br)" "plain.br:Tern-Skerry-4"
is "... with brotli on gzip" "$(brotli -c plain.gzip >both; found --coding gzip --coding br both)" "both:Tern-Skerry-4"
is "... with zstd, which is known by its beginning" "$(found --coding zstd plain.zstd)" "plain.zstd:Tern-Skerry-4"
is "a body that is no brotli" "$(found --coding br PC-7/Passwords.txt)" "PC-7/Passwords.txt:Tern-Skerry-4"
{ seq 20000; cat PC-7/Passwords.txt; } | brotli -c >long.br
head -c 9000 long.br >cut.br
like "brotli that ends early is said" "$(missed --coding br cut.br)" '^cut.br:CAUSE_TRUNCATED:'
head -c 120M /dev/zero | brotli -1 -c >zeros.br
is "a bomb of brotli" "$(missed --limit unpack_ratio=100 --coding br zeros.br)" "zeros.br:CAUSE_LIMIT:unpack_ratio"
head='HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: br\r\n\r\n'
length=$(($(printf "$head" | wc -c) + $(stat -c %s plain.br)))
{ printf 'WARC/1.0\r\nWARC-Target-URI: http://a.test/\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %s\r\n\r\n' "$length" &&
	printf "$head" && cat plain.br && printf '\r\n\r\n'; } >br.warc
is "a brotli body in a web archive" "$(found br.warc)" "br.warc!/http://a.test/:Tern-Skerry-4"
like "a coding nobody knows is said" "$(missed --coding zzz PC-7/Passwords.txt)" ':CAUSE_UNSUPPORTED:zzz'
for i in 0 1 2; do
	printf 'jdoe@royal-post.example:Member-%s-x\n' "$i" >"m$i"
done
zip -q members.zip m0 m1 m2
is "resumed at a member" "$(found --resume 2 members.zip)" "members.zip!/m2:Member-2-x"
{ cat m0; seq -f 'line %.0f of padding' 200000; cat m1; } >lines.txt
is "resumed inside plain text" "$(found --resume 0:2000000 lines.txt)" "lines.txt:Member-1-x"
is "... at the very line" "$(found --resume 0:37 lines.txt)" "lines.txt:Member-1-x"

# ---- bundles -------------------------------------------------------------------------------------
mkdir -p PC-8
printf 'Computer: WS-0815\nHWID: ABCDEF0123456789\nIP: 192.0.2.7\n' >PC-7/System.txt
printf 'URL: https://access.royal-post.example/\nUsername: anna\nPassword: Tern-Skerry-8\n\n' >PC-8/Passwords.txt
zip -q logs.zip PC-8/Passwords.txt PC-7/Passwords.txt PC-7/System.txt
is "a bundle is what stands below its directory" "$(found --bundle 'logs.zip!/PC-7/' logs.zip)" "logs.zip!/PC-7/Passwords.txt:Tern-Skerry-4"
is "... and knows its machine first, wherever its file stands" \
	"$(driver --bundle 'logs.zip!/PC-7/' logs.zip | jq -r 'select(.finding) | .finding.machine.name' | head -1)" WS-0815
is "a bundle of files" "$(found --bundle PC-8/ PC-7/System.txt PC-8/Passwords.txt)" "PC-8/Passwords.txt:Tern-Skerry-8"
zip -q outer.zip logs.zip
is "a bundle in an archive in an archive" "$(found --bundle 'outer.zip!/logs.zip!/PC-8/' outer.zip)" \
	"outer.zip!/logs.zip!/PC-8/Passwords.txt:Tern-Skerry-8"
done_testing
