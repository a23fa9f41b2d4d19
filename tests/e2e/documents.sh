#!/bin/bash
# Databases, mail, spreadsheets and text documents are read as what they hold, whoever packed them.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need sqlite3 zip jq python3
enter_work

driver_form='"\(.path):\(.account // .service):\(.secret.value)"'
found() { driver_found "$@" | sort; }
missed() { driver_missed "$@"; }

# ---- SQLite --------------------------------------------------------------------------------------
sqlite3 cookies.sqlite "CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, name TEXT, value TEXT, host TEXT, path TEXT, expiry INTEGER,
		isSecure INTEGER, isHttpOnly INTEGER);
	INSERT INTO moz_cookies VALUES (1, 'DSID', '7f3c9a51d0invented', 'access.royal-post.example', '/', 1893456000, 1, 1),
		(2, 'sid', 'zzz', 'shop.test', '/', 1893456000, 1, 1)"
is "cookies of a browser" "$(found cookies.sqlite)" "cookies.sqlite!/moz_cookies:access.royal-post.example:7f3c9a51d0invented"
sqlite3 users.db "CREATE TABLE users (id INTEGER, email TEXT, password TEXT, photo BLOB);
	INSERT INTO users VALUES (1, 'alice@shop.test', 'zzz111', x'00ff'), (2, 'jdoe@royal-post.example', 'Skerry-1', NULL);
	CREATE TABLE \"odd \"\"name\" (login TEXT, password BLOB);
	INSERT INTO \"odd \"\"name\" VALUES ('m.okafor@royal-post.example', CAST('Skerry-2' AS BLOB));
	CREATE VIEW shown AS SELECT * FROM users; CREATE VIRTUAL TABLE words USING fts5(word);
	CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users; END"
is "tables of any name, blobs that are text" "$(found users.db)" \
	"users.db!/odd \"name:m.okafor@royal-post.example:Skerry-2"$'\n'"users.db!/users:jdoe@royal-post.example:Skerry-1"
sqlite3 wal.db "PRAGMA journal_mode = wal; CREATE TABLE u (email TEXT, password TEXT);
	INSERT INTO u VALUES ('jdoe@royal-post.example', 'Skerry-3')" >/dev/null
is "a database that kept a log beside it" "$(found wal.db)" "wal.db!/u:jdoe@royal-post.example:Skerry-3"
zip -q in.zip users.db
is "a database in an archive" "$(found in.zip | tail -1)" "in.zip!/users.db!/users:jdoe@royal-post.example:Skerry-1"
head -c 3000 users.db >cut.db
like "a cut database is said" "$(missed cut.db)" '^cut.db:CAUSE_MALFORMED:'
{ head -c 100 users.db && head -c 50000 /dev/urandom; } >noise.db
like "a broken one too" "$(missed noise.db)" '^noise.db.*:CAUSE_MALFORMED:'
is "one past the limit is searched as it stands" "$(missed --limit held_bytes=4096 users.db | cut -d: -f1-2)" "users.db:CAUSE_LIMIT"
sqlite3 none.db "CREATE TABLE u (email TEXT, note TEXT); INSERT INTO u VALUES ('jdoe@royal-post.example', 'our contact')"
is "an address in a table is no finding" "$(found none.db)" ""
sqlite3 loop.db "CREATE TABLE u (email TEXT, password TEXT AS (upper(email)) STORED); INSERT INTO u(email) VALUES ('x@shop.test')"
is "generated columns are read" "$(missed loop.db)" ""

# ---- mail, spreadsheets, documents ---------------------------------------------------------------
python3 - <<'PYTHON'
import base64, io, mailbox, zipfile
from email.message import EmailMessage

def message(subject):
    m = EmailMessage()
    m["From"], m["To"], m["Subject"], m["Date"] = "x@shop.test", "jdoe@royal-post.example", subject, "Mon, 04 May 2026 10:22:33 +0200"
    return m

packed = io.BytesIO()
with zipfile.ZipFile(packed, "w") as z:
    z.writestr("PC-7/Passwords.txt", "URL: https://access.royal-post.example/\nUsername: jdoe\nPassword: Skerry-13\n\n")
m = message("logs")
m.set_content("jdoe@royal-post.example:Skerry-11-\u00e4\n" + "x" * 300 + "\n", cte="quoted-printable")
m.add_alternative("<html><body><p>jdoe@royal-post.example:Skerry-12</p></body></html>", subtype="html", cte="base64")
m.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="logs.zip")
inner = message("inner")
inner.set_content("m.okafor@royal-post.example:Skerry-14\n", cte="base64")
m.add_attachment(inner)
open("mail.eml", "wb").write(m.as_bytes())
open("crlf.eml", "wb").write(m.as_bytes().replace(b"\n", b"\r\n"))
open("cut.eml", "wb").write(m.as_bytes()[:-700])
box = mailbox.mbox("box.mbox")
box.add(m)
second = message("second")
second.set_content("From here on: s.varga@royal-post.example:Skerry-15\n", cte="base64")
box.add(second)
box.flush()
plain = message("hello")
plain["MIME-Version"] = "1.0"
plain.set_payload("please write to helpdesk@royal-post.example : thank you\n")
open("plain.eml", "wb").write(plain.as_bytes())
deep = b"From: a@shop.test\nTo: b@shop.test\n"
for i in range(40):
    deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i)
open("deep.eml", "wb").write(deep + b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(b"jdoe@royal-post.example:Skerry-16\n") + b"\n")

def part(fields, body):
    return (b"--=_a;b\r\n" + "\r\n".join(fields).encode() + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(body) + b"\r\n")

open("names.eml", "wb").write(
    b"From: a@shop.test\r\nTo: b@shop.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_a;b\"\r\n\r\n"
    + part(["Content-Disposition: attachment; filename*=UTF-8''%D0%9B%D0%BE%D0%B3.txt"], b"jdoe@royal-post.example:Skerry-31\n")
    + part(["Content-Type: text/plain;", " name*0*=windows-1251''%CF%E0;", " name*1=\"roles.txt\""], b"jdoe@royal-post.example:Skerry-32\n")
    + part(["Content-Type: text/plain; name=\"=?utf-8?B?0J/QsNGA?= =?utf-8?Q?_=D0=BE?=.txt\""], b"jdoe@royal-post.example:Skerry-33\n")
    + part(["Content-Type: text/plain; name=\"a;b.txt\""], b"jdoe@royal-post.example:Skerry-34\n")
    + part(["Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"], b"\x30\x80")
    + part(["Content-Type: application/pkcs7-mime; smime-type=signed-data; name=signed.p7m"], b"\x30\x80\njdoe@royal-post.example:Skerry-35\n")
    + part(["Content-Type: application/pgp-encrypted; name=version"], b"Version: 1\n") + b"--=_a;b--\r\n")
odd = ["name*0*=", "name*=''", "name*0*=x'y", "name*99=a", "name=\"=?utf-8?B?!!?=\"", "name=\"=?x\"", "name=\"=?a?q?=4\"", "name=\"", "name*=UTF-8''%4"]
open("odd.eml", "wb").write(
    b"From: a@shop.test\r\nTo: b@shop.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_a;b\"\r\n\r\n"
    + b"".join(part(["Content-Type: text/plain; " + each], b"jdoe@royal-post.example:Skerry-4%d\n" % i) for i, each in enumerate(odd)))

def book(name, sheet, strings):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", "<?xml version='1.0'?><Types/>")
        z.writestr("xl/worksheets/sheet1.xml", "<?xml version='1.0'?><worksheet><sheetData>" + sheet + "</sheetData></worksheet>")
        z.writestr("xl/sharedStrings.xml", "<?xml version='1.0'?><sst>" + "".join("<si><t>%s</t></si>" % s for s in strings) + "</sst>")

book("book.xlsx",
     '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
     '<row r="2"><c r="A2"><v>7</v></c><c r="B2" t="s"><v>3</v></c><c r="C2" t="s"><v>4</v></c></row>'
     '<row r="3"><c r="B3" t="inlineStr"><is><t>m.okafor@royal-post.example</t></is></c><c r="C3" t="s"><v>5</v></c></row>',
     ["id", "email", "password", "jdoe@royal-post.example", "Skerry-21", "Skerry-22"])
with zipfile.ZipFile("book.xlsx") as book_in, zipfile.ZipFile("behind.xlsx", "w") as out: # the list of types last, as LibreOffice does
    for name in reversed(book_in.namelist()):
        out.writestr(name, book_in.read(name))
book("contacts.xlsx",
     '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
     '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>3</v></c></row><row r="3"><c r="A3" t="s"><v>99999999</v></c></row>',
     ["email", "phone", "jdoe@royal-post.example", "555-0100"])
with zipfile.ZipFile("letter.docx", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("[Content_Types].xml", "<?xml version='1.0'?><Types/>")
    z.writestr("word/document.xml", "<?xml version='1.0'?><w:document><w:body><w:p><w:r><w:t>jdoe@royal-</w:t></w:r><w:r><w:t>post.example:Skerry-23"
               "</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:t>m.okafor@royal-post.example</w:t></w:p></w:tc><w:tc><w:p><w:t>Skerry-24"
               "</w:t></w:p></w:tc></w:tr></w:tbl></w:body></w:document>")
with zipfile.ZipFile("sheet.ods", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    z.writestr("content.xml", "<?xml version='1.0'?><office:document-content><table:table><table:table-row><table:table-cell><text:p>"
               "jdoe@royal-post.example</text:p></table:table-cell><table:table-cell><text:p>Skerry-25</text:p></table:table-cell>"
               "</table:table-row></table:table></office:document-content>")
PYTHON
python3 "$LEAKTRAWL_SOURCE/tests/unpack/make_ole.py" . || exit 1
is "the text and attachments of an Outlook message" "$(found letter.msg)" \
	"letter.msg!/__attach_version1.0_#00000000/__substg1.0_37010102:m.okafor@royal-post.example:Whimbrel-2
letter.msg!/__substg1.0_1000001F:jdoe@royal-post.example:Whimbrel-1"
is "the compressed text of an Outlook message" "$(found rich.msg)" "rich.msg!/__substg1.0_10090102:jdoe@royal-post.example:Whimbrel-15"
is "... is read whole" "$(missed rich.msg)$(missed known.msg)" ""
is "... of a damaged one the beginning" "$(found rich-cut.msg)" "rich-cut.msg!/__substg1.0_10090102:jdoe@royal-post.example:Whimbrel-16"
like "... and the damage is told" "$(missed rich-cut.msg)" 'CAUSE_MALFORMED:the compressed text of a message'
is "... one that is none is told" "$(missed rich-none.msg)" "rich-none.msg!/__substg1.0_10090102:CAUSE_MALFORMED:the compressed text of a message"
is "tables and lines of an older Word document" "$(found table.doc)" \
	"table.doc!/WordDocument:jdoe@royal-post.example:Whimbrel-3"$'\n'"table.doc!/WordDocument:m.okafor:Whimbrel-ä4"
is "rows of an older workbook" "$(found book.xls)" \
	"book.xls!/Workbook:jdoe@royal-post.example:Whimbrel-ö5"$'\n'"book.xls!/Workbook:m.okafor@royal-post.example:12345678"
is "a text over two records" "$(found cut-string.xls | cut -d: -f2-)" "$(found book.xls | cut -d: -f2-)"
is "an encrypted workbook is said to be" "$(found shut.xls)$(missed shut.xls)" "shut.xls!/Workbook:CAUSE_ENCRYPTED:a workbook"
is "so is an encrypted document" "$(missed shut.docx)" "shut.docx!/EncryptedPackage:CAUSE_ENCRYPTED:an Office document"
is "contacts of an older workbook are no finding" "$(found contacts.xls)" ""
is "a letter with our name is no finding" "$(found plain.doc)" ""
is "sectors that run in a circle" "$(found circle.doc | cut -d: -f3)" Whimbrel-6
is "a stream that the tree has lost" "$(found lost.doc | cut -d: -f3)" Whimbrel-10
is "what stands beside the cells: a link, a header, the name of a sheet, rich text" "$(found beside.xls | cut -d: -f2- | sort)" "jdoe@royal-post.example:Whimbrel-12
k.wren:Whimbrel-11
m.okafor@royal-post.example:W13
w.ames@royal-post.example:Whimbrel-14"
is "the text of a comment on a sheet" "$(found comment.xls)" "comment.xls!/Workbook:jdoe@royal-post.example:Whimbrel-9"
like "rows beyond all measure are told of" "$(missed --limit held_bytes=1000000 swollen.xls)" \
	'^swollen.xls!/Workbook:CAUSE_LIMIT:held_bytes: rows of a workbook$'
is "... and not of those that fit" "$(missed swollen.xls)" ""
like "a cut one is said" "$(missed cut.doc)" '^cut.doc.*:CAUSE_'
is "... and searched as it stands" "$(found cut.doc)" "cut.doc:jdoe@royal-post.example:Whimbrel-7"
like "what only begins so is said" "$(missed stub.doc)" '^stub.doc:CAUSE_MALFORMED:'
zip -q stub.zip stub.doc
is "... and searched, in an archive too" "$(found stub.zip)" "stub.zip!/stub.doc:jdoe@royal-post.example:Whimbrel-8"
all_of_mail="mail.eml!/logs.zip!/PC-7/Passwords.txt:jdoe:Skerry-13
mail.eml!/member-2:jdoe@royal-post.example:Skerry-11-ä
mail.eml!/member-3:jdoe@royal-post.example:Skerry-12
mail.eml!/member-6!/member-0:m.okafor@royal-post.example:Skerry-14"
is "parts, attachments, and mail in mail" "$(found mail.eml)" "$all_of_mail"
is "... with the line ends of the wire" "$(found crlf.eml)" "${all_of_mail//mail.eml/crlf.eml}"
is "... cut, up to the cut" "$(found cut.eml | head -1 | cut -d: -f2-)" "jdoe@royal-post.example:Skerry-11-ä"
is "a mailbox" "$(found box.mbox | cut -d: -f3)" "$(printf '%s\n' Skerry-13 Skerry-11-ä Skerry-12 Skerry-14 Skerry-15)"
is "names of attachments, however they are encoded" "$(found names.eml | cut -d/ -f2-)" \
	"$(printf '%s\n' 'a;b.txt:jdoe@royal-post.example:Skerry-34' 'Лог.txt:jdoe@royal-post.example:Skerry-31' \
		'Пар о.txt:jdoe@royal-post.example:Skerry-33' 'Паroles.txt:jdoe@royal-post.example:Skerry-32' \
		'signed.p7m:jdoe@royal-post.example:Skerry-35' | sort)"
is "what is encrypted in mail is said to be" "$(missed names.eml | cut -d/ -f2-)" \
	"smime.p7m:CAUSE_ENCRYPTED:encrypted mail"$'\n'"version:CAUSE_ENCRYPTED:encrypted mail"
is "broken names are no obstacle" "$(found odd.eml | wc -l)" 9
is "mail about nothing" "$(found plain.eml)" ""
is "parts within parts without end" "$(driver deep.eml | jq 'select(.done) | .done.ok')" true
is "rows of a spreadsheet" "$(found book.xlsx | cut -d: -f2-)" \
	"jdoe@royal-post.example:Skerry-21"$'\n'"m.okafor@royal-post.example:Skerry-22"
is "... in whatever order its parts stand" "$(found behind.xlsx | cut -d: -f2-)" "$(found book.xlsx | cut -d: -f2-)"
is "a list of contacts is no finding" "$(found contacts.xlsx)" ""
is "text and tables of a document" "$(found letter.docx | cut -d: -f2-)" \
	"jdoe@royal-post.example:Skerry-23"$'\n'"m.okafor@royal-post.example:Skerry-24"
is "rows of an OpenDocument table" "$(found sheet.ods)" "sheet.ods!/content.xml:jdoe@royal-post.example:Skerry-25"

# ---- masked names of a leak site are looked at up to a limit, which is told ------------------------
yes 'R***l' | head -n 5000 >stars.txt
is "more masked words than are looked at" "$(missed --leak stars.txt)" "stars.txt:CAUSE_LIMIT:masked words"
yes 'R***l' | head -n 3000 >stars.txt
is "fewer are all looked at" "$(missed --leak stars.txt)" ""

# ---- objects within RTF -------------------------------------------------------------------------
python3 - <<'PYTHON'
import struct
def text(data):
    return struct.pack("<I", len(data)) + data
def embed(name, data):
    return struct.pack("<II", 0x501, 2) + text(name + b"\0") + text(b"") + text(b"") + text(data)
def rtf(name, body):
    open(name, "wb").write(b"{\\rtf1\\ansi see the file\\par {\\object\\objemb{\\*\\objclass Package}{\\*\\objdata " + body + b"}{\\result x}}}")
def hexed(data):
    digits = data.hex().encode()
    return b"\r\n".join(digits[i:i + 64] for i in range(0, len(digits), 64))
inner = open("letter.docx", "rb").read()
rtf("document.rtf", hexed(embed(b"Word.Document.12", inner)))
rtf("old.rtf", hexed(embed(b"Word.Document.8", open("table.doc", "rb").read())))
file = b"w.ames@royal-post.example:Skerry-31\n"
package = b"\2\0list.txt\0C:\\list.txt\0\0\0\3\0" + text(b"C:\\t\\list.txt\0") + text(file)
rtf("packaged.rtf", hexed(embed(b"Package", package)))
data = embed(b"Word.Document.12", inner)
rtf("binary.rtf", b"\\bin%d " % len(data) + data)
rtf("garbage.rtf", hexed(struct.pack("<II", 0x501, 2) + b"\xff" * 40))
picture = b"{\\rtf1 {\\pict\\pngblip 89504e47}{\\*\\objdata zzz}jdoe@royal-post.example:Skerry-32}"
open("picture.rtf", "wb").write(picture)
PYTHON
paths() { found "$1" | sed -E 's/object-[0-9]+/object/'; }
is "a document that an RTF document holds" "$(paths document.rtf)" "document.rtf!/object!/word/document.xml:jdoe@royal-post.example:Skerry-23
document.rtf!/object!/word/document.xml:m.okafor@royal-post.example:Skerry-24"
is "... in bytes as they are" "$(paths binary.rtf)" "$(paths document.rtf | sed 's/^document/binary/')"
is "an older one" "$(paths old.rtf)" "old.rtf!/object!/WordDocument:jdoe@royal-post.example:Whimbrel-3
old.rtf!/object!/WordDocument:m.okafor:Whimbrel-ä4"
is "a file dragged into one" "$(paths packaged.rtf)" "packaged.rtf!/object:w.ames@royal-post.example:Skerry-31"
is "garbage for an object is none" "$(paths garbage.rtf)$(missed garbage.rtf)" ""
is "what stands behind an object and a picture is text" "$(paths picture.rtf | cut -d: -f2-)" "jdoe@royal-post.example:Skerry-32"

# ---- more than a record can hold is told --------------------------------------------------------------
jq -nc '{email: "jdoe@royal-post.example", password: [range(40) | "Kestrel-\(.)"]}' >secrets.json
is "the secrets an object has room for are found" "$(found secrets.json | wc -l)" 16
is "and that it had more" "$(missed secrets.json)" "secrets.json:CAUSE_LIMIT:secrets of an object"
printf "INSERT INTO t VALUES (%s'jdoe@royal-post.example','Kestrel-7');\n" "$(printf "'x%d'," {1..300})" >wide.sql
is "a row of too many values is told" "$(missed wide.sql)" "wide.sql:CAUSE_LIMIT:values of a row"
done_testing
