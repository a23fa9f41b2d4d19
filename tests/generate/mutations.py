"""
Ways to write, wrap, pack and surround a labelled case that leave its findings what they are.

A mutation takes a Doc and gives a new one, or None where it has nothing to change. A Doc knows which byte of it each byte of the case has
become, so that the places of findings can be checked too. What a mutation must not be applied to is said by properties of the
case (the functions unfit_*), each with its reason; there are no lists of cases.
"""
import base64
import bz2
import gzip
import html
import io
import json
import lzma
import quopri
import re
import subprocess
import tarfile
import tempfile
import urllib.parse
import zipfile
import zlib
from dataclasses import dataclass, replace


@dataclass
class Doc:
	data: bytes
	places: list  # of each byte of the case, and of its end, in data
	entry: dict   # the case
	text: bool = True        # data is text in UTF-8 (what cannot be written otherwise is no text)
	path: str = "case.txt"
	before: tuple = None     # (file, bytes) that stand around data
	after: tuple = None
	inner: bool = False      # places count in a member that data holds packed
	opens: bool = False      # what data is shows at its beginning

	def string(self):
		return self.data.decode()

	def moved(self, where):
		"""Its places once each has gone where it goes."""
		return self.places if self.inner else [None if p is None else where(p) for p in self.places]


class Written(dict):
	"""What each character is written as."""

	def __init__(self, write):
		super().__init__()
		self.write = write

	def __missing__(self, c):
		self[c] = self.write(c)
		return self[c]

	def all(self, data):
		return b"".join(map(self.__getitem__, data.decode()))


def per_character(doc, write, head=b"", tail=b"", **more):
	"""Writes each character by itself."""
	written, moved = Written(write), {}
	known = [p for p in doc.places if p is not None and not doc.inner] or [0]
	at, end = min(known), max(known)
	made = bytearray(head + written.all(doc.data[:at]))
	for c in doc.data[at:end].decode():
		n = len(c.encode())
		for i in range(n):
			moved[at + i] = len(made)
		made += written[c]
		at += n
	moved[at] = len(made)
	return replace(doc, data=bytes(made + written.all(doc.data[end:]) + tail), places=doc.moved(moved.get), **more)


def moved_by(doc, data, n):
	return replace(doc, data=data, places=doc.moved(lambda p: p + n))


def unplaced(doc, data, **more):
	return replace(doc, data=data, places=[None] * len(doc.places), **more)


def by_lines(doc, between, write, head, tail):
	"""Writes each line by itself; its characters by html.escape."""
	made, places = bytearray(head), {}
	at = 0
	for number, line in enumerate(doc.string().split("\n")):
		if number > 0:
			places[at] = len(made)
			made += between
			at += 1
		if line == "" and number == doc.string().count("\n"):
			break
		line = line.rstrip("\r")
		begin, end = write(line)
		made += begin
		for c in line:
			for i in range(len(c.encode())):
				places[at + i] = len(made)
			made += html.escape(c, quote=False).encode()
			at += len(c.encode())
		if doc.data[at:at + 1] == b"\r":
			places[at] = len(made)
			at += 1
		made += end
	places[at] = len(made)
	return replace(doc, data=bytes(made) + tail, places=doc.moved(places.get), opens=True)


# ---- how it is written ---------------------------------------------------------------------------------------------------


def crlf(doc):
	return None if "\r" in doc.string() or "\n" not in doc.string() else per_character(doc, lambda c: b"\r\n" if c == "\n" else c.encode())


def lf(doc):
	"""A lone CR ends a line of its own and stays."""
	text = doc.string()
	if "\r\n" not in text or text.count("\r") > text.count("\r\n"):
		return None
	return per_character(doc, lambda c: b"" if c == "\r" else c.encode())


def mark(doc):
	return None if doc.string().startswith("\ufeff") else replace(moved_by(doc, b"\xef\xbb\xbf" + doc.data, 3), opens=True)


def no_last_feed(doc):
	text = doc.data.rstrip(b"\r\n")
	return None if len(text) == len(doc.data) else replace(doc, data=text, places=doc.moved(lambda p: min(p, len(text))))


def blank_lines_around(doc):
	return moved_by(doc, b"\n\n" + doc.data + b"\n\n", 2)


NAME = re.compile(r"royal-post\.example|royalpost(?=\\|/)", re.I)


def spelt_in_capitals(doc):
	return _respelt(doc, str.upper)


def spelt_in_turns(doc):
	return _respelt(doc, lambda name: "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(name)))


def _respelt(doc, spell):
	text = NAME.sub(lambda m: spell(m[0]), doc.string())
	return None if text == doc.string() else replace(doc, data=text.encode())


KEY = re.compile(r"^((?:[ \t*>|]|- )*)([A-Za-z][A-Za-z ]{2,24})(?=[ \t]*:[ \t]*[^\s/])", re.M)
STATEMENT = re.compile(r"\b(insert|into|values|replace|create|table|copy|from|stdin)\b", re.I)


def keys_in_capitals(doc):
	return _rekeyed(doc, str.upper)


def keys_in_small(doc):
	return _rekeyed(doc, str.lower)


def _rekeyed(doc, spell):
	text = KEY.sub(lambda m: m[1] + spell(m[2]), doc.string())
	return None if text == doc.string() else replace(doc, data=text.encode())


def statements_in_small(doc):
	return _stated(doc, str.lower)


def statements_in_capitals(doc):
	return _stated(doc, str.upper)


def _stated(doc, spell):
	if not re.search(r"\b(insert|replace)\s+(ignore\s+)?into\b|^copy\s", doc.string(), re.I | re.M):
		return None
	head = re.compile(r"\b(insert\s+into|replace\s+into|create\s+table|copy)\b|\bvalues\b(?=\s*\()", re.I)
	text = head.sub(lambda m: spell(m[0]), doc.string())
	return None if text == doc.string() else replace(doc, data=text.encode())


LIST_LINE = re.compile(r"(?!.*---)(https?://[a-z0-9./-]+:)?[\w.+@-]+:[^\s:;|,\t]+")


def separated_by(separator):
	"""A list whose lines are [URL:]account:secret and nothing else, with another separator throughout."""
	def separate(doc):
		lines = [line for line in doc.string().splitlines() if line]
		if not lines or not all(LIST_LINE.fullmatch(line) for line in lines):
			return None
		return per_character_of_list(doc, separator)
	return separate


def per_character_of_list(doc, separator):
	made, moved = bytearray(), []
	for line in doc.string().splitlines(keepends=True):
		for i, c in enumerate(line):
			moved += [len(made)] * len(c.encode())
			made += separator.encode() if c == ":" and line[i + 1:i + 3] != "//" else c.encode()
	moved.append(len(made))
	return replace(doc, data=bytes(made), places=doc.moved(lambda p: moved[p]))


# ---- how it is encoded ---------------------------------------------------------------------------------------------------


def wide(codec, with_mark):
	def encode(doc):
		head = "\ufeff".encode(codec) if with_mark else b""
		made = per_character(replace(doc, data=doc.string().lstrip("\ufeff").encode()), lambda c: c.encode(codec), head) if not doc.string().startswith("\ufeff") else None
		return made and replace(made, text=False, opens=True)
	return encode


# ---- what changes it: to see whether the comparison notices ---------------------------------------------------------------


def spoilt_secret(doc):
	"""Another letter at the end of a secret."""
	for secret in secrets(doc):
		if len(secret) > 5 and secret[-1].isalnum() and doc.string().count(secret) == 1:
			return replace(doc, data=doc.string().replace(secret, secret[:-1] + ("x" if secret[-1] != "x" else "y")).encode())
	return None


def spoilt_name(doc):
	text = re.sub(r"royal-post\.example", "royal-past.example", doc.string(), flags=re.I)
	return replace(doc, data=text.encode()) if text != doc.string() and doc.entry["expect"] else None


# ---- what it stands in ---------------------------------------------------------------------------------------------------

PAGE = b"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Untitled</title></head>\n<body><div class=\"box\">\n<h1>Untitled</h1>\n"
PAGE_END = b"\n</div><footer>About &middot; Terms</footer></body></html>\n"


def html_pre(doc):
	return per_character(doc, lambda c: html.escape(c, quote=False).encode(), PAGE + b"<pre>\n", b"</pre>" + PAGE_END, opens=True)


def html_textarea(doc):
	return per_character(doc, lambda c: html.escape(c).encode(), PAGE + b'<textarea rows="20" class="raw" readonly>\n', b"</textarea>" + PAGE_END, opens=True)


def html_entities(doc):
	return per_character(doc, lambda c: c.encode() if c.isalnum() or c in " \n\r\t" else b"&#%d;" % ord(c), PAGE + b"<pre>\n", b"</pre>" + PAGE_END, opens=True)


def html_all_entities(doc):
	return per_character(doc, lambda c: c.encode() if c in "\n\r" else b"&#x%x;" % ord(c), PAGE + b"<pre>\n", b"</pre>" + PAGE_END, opens=True)


def html_breaks(doc):
	return by_lines(doc, b"\n", lambda line: (b"", b"<br>"), PAGE + b"<p>", b"</p>" + PAGE_END)


def html_paragraphs(doc):
	return by_lines(doc, b"\n", lambda line: (b"<p>", b"</p>") if line else (b"<p>&nbsp;", b"</p>"), PAGE, PAGE_END)


def html_list(doc):
	"""As paste sites show text with its syntax in colours: a line an item."""
	return by_lines(doc, b"", lambda line: (b'<li class="li1"><div class="de1">' + (b"" if line else b"&nbsp;"), b"</div></li>"), PAGE + b'<ol class="text">', b"</ol>" + PAGE_END)


def html_table_of_lines(doc):
	return by_lines(doc, b"", lambda line: (b"<tr><td>" + (b"" if line else b"&nbsp;"), b"</td></tr>\n"), PAGE + b"<table>", b"</table>" + PAGE_END)


def html_table_of_fields(doc):
	lines = [line for line in doc.string().splitlines() if line]
	if not lines or not all(re.fullmatch(r"(?!.*---)[\w.+-]+@[\w.-]+:[^\s:;|,\t]+", line) for line in lines):
		return None
	made = per_character(doc, lambda c: b"</td><td>" if c == ":" else b"</td></tr>\n<tr><td>" if c == "\n" else html.escape(c).encode(), PAGE + b"<table><tr><td>",
		b"</td></tr></table>" + PAGE_END, opens=True)
	return made


def json_string(doc):
	return per_character(doc, lambda c: json.dumps(c, ensure_ascii=False)[1:-1].encode(), b'{"id": 17, "title": "untitled", "content": "', b'", "views": 3}\n', opens=True)


def json_ascii(doc):
	return per_character(doc, lambda c: json.dumps(c)[1:-1].replace("/", "\\/").encode(), b'{"id":17,"title":"untitled","content":"', b'","views":3}\n', opens=True)


def json_escaped(doc):
	"""Everything but letters and digits as \\u, as some serialisers do it."""
	return per_character(doc, _json_escape, b'{"id":17,"title":"untitled","content":"', b'","views":3}\n', opens=True)


def json_all_escaped(doc):
	return per_character(doc, lambda c: "".join("\\u%04x" % u for u in _units(c)).encode(), b'{"id":17,"content":"', b'","views":3}\n', opens=True)


def _json_escape(c):
	if c.isalnum() and c.isascii():
		return c.encode()
	return {"\n": b"\\n", "\r": b"\\r", "\t": b"\\t"}.get(c) or "".join("\\u%04x" % u for u in _units(c)).encode()


def _units(c):
	wide_c = c.encode("utf-16be")
	return [wide_c[i] * 256 + wide_c[i + 1] for i in range(0, len(wide_c), 2)]


def percent(doc):
	return per_character(doc, lambda c: b"\n" if c == "\n" else urllib.parse.quote(c, safe="").encode())


def form(doc):
	return per_character(lf(doc) or doc, lambda c: urllib.parse.quote_plus("\r\n" if c == "\n" else c, safe="").encode(), b"paste_format=1&paste_code=", b"&paste_expire=N\n")


def _folded(code, width, head, tail):
	if width == 0:
		return head + code + b"\n" + tail
	return head + b"\n".join(code[i:i + width] for i in range(0, len(code), width)) + b"\n" + tail


def in_base64(width, alphabet=None):
	def encode(doc):
		head, tail = b"here it is, decode it yourself:\n\n", b"\nthanks\n"
		code = base64.b64encode(doc.data, altchars=alphabet)
		where = lambda p: len(head) + (lambda q: q + (q // width if width else 0))(p // 3 * 4)
		return replace(doc, data=_folded(code, width, head, tail), places=doc.moved(where), text=True, opens=False)
	return encode


def gzip_in_base64(width):
	def encode(doc):
		head, tail = b"gunzip:\n", b"\nthanks\n"
		return replace(doc, data=_folded(base64.b64encode(gzip.compress(doc.data, 9, mtime=0)), width, head, tail), text=True, opens=False, inner=True)
	return encode


def in_hex(width):
	def encode(doc):
		head, tail = b"dump:\n", b"\n--\n"
		where = lambda p: len(head) + (lambda q: q + (q // width if width else 0))(p * 2)
		return replace(doc, data=_folded(doc.data.hex().encode(), width, head, tail), places=doc.moved(where), text=True, opens=False)
	return encode


# ---- what it is packed in: places count from the beginning of the member -----------------------------------------------------

MAIL = (b"Received: from mx.test by mail.test; Mon, 4 May 2026 10:00:00 +0000\r\nFrom: Anna <anna@mailbox.test>\r\nTo: bob@mailbox.test\r\n"
	b"Subject: what I promised\r\nDate: Mon, 4 May 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n")


def mail_quoted_printable(doc):
	"""Lines end in CR LF in mail, whatever they ended in before."""
	body = quopri.encodestring(doc.data.replace(b"\r\n", b"\n"), quotetabs=False).replace(b"\n", b"\r\n")
	head = MAIL + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	return unplaced(doc, head + body, text=True, path="mail.eml", opens=True)


def mail_base64(doc):
	head = MAIL + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	return unplaced(doc, head + base64.encodebytes(doc.data).replace(b"\n", b"\r\n"), text=True, path="mail.eml", opens=True)


def mail_attachment(doc):
	head = MAIL + (b'Content-Type: multipart/mixed; boundary="=-=x17"\r\n\r\n--=-=x17\r\nContent-Type: text/plain\r\n\r\nsee below\r\n\r\n--=-=x17\r\n'
		b'Content-Type: application/octet-stream; name="' + doc.path.encode() + b'"\r\nContent-Disposition: attachment; filename="' + doc.path.encode() +
		b'"\r\nContent-Transfer-Encoding: base64\r\n\r\n')
	return unplaced(doc, head + base64.encodebytes(doc.data).replace(b"\n", b"\r\n") + b"--=-=x17--\r\n", text=True, path="mail.eml", opens=True)


def packed(write, ending):
	def pack(doc):
		return replace(doc, data=write(doc.data, doc.path), text=False, path=doc.path + ending, inner=True, opens=True)
	return pack


def _zip(data, name):
	made = io.BytesIO()
	with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
		archive.writestr(zipfile.ZipInfo("notes.txt", (2026, 5, 4, 10, 0, 0)), b"read the other file\n")
		archive.writestr(zipfile.ZipInfo(name, (2026, 5, 4, 10, 0, 0)), data)
	return made.getvalue()


def _tar(data, name):
	made = io.BytesIO()
	with tarfile.open(fileobj=made, mode="w:gz") as archive:
		member = tarfile.TarInfo("dump/" + name)
		member.size = len(data)
		archive.addfile(member, io.BytesIO(data))
	return made.getvalue()


def _7z(data, name):
	with tempfile.TemporaryDirectory() as folder:
		with open(folder + "/member", "wb") as file:
			file.write(data)
		subprocess.run(["7z", "a", "-bd", "-y", "-mx=1", "a.7z", "member"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
		with open(folder + "/a.7z", "rb") as file:
			return file.read()


# ---- what it is not to be done to ---------------------------------------------------------------------------------------------


def secrets(doc):
	return [e.get("secret") or "" for e in doc.entry["expect"]]


CONTAINER = re.compile(rb"^Content-Transfer-Encoding:|^\{\\rtf", re.M | re.I)


def opens_as_document(doc):
	"""What a document is shows at its beginning."""
	if doc.opens:
		return True
	head = doc.data.lstrip(b"\xef\xbb\xbf \t\r\n")
	if re.match(rb"[{\[].*\\", head, re.S) or CONTAINER.search(head):
		return True
	return head[:1] == b"<" or bool(re.match(rb"[A-Z][A-Za-z-]+: ", head) and b"MIME-Version" in doc.data)


CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f]")


def unfit_not_text(doc):
	try:
		doc.string()
	except UnicodeDecodeError:
		return "bytes that are no UTF-8 cannot be written as text"
	return "control characters cannot be written as text" if not doc.text or CONTROL.search(doc.string()) else None


def unfit_name_in_secret(doc):
	return "our name is part of a secret, which would be another one" if any(NAME.search(s) for s in secrets(doc)) else None


MARKUP = re.compile(rb"</?(td|tr|p|br|hr|html|div)\b[^<>]*>", re.I)


def unfit_in_string(doc):
	if "\n" not in doc.string():
		return "a string without line ends is the value of its key"
	return "a string of JSON holds text or HTML" if opens_as_document(doc) and not doc.data.lstrip().startswith(b"<") else None


RECORD_BYTES = 64 << 10
WORD = re.compile(r"--.*|[a-z]+(?:/[\w.+-]+)?|.*[.,:]|[\w-]+=.*|[A-Z][a-z]+|[\d./: -]+|/.*|.*@.*|[\w.]+\.[a-z]+", re.S)


def unfit_plain_secret(doc):
	"""What looks like no secret is one by the colon before it; behind another sign it may be any field of a table."""
	for expected in doc.entry["expect"]:
		account = expected.get("account") or ""
		if WORD.fullmatch(expected.get("secret") or "") or (expected.get("secret") or "-") in account:
			return "a word, a number, a media type, an option or an address is a secret by its colon alone"
	return None


def unfit_colon_in_path(doc):
	"""http://host/a:b:c is a URL as it stands; with another sign for its colons it would be one with a log-in and a secret."""
	return "the colons of a path part nothing" if not doc.entry["expect"] and re.match("https?://", doc.string()) else None


LOGON = re.compile(r"[|;][A-Z]{2,15}/[a-z]")


def unfit_capitals(doc):
	return "DOMAIN/user between bars is told by its capitals" if LOGON.search(doc.string()) else None


def unfit_long(doc):
	"""Three bytes a sign, and the head of a table may stand as far from its row as a record is long."""
	return "longer than what is decoded around a name" if len(doc.data) > RECORD_BYTES // 3 else None


def unfit_opened(doc):
	return "a document shown in another one is text" if opens_as_document(doc) else None


def unfit_markup(doc):
	return "markup that a page shows as text is text" if re.search(r"</?[a-z][^<>]*>|&#?\w+;|<!--", doc.string(), re.I) else None


def unfit_carriage_returns(doc):
	return "a carriage return alone is a blank in HTML" if re.search(r"\r(?!\n)", doc.string()) else None


def unfit_post(doc):
	"""The posts of markets and leak sites: a mention or a listing is judged by all of it, its title is its first line."""
	return "a post is judged as a whole" if any(e["secret_kind"] in ("mention", "listing") for e in doc.entry["expect"]) or \
		re.search("mention|listing", doc.entry["kind"]) else None


def unfit_lines_in_secret(doc):
	return "a key of several lines has keys of its own" if any("\n" in s or KEY.match(s + ": x") and s in doc.string() and "::" in s for s in secrets(doc)) else None


def unfit_passed(doc):
	return "PASS says that a test has passed, pass is a key" if re.search(r"^PASS:", doc.string(), re.M) else None


def unfit_mail(doc):
	"""Mail and RTF are unpacked as a file or an attachment, not as a text within a text."""
	return "a container in a text is text" if CONTAINER.search(doc.data) else None


def unfit_escaped_tabs(doc):
	return "escapes that nobody undid are escaped once more" if re.search(r"\\t", doc.string()) else None


def unfit_cut_name(doc):
	"""What is no UTF-8 is decoded around a name of ours only, and a fold may cut the name in two."""
	try:
		return "no text by its look" if CONTROL.search(doc.string()) else None
	except UnicodeDecodeError:
		return "no text by its look"


def unfit_short(doc):
	"""Of a short run of base64 only a long name of ours tells that it is one."""
	return "too short to be seen" if len(doc.data) < 32 and b"royal-post.example" not in doc.data else None


def unfit_without_mark(doc):
	"""Without a mark wide text is told by its ASCII letters, or around a name as far as no letter is two of 8-bit text."""
	text = doc.string()
	pairs = text.encode("utf-16be")
	both = any(0x20 <= pairs[i] < 0x7f and 0x20 <= pairs[i + 1] < 0x7f for i in range(0, len(pairs), 2))
	both = both or 0 in pairs[1::2] # U+2500 looks like a letter of the other order
	few = sum(c.isascii() for c in text) * 4 < len(text) * 3
	return "few letters of ASCII tell that it is wide" if both or few else None


def unfit_order(doc):
	"""Account, then secret: what has them the other way round is told by its colons."""
	text = doc.string()
	pairs = [(e.get("account") or "", e.get("secret") or "") for e in doc.entry["expect"]]
	return "the secret stands before the account" if any(text.find(s) < text.find(a) for a, s in pairs) else None


def unfit_hidden_name(doc):
	"""The sieve must see a name of ours to have percent-encoding undone: it is nobody's work to undo all there is."""
	text = doc.string()
	tokens = [e.get("secret") or "" for e in doc.entry["expect"] if e["secret_kind"] == "token"]
	if any(re.search("[^\\w.~-]", token) for token in tokens):
		return "a rule sees what a token has before its first escape"
	if any(NAME.search(line) and not re.search(r"[^\w.~-]", line.strip()) for line in text.splitlines()):
		return "a name alone on its line is encoded by nothing"
	return "no name of ours is left in sight" if "%25" in text or NAME.search(text) is None and "royal post" not in text.lower() else None


def unfit_blanks(doc):
	return "blanks and empty lines mean something, and HTML drops them" if re.search(r"\t|  |^ | $|\n\r?\n\r?\n", doc.string(), re.M) else None


def unfit_paragraphs(doc):
	"""Log-ins without keys whose host has no scheme, or stands last: only empty or drawn lines part them."""
	gap, text = r"(?:\n|=+\n)", doc.string().replace("\r\n", "\n")
	return "gaps part what has no keys" if re.search(rf"(?:^|\n{gap})(?:[^\s=]+\n){{2,3}}{gap}(?:[^\s=]+\n){{2,3}}{gap}(?:\S+\n){{1,2}}\S+(?:\n|$)", text) else None


def unfit_voted(doc):
	"""Signs that seldom part address and secret, URLs below their log-ins: the lines around must agree, and only the one with a name of ours is decoded."""
	upside_down = re.search(r"(?:^[^\s:/]+\n\S+\n\w+://\S+\n){2}", doc.string(), re.M)
	return "the lines around vote, and stay encoded" if upside_down or re.search(r"@[\w.-]+\w[\]})>]?[ :;|\t]{0,2}[(\[{<~%^*$&!]\S", doc.string()) else None


def unfit_amid_words(doc):
	"""A form writes blanks as plus signs: of a sentence nothing says that it is one."""
	return "a name amid words is encoded by nothing" if re.search(r"(?:^| )(?:https?://)?[\w.-]*royal-post\.example(?: |$)", doc.string(), re.M) else None


def unfit_outer_path(doc):
	return "the case is about the path of its file" if "path" in doc.entry else None


def unfit_declared_type(doc):
	return "the declared type is that of what the case stands in now" if "content_type" in doc.entry else None


@dataclass
class Mutation:
	name: str
	apply: object
	unfit: tuple = ()
	family: str = "write"

	def weight(self):
		"""Part of a share: what costs a process or megabytes is run less often in a part of all runs. All is all."""
		return {"7z": 0.02}.get(self.name, 0.05 if self.family == "surround" else 1)

	def keeps_confidence(self):
		"""What stands around a record, and which separator it has, says how sure one may be of it."""
		return self.family in ("encode", "pack")

	def reason(self, doc):
		for unfit in self.unfit:
			why = unfit(doc)
			if why:
				return why
		return None


# In which order families follow each other in a composition.
ORDER = {"write": 0, "encode": 1, "wrap": 2, "pack": 3, "surround": 4}

TEXT = (unfit_not_text,)
WRAP = TEXT + (unfit_declared_type, unfit_mail)
SHOW = WRAP + (unfit_opened, unfit_markup, unfit_post)
FLOW = SHOW + (unfit_blanks, unfit_paragraphs, unfit_carriage_returns)
CODE = (unfit_declared_type, unfit_outer_path, unfit_mail, unfit_short)
PACK = (unfit_declared_type, unfit_outer_path)

MUTATIONS = [
	Mutation("crlf", crlf, TEXT),
	Mutation("lf", lf, TEXT),
	Mutation("mark", mark, TEXT + (unfit_mail,)),
	Mutation("no-last-feed", no_last_feed, TEXT),
	Mutation("blank-lines-around", blank_lines_around, TEXT),
	Mutation("name-in-capitals", spelt_in_capitals, TEXT + (unfit_name_in_secret,)),
	Mutation("name-in-turns", spelt_in_turns, TEXT + (unfit_name_in_secret, unfit_capitals)),
	Mutation("keys-in-capitals", keys_in_capitals, TEXT + (unfit_lines_in_secret,)),
	Mutation("keys-in-small", keys_in_small, TEXT + (unfit_lines_in_secret, unfit_passed)),
	Mutation("statements-in-small", statements_in_small, TEXT),
	Mutation("statements-in-capitals", statements_in_capitals, TEXT),
	Mutation("separator-semicolon", separated_by(";"), TEXT + (unfit_plain_secret, unfit_order, unfit_colon_in_path)),
	Mutation("separator-bar", separated_by("|"), TEXT + (unfit_plain_secret, unfit_order, unfit_colon_in_path)),
	Mutation("separator-tab", separated_by("\t"), TEXT + (unfit_plain_secret, unfit_order, unfit_colon_in_path)),
	Mutation("separator-spaced-colon", separated_by(" : "), TEXT + (unfit_plain_secret, unfit_order, unfit_colon_in_path)),
	Mutation("separator-spaced-bar", separated_by(" | "), TEXT + (unfit_plain_secret, unfit_order, unfit_colon_in_path)),
	Mutation("utf-16le", wide("utf-16le", False), WRAP + (unfit_without_mark,), "encode"),
	Mutation("utf-16be", wide("utf-16be", False), WRAP + (unfit_without_mark,), "encode"),
	Mutation("utf-16le-mark", wide("utf-16le", True), WRAP, "encode"),
	Mutation("utf-16be-mark", wide("utf-16be", True), WRAP, "encode"),
	Mutation("html-pre", html_pre, SHOW, "wrap"),
	Mutation("html-textarea", html_textarea, SHOW, "wrap"),
	Mutation("html-entities", html_entities, SHOW, "wrap"),
	Mutation("html-all-entities", html_all_entities, SHOW, "wrap"),
	Mutation("html-breaks", html_breaks, FLOW, "wrap"),
	Mutation("html-paragraphs", html_paragraphs, FLOW, "wrap"),
	Mutation("html-list", html_list, FLOW, "wrap"),
	Mutation("html-table-of-lines", html_table_of_lines, FLOW, "wrap"),
	Mutation("html-table-of-fields", html_table_of_fields, FLOW + (unfit_plain_secret, unfit_order), "wrap"),
	Mutation("json-string", json_string, WRAP + (unfit_in_string, unfit_escaped_tabs), "wrap"),
	Mutation("json-ascii", json_ascii, WRAP + (unfit_in_string, unfit_escaped_tabs), "wrap"),
	Mutation("json-escaped", json_escaped, WRAP + (unfit_in_string, unfit_escaped_tabs), "wrap"),
	Mutation("json-all-escaped", json_all_escaped, WRAP + (unfit_in_string, unfit_escaped_tabs), "wrap"),
	Mutation("percent", percent, WRAP + (unfit_hidden_name, unfit_paragraphs, unfit_voted, unfit_long, unfit_post, unfit_outer_path), "wrap"),
	Mutation("form", form, WRAP + (unfit_hidden_name, unfit_amid_words, unfit_long, unfit_escaped_tabs, unfit_post, unfit_outer_path), "wrap"),
	Mutation("base64", in_base64(0), CODE, "wrap"),
	Mutation("base64-url", in_base64(0, b"-_"), CODE, "wrap"),
	Mutation("base64-64", in_base64(64), CODE + (unfit_cut_name,), "wrap"),
	Mutation("base64-76", in_base64(76), CODE + (unfit_cut_name,), "wrap"),
	Mutation("gzip-in-base64", gzip_in_base64(0), CODE, "wrap"),
	Mutation("gzip-in-base64-76", gzip_in_base64(76), CODE, "wrap"),
	Mutation("hex", in_hex(0), CODE, "wrap"),
	Mutation("hex-64", in_hex(64), CODE + (unfit_cut_name,), "wrap"),
	Mutation("mail-quoted-printable", mail_quoted_printable, TEXT + PACK, "pack"),
	Mutation("mail-base64", mail_base64, PACK, "pack"),
	Mutation("mail-attachment", mail_attachment, PACK, "pack"),
	Mutation("zip", packed(_zip, ".zip"), PACK, "pack"),
	Mutation("tar-gz", packed(_tar, ".tar.gz"), PACK, "pack"),
	Mutation("gz", packed(lambda data, name: gzip.compress(data, 6, mtime=0), ".gz"), PACK, "pack"),
	Mutation("bz2", packed(lambda data, name: bz2.compress(data), ".bz2"), PACK, "pack"),
	Mutation("xz", packed(lambda data, name: lzma.compress(data), ".xz"), PACK, "pack"),
	Mutation("zlib", packed(lambda data, name: zlib.compress(data), ".z"), PACK, "pack"),
	Mutation("7z", packed(_7z, ".7z"), PACK, "pack"),
]
SPOILT = [Mutation("spoilt-secret", spoilt_secret, TEXT), Mutation("spoilt-name", spoilt_name, TEXT)]


# ---- what stands around it ------------------------------------------------------------------------------------------------


def amid(noise):
	"""A megabyte of each kind of noise before and after, between empty lines as people leave them."""
	def between(kind):
		def surround(doc):
			made = moved_by(doc, b"\n\n" + doc.data + b"\n\n\n", 2)
			return replace(made, before=noise.piece(kind, True), after=noise.piece(kind, False))
		return surround
	return [Mutation("amid-" + kind, between(kind), (unfit_not_text, unfit_document, unfit_declared_type, unfit_outer_path, unfit_post), "surround") for kind in ("combos", "logins", "prose", "logs", "binary")]


def unfit_document(doc):
	"""HTML, mail, JSON with documents in its strings and wide text are told by how they begin; amid a text nobody would."""
	return "what it is shows at its beginning" if opens_as_document(doc) or MARKUP.search(doc.data) else None
