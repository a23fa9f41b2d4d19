#!/usr/bin/env python3
"""
A list, half of it ours, written in every way that a view undoes, long enough that neither a window nor a range holds it, amid
other people's lists. Read as a whole it must give exactly its findings, and in two ranges the same, wherever they meet. Prints TAP.

    borders.py --driver build/inspect_driver [--lines N] [--borders N] [--seed N] [--only NAME,...]
"""
import argparse
import base64
import collections
import json
import os
import quopri
import random
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import noise


def our_list(rnd, count):
	lines, want = [], set()
	for i in range(count):
		if i % 4 == 1:
			lines.append(f"jd{i}@royal-post.example:Heron-{i}-Weir")
			want.add((f"jd{i}@royal-post.example", None, f"Heron-{i}-Weir"))
		elif i % 4 == 3:
			lines.append(f"https://access.royal-post.example/in/{i}:usr{i}:Gull-{i}-Pier")
			want.add((f"usr{i}", "access.royal-post.example", f"Gull-{i}-Pier"))
		else:
			lines.append(noise.combos(rnd).strip())
	return "\n".join(lines) + "\n", want


# ---- ways to write it -------------------------------------------------------------------------------------------------------


def pieces(data, width):
	return [data[i:i + width] for i in range(0, len(data), width)]


def in_base64(text):
	return base64.b64encode(text.encode()).decode()


def as_numbers(text, form):
	return [form % byte for byte in text.encode()]


def hexdump(text):
	lines = []
	for at, row in enumerate(pieces(text.encode(), 16)):
		groups = " ".join(pieces(row.hex(), 4))
		lines.append(f"{at * 16:08x}: {groups:<39}  " + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row))
	return "\n".join(lines)


def octal_dump(text):
	rows = pieces(text.encode(), 16)
	return "\n".join(f"{at * 16:07o} " + " ".join("%03o" % byte for byte in row) for at, row in enumerate(rows))


def each(text, write):
	return "".join(c if c.isalnum() or c == "\n" else write(c) for c in text)


WAYS = {
	"plain": lambda text: text,
	"base64": in_base64,
	"base64-76": lambda text: "\n".join(pieces(in_base64(text), 76)),
	"base64-strings": lambda text: 'x = "' + '" +\n  "'.join(pieces(in_base64(text), 60)) + '";',
	"hex": lambda text: text.encode().hex(),
	"hex-64": lambda text: "\n".join(pieces(text.encode().hex(), 64)),
	"hex-spaced": lambda text: text.encode().hex(" "),
	"0x-lines": lambda text: "d[] = {\n  " + ",\n  ".join(map(", ".join, pieces(as_numbers(text, "0x%02x"), 12))) + "\n};",
	"0x-line": lambda text: "d[] = {" + ", ".join(as_numbers(text, "0x%02x")) + "};",
	"x-string": lambda text: 'd = "' + "".join(as_numbers(text, "\\x%02x")) + '";',
	"decimal-lines": lambda text: "d = bytes([\n" + ",\n".join(map(", ".join, pieces(as_numbers(text, "%d"), 16))) + "])",
	"char-codes": lambda text: "String.fromCharCode(" + ",".join(as_numbers(text, "%d")) + ")",
	"xxd": hexdump,
	"od": octal_dump,
	"percent-lines": lambda text: "\n".join(urllib.parse.quote(line, safe="") for line in text.split("\n")),
	"u-escapes": lambda text: each(text, lambda c: "\\u%04x" % ord(c)),
	"entities": lambda text: each(text, lambda c: "&#%d;" % ord(c)),
	"quoted-printable": lambda text: quopri.encodestring(text.encode()).decode().replace("@", "=40"),
	"spelt": lambda text: text.replace("@", " [at] ").replace("royal-post.example", "royal-post [dot] example"),
	"zero-width": lambda text: text.replace("royal", "ro\u200byal"),
	"utf-16le": lambda text: text.encode("utf-16le"),
	"utf-16be": lambda text: text.encode("utf-16be"),
}


# ---- reading it -------------------------------------------------------------------------------------------------------------


def jobs(args, rnd, text):
	"""Each way as a whole, then cut."""
	before, behind = ("".join(noise.combos(rnd) for _ in range(count)).encode() for count in (2600, 3600))
	for name in WAYS:
		if args.only and name not in args.only.split(","):
			continue
		made = WAYS[name](text)
		made = made if isinstance(made, bytes) else made.encode()
		data, step = before + b"\n\n" + made + b"\n\n" + behind, len(made) // args.borders
		job = {"id": name, "text_b64": base64.b64encode(data).decode(), "path": "case.txt", "expect": []}
		yield name, None, job
		for number in range(args.borders):
			at = len(before) + 2 + number * step + rnd.randrange(step)
			yield name, at - len(before) - 2, dict(job, borders=[at])


def found_in(said):
	return {(finding.get("account"), finding.get("host"), finding.get("secret")) for finding in said["found"]}


def main():
	parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument("--driver", required=True)
	parser.add_argument("--lines", type=int, default=2000)
	parser.add_argument("--borders", type=int, default=2)
	parser.add_argument("--seed", type=int, default=20260504)
	parser.add_argument("--only", default="")
	args = parser.parse_args()
	rnd = random.Random(args.seed)
	text, want = our_list(rnd, args.lines)
	told, ran, bad = [], collections.Counter(), collections.defaultdict(list)
	with tempfile.TemporaryFile() as file:
		for name, at, job in jobs(args, rnd, text):
			told.append((name, at))
			file.write(json.dumps(job).encode() + b"\n")
		file.seek(0)
		answers = subprocess.run([args.driver, "--found", "-"], stdin=file, stdout=subprocess.PIPE, check=True).stdout.splitlines()
	for (name, at), line in zip(told, answers, strict=True):
		said = json.loads(line)
		if at is not None and not said["split"]:
			continue # is told to be another thing than a list, and read in one piece
		ran[name] += 1
		missing, invented = sorted(want - found_in(said), key=str), sorted(found_in(said) - want, key=str)
		if missing or invented:
			bad[name].append(f"{'whole' if at is None else f'cut at {at}'}: {len(missing)} missing {missing[:2]}, {len(invented)} invented {invented[:2]}")
	for number, name in enumerate(ran, 1):
		print(f"{'not ok' if bad[name] else 'ok'} {number} - {name}: {ran[name]} runs")
		for line in bad[name]:
			print("#  ", line)
	print(f"1..{len(ran)}")
	return 1 if any(bad.values()) else 0


sys.exit(main())
