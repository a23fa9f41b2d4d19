#!/usr/bin/env bash
# Encrypted 7z and RAR archives open with passwords from the posting, the configuration and the usual ones; without, they are said to be shut.
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"

enter_work
mkdir -p PC-7/Cookies
printf 'nothing of ours\n' >PC-7/a.txt
printf 'URL: https://access.royal-post.example/\nUsername: jdoe\nPassword: Tern-Skerry-4\n\n' >PC-7/Passwords.txt
: >PC-7/empty.txt
python3 -c 'import random; r = random.Random(7); print("\n".join("%x" % r.getrandbits(300) for _ in range(20000)))' >PC-7/noise.txt
rar() { python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_rar.py" "$@"; }
seven() { 7z a -bd "$@" >/dev/null; }

# Few usual passwords, since each takes a while to try.
mkdir -p few && cp -r "$LEAKTRAWL_SOURCE/data" "$LEAKTRAWL_SOURCE/patterns" few/
printf 'passwords: [infected, "123"]\n' >few/data/archive-passwords.yml
driver_options=(--data few)
found() { driver_found "$@"; }
missed() { driver_missed "$@"; }

# opens ARCHIVE WHAT [OPTION...]: the log-in in it is found, and nothing is left out
opens() {
	local archive=$1 what=$2
	shift 2
	driver "$@" "$archive" >out
	is "$what" "$(jq -r 'select(.finding) | .finding | "\(.path):\(.secret.value)"' out)" "$archive!/PC-7/Passwords.txt:Tern-Skerry-4"
	is "$what: all of it" "$(jq -c 'select(.not_inspected)' out)" ""
}

# ---- 7z, by the program itself -------------------------------------------------------------------------------

seven -pinfected solid.7z PC-7
opens solid.7z "7z, solid"
seven -pinfected -mhe=on names.7z PC-7
opens names.7z "7z with encrypted names"
seven -pinfected -ms=off -mhe=on apart.7z PC-7
opens apart.7z "7z, each member by itself"
seven -pinfected -mhe=on -mhc=off bare.7z PC-7
opens bare.7z "7z whose header is encrypted and not packed"
for method in Copy LZMA PPMd BZip2 Deflate 'BCJ -m1=LZMA2' 'Delta:4 -m1=LZMA'; do
	name=method-${method%%[ :]*}.7z
	# shellcheck disable=SC2086 # two coders are two options
	seven -pinfected -m0=$method "$name" PC-7
	opens "$name" "7z by $method"
done
seven -pinfected -v40k volumes.7z PC-7
is "volumes of a 7z" "$(found --volumes volumes.7z.0*)" "volumes.7z.001!/PC-7/Passwords.txt:Tern-Skerry-4"
seven mixed.7z PC-7/a.txt
seven -pletmein-7 -ms=off mixed.7z PC-7/Passwords.txt PC-7/noise.txt
opens mixed.7z "7z whose first member is open to all" --posting 'password: letmein-7'
tar czf in.tar.gz names.7z
is "a 7z within another archive" "$(found in.tar.gz)" "in.tar.gz!/names.7z!/PC-7/Passwords.txt:Tern-Skerry-4"

# ---- RAR -----------------------------------------------------------------------------------------------------

members=(PC-7/a.txt PC-7/empty.txt PC-7/Passwords.txt PC-7/noise.txt)
for version in 5 4; do
	rar --version $version --password infected data-$version.rar "${members[@]}"
	rar --version $version --password infected --headers names-$version.rar "${members[@]}"
	rar --version $version --password 123 --plain-first later-$version.rar "${members[@]}"
	rar --version $version --password Grüße-7 wide-$version.rar "${members[@]}"
	for name in data names; do
		ok "7z, too, opens $name-$version.rar as the tests write it" 7z t -pinfected $name-$version.rar
		fails "and not with another password" 7z t -pdetected $name-$version.rar
	done
	opens data-$version.rar "RAR $version"
	opens names-$version.rar "RAR $version with encrypted names"
	opens later-$version.rar "RAR $version whose first member is open to all"
	opens wide-$version.rar "RAR $version under a password beyond ASCII" --posting 'Passwort: Grüße-7'
	tar czf in-$version.tar.gz names-$version.rar
	is "RAR $version within another archive" "$(found in-$version.tar.gz)" \
		"in-$version.tar.gz!/names-$version.rar!/PC-7/Passwords.txt:Tern-Skerry-4"
done
# libarchive wants some hundred bytes of a volume at once.
mkdir -p long/PC-7 && (cat PC-7/Passwords.txt && yes filler | head -n 400) >long/PC-7/Passwords.txt
for at in 48 43; do # on the border of a block, and in one
	for names in "" --headers; do
		(cd long && rar --password infected --volume $at $names "../v$at$names." ../PC-7/a.txt PC-7/Passwords.txt)
		volumes=("v$at$names.part1.rar" "v$at$names.part2.rar")
		ok "7z, too, joins volumes split after $at bytes $names" 7z t -pinfected "${volumes[0]}"
		is "a member split after $at bytes $names" "$(found --volumes "${volumes[@]}")" "${volumes[0]}!/PC-7/Passwords.txt:Tern-Skerry-4"
		is "all of it" "$(missed --volumes "${volumes[@]}")" ""
	done
done
like "a volume without the next is told of" "$(missed v48.part1.rar)" '^v48\.part1\.rar!/PC-7/Passwords\.txt:CAUSE_TRUNCATED:'
like "and one without the first" "$(missed v48.part2.rar)" '^v48\.part2\.rar.*:CAUSE_'
rar --password 123 --no-check unsaid.rar "${members[@]}"
opens unsaid.rar "RAR 5 that does not tell a wrong password"
rar --password 123 --tweaked tweaked.rar "${members[@]}"
opens tweaked.rar "RAR 5 whose checksums depend on the key"

# ---- the posting's password comes first -------------------------------------------------------------------------

seven -pHarbour-Log-77 -mhe=on channel.7z PC-7
opens channel.7z "the password of the posting" --posting 'fresh logs t.me/x
Pass: Harbour-Log-77'
is "without the posting it stays shut" "$(found channel.7z)" ""

# ---- what stays shut is said --------------------------------------------------------------------------------------

is "a 7z with shut names is said once" "$(missed channel.7z | cut -d: -f1,2)" "channel.7z:CAUSE_ENCRYPTED"
seven -pnobody-knows shut.7z PC-7/a.txt PC-7/Passwords.txt
is "one with names, member by member" "$(missed shut.7z | cut -d: -f1,2)" \
	"shut.7z!/PC-7/Passwords.txt:CAUSE_ENCRYPTED"$'\n'"shut.7z!/PC-7/a.txt:CAUSE_ENCRYPTED"
for version in 5 4; do
	rar --version $version --password nobody-knows shut-$version.rar PC-7/a.txt PC-7/Passwords.txt
	rar --version $version --password nobody-knows --headers shut-names-$version.rar PC-7/Passwords.txt
	is "RAR $version, member by member" "$(missed shut-$version.rar | cut -d: -f1,2)" \
		"shut-$version.rar!/PC-7/Passwords.txt:CAUSE_ENCRYPTED"$'\n'"shut-$version.rar!/PC-7/a.txt:CAUSE_ENCRYPTED"
	is "RAR $version with shut names is said once" "$(missed shut-names-$version.rar | cut -d: -f1,2)" \
		"shut-names-$version.rar:CAUSE_ENCRYPTED"
	is "nothing comes out of either" "$(found shut-$version.rar)$(found shut-names-$version.rar)" ""
done

# ---- limits and damage ----------------------------------------------------------------------------------------------

is "passwords are not tried for ever" "$(missed --limit unlock_rounds=1000000 shut.7z | grep -c 'CAUSE_LIMIT:unlock_rounds$')" 1
rar --password infected --kdf 24 slow.rar PC-7/Passwords.txt
for version in 5 4; do # the archive's name is tried before the password that fits
	rounds=$((version == 5 ? 2 << 15 : 2 << 18))
	for name in data names; do
		opens $name-$version.rar "RAR $version, encrypted $name: one key for each password tried" --limit unlock_rounds=$rounds
		is "... and no less" "$(found --limit unlock_rounds=$((rounds - 1)) $name-$version.rar)" ""
	done
done
like "nor one that takes a day" "$(missed --limit unlock_rounds=1000000 slow.rar)" 'CAUSE_LIMIT:unlock_rounds$'
seven -mx=0 -ms=off heavy.7z PC-7/noise.txt
seven -pnobody-knows -mx=0 -ms=off heavy.7z PC-7/Passwords.txt
like "nor on more data than a document may give" "$(missed --limit unpack_bytes=1000000 heavy.7z)" 'CAUSE_LIMIT:passwords were tried on too much data'
# A RAR whose member claims so many bytes that passing over them leads back to its own header.
python3 - <<'PYTHON'
import struct, zlib
def block(kind, flags, more):
    body = struct.pack("<BHH", kind, flags, 7 + len(more)) + more
    return struct.pack("<H", zlib.crc32(body) & 0xffff) + body
more = struct.pack("<IIBIIBBHI", 0, 0, 0, 0, 0, 29, 0x30, 1, 0) + struct.pack("<II", 0xffffffff, 0) + b"a"
back = (1 << 64) - (7 + len(more))
more = struct.pack("<I", back & 0xffffffff) + more[4:]
open("back.rar", "wb").write(b"Rar!\x1a\x07\0" + block(0x73, 0, bytes(6)) + block(0x74, 0x8100, more) + b"jdoe@royal-post.example:Tern-9\n")
PYTHON
like "members that lead back to themselves end" "$(timeout 60 "$LEAKTRAWL_BUILD/inspect_driver" --sandbox "${driver_options[@]}" back.rar | jq -c 'select(.done) | .done.ok')" true
head -c 60000 solid.7z >short.7z
like "a 7z cut short is damaged" "$(missed short.7z)" '^short\.7z.*:CAUSE_(TRUNCATED|MALFORMED):'
head -c 60000 data-5.rar >short.rar
like "a RAR cut short is, too, where it ends" "$(missed short.rar)" '^short\.rar.*:CAUSE_TRUNCATED:'
is "what stands before the end is read" "$(found short.rar)" "short.rar!/PC-7/Passwords.txt:Tern-Skerry-4"

# Every byte of a header is hostile: each of these is one archive with some bytes changed, in a tar of them all.
rm PC-7/noise.txt
seven -pinfected -mhe=on small-names.7z PC-7
seven -pinfected small.7z PC-7
for version in 5 4; do
	rar --version $version --password infected --kdf 2 small-$version.rar PC-7/a.txt PC-7/Passwords.txt
	rar --version $version --password infected --kdf 2 --headers small-names-$version.rar PC-7/a.txt PC-7/Passwords.txt
done
python3 - small*.7z small*.rar <<'PYTHON'
import io, random, struct, sys, tarfile, zlib

chance = random.Random(20261127)
with tarfile.open("hostile.tar", "w") as tar:
    for path in sys.argv[1:]:
        whole = open(path, "rb").read()
        for n in range(120):
            data = bytearray(whole[: chance.randrange(8, len(whole))] if n % 4 == 0 else whole)
            for _ in range(chance.choice((1, 1, 2, 8))):
                data[chance.randrange(min(7, len(data) - 1), len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            if path.endswith(".7z") and n % 2 and len(data) > 32:
                at = 32 + struct.unpack_from("<Q", data, 12)[0]
                size = struct.unpack_from("<Q", data, 20)[0]
                if at + size <= len(data):  # let changes of the header through
                    struct.pack_into("<I", data, 28, zlib.crc32(bytes(data[at : at + size])))
                    struct.pack_into("<I", data, 8, zlib.crc32(bytes(data[12:32])))
            info = tarfile.TarInfo(f"{n}-{path}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(bytes(data)))
PYTHON
driver --limit unlock_rounds=60000000 hostile.tar >hostile.out
is "720 damaged archives are gone through to the end" "$(jq -c 'select(.done) | .done.ok' hostile.out)" true
# ---- end to end -------------------------------------------------------------------------------------------------------

make_home
sed -i 's/^# archive_passwords:.*/archive_passwords: [Harbour-Log-77]/' home/leaktrawl.yml
lt scan --no-index channel.7z names-5.rar >/dev/null 2>&1
is "scan opens both" $? 10
lt scan --no-index shut-names-4.rar >/dev/null 2>err
is "scan of what stays shut ends with 3" $? 3
done_testing
