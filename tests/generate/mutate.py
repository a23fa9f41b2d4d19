#!/usr/bin/env python3
"""
Feeds labelled cases, written, wrapped, packed and surrounded otherwise, to the inspector and compares what it finds with what it
finds in the cases as they are. Prints TAP: a line for each mutation, and for windows, ranges and compositions.

    mutate.py --driver build/inspect_driver [--seed N] [--share F] [--only NAME,...] [--show N] CASES.jsonl...

--share is the part of all runs that is made, chosen by the seed; 1 is all. --only lists mutations by name. --explain says what was
left out and why.
"""
import argparse
import base64
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mutations
import noise
from mutations import Doc

SAME = ("account", "host", "secret_kind", "secret", "audience", "attribution", "canary", "grants", "format", "type", "title", "url")
SLACK = 16             # views are mapped in pieces
NOISE_BYTES = 1 << 20
WAITING = 64           # jobs that are on their way to the inspector


# ---- cases ----------------------------------------------------------------------------------------------------------------


def case_bytes(entry):
	return entry["text"].encode("utf-8", "surrogatepass") if "text" in entry else base64.b64decode(entry["text_b64"])


def read_cases(files):
	cases = []
	for file in files:
		with open(file, encoding="utf-8") as lines:
			for line in lines:
				if line.strip():
					entry = json.loads(line)
					entry["name"] = os.path.basename(file)[:-6] + "/" + entry["id"]
					cases.append(entry)
	return cases


def doc_of(entry):
	data = case_bytes(entry)
	return Doc(data, list(range(len(data) + 1)), entry, path=entry.get("path", "case.txt"))


def job_of(doc, borders=None):
	job = {"id": doc.entry["name"], "text_b64": base64.b64encode(doc.data).decode(), "path": doc.path, "expect": []}
	for key in ("leak", "bundle", "machine_dir", "content_type"):
		if key in doc.entry:
			job[key] = doc.entry[key]
	if doc.before:
		job["before"] = {"file": doc.before[0], "bytes": doc.before[1]}
	if doc.after:
		job["after"] = {"file": doc.after[0], "bytes": doc.after[1]}
	if borders:
		job["borders"] = borders
	return job


class Noise:
	"""Files of other people's bytes, and pieces of about so many bytes of them that begin and end with a line."""

	def __init__(self, folder, seed):
		self.folder, self.seed, self.files = folder, seed, {}

	def file(self, kind):
		if kind not in self.files:
			path = os.path.join(self.folder, kind)
			data = noise.make(kind, NOISE_BYTES + (NOISE_BYTES >> 2), self.seed)
			with open(path, "wb") as file:
				file.write(data)
			self.files[kind] = path, data
		return self.files[kind]

	def piece(self, kind, tail, size=NOISE_BYTES):
		path, data = self.file(kind)
		if kind == "binary":
			return path, size
		if tail:
			return path, len(data) - data.find(b"\n", len(data) - size - 1) - 1
		return path, data.find(b"\n", size) + 1

	def bytes_of(self, kind, size):
		"""Exactly so many, of which the first line may be cut."""
		return self.file(kind)[1][-size:] if size else b""


# ---- the inspector ----------------------------------------------------------------------------------------------------------


def inspect(driver, jobs, answer):
	"""Jobs go in on one thread while answers come out on another."""
	process = subprocess.Popen([driver, "--found", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
	sent, room, failed = collections.deque(), threading.Semaphore(WAITING), []

	def feed():
		try:
			for what, job in jobs:
				room.acquire()
				sent.append(what)
				process.stdin.write(json.dumps(job).encode() + b"\n")
				process.stdin.flush()
		except Exception as error: # reported below; the inspector must still see the end of its input
			failed.append(error)
		finally:
			process.stdin.close()
	feeder = threading.Thread(target=feed)
	feeder.start()
	for line in process.stdout:
		answer(sent.popleft(), json.loads(line))
		room.release()
	status = process.wait()
	room.release(WAITING)
	feeder.join()
	if failed or status != 0 or sent:
		raise SystemExit(f"Bail out! {failed[0] if failed else 'the inspector did not end well'}, at {sent[0][1]['name'] if sent else 'the end'}")


# ---- comparing ----------------------------------------------------------------------------------------------------------------


def as_key(finding, keys=SAME):
	values = []
	if finding["secret_kind"] == "token":
		keys = [key if key in ("secret_kind", "secret") else "" for key in keys] # which is its identity
	for key in keys:
		value = finding.get(key)
		if isinstance(value, str):
			value = value.replace("\r\n", "\n")
			if key in ("account", "url", "title"):
				value = value.casefold()
		elif isinstance(value, dict):
			value = json.dumps(value)
		values.append(value)
	return tuple(values)


def folds(key, want):
	"""A sighting without a service is one of the finding with the same account and secret: the index makes one of them."""
	return key[1] is None and any(w[0] == key[0] and w[2:4] == key[2:4] for w in want)


def differences(wanted, found, keys):
	"""What is missing and what is invented."""
	want = collections.Counter(as_key(f, keys) for f in wanted)
	got = collections.Counter(as_key(f, keys) for f in found)
	return list((want - got).elements()), [key for key in (got - want).elements() if not folds(key, want)]


def line_of(data, at):
	"""Where the line around a place begins and ends."""
	begin = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
	ends = [p for p in (data.find(b"\n", at), data.find(b"\r", at)) if p >= 0]
	return begin, min(ends) if ends else len(data)


def begin_of(data, at):
	"""Where the line around a place begins, with empty lines above it."""
	begin = line_of(data, at)[0]
	while data[begin - 1:begin] in (b"\n", b"\r"):
		begin -= 1
	return begin


def misplaced(doc, wanted, found):
	"""Findings that are told to stand elsewhere than on the line they stand on."""
	shift = doc.before[1] if doc.before else 0
	original = case_bytes(doc.entry)
	wrong = []
	if original.lstrip()[:1] == b"<":
		return wrong # places in markup are near enough where they are
	for finding in found:
		spans = []
		if finding["secret_kind"] == "token":
			continue # near a name, which may be another line's
		for w in wanted:
			if as_key(w) == as_key(finding) and w["offset"] < len(doc.places):
				begin, end = line_of(original, w["offset"])
				if not mutations.NAME.search(original[begin:end].decode("utf-8", "replace")):
					continue # it stands encoded, or its record begins further up
				spans.append((doc.places[begin], doc.places[end]))
		told = finding["offset"] - shift
		if finding["path"].count("!/") > doc.path.count("!/") or None in [p for span in spans for p in span]:
			continue # places count from the beginning of a member
		if spans and not any(begin_of(doc.data, begin) - SLACK <= told <= end for begin, end in spans):
			wrong.append((told, spans))
	return wrong


def once(found):
	"""Ranges may tell the same finding each: the index makes one of them."""
	return list({as_key(f): f for f in found}.values())


# ---- what is run ----------------------------------------------------------------------------------------------------------------


class Plan:
	"""All runs, or the share of them that the seed chooses."""

	def __init__(self, cases, noises, seed, share, only):
		self.cases, self.noises, self.seed, self.share, self.only = cases, noises, seed, share, only
		self.names, self.left, self.fits = [], collections.Counter(), {}
		self.all = {m.name: m for m in mutations.MUTATIONS + mutations.amid(noises)}
		self.all.update({m.name: m for m in mutations.SPOILT if m.name in only})

	def chosen(self, name):
		if self.only and name not in self.only:
			return False
		self.names.append(name)
		return True

	def drawn(self, share, *what):
		return share >= 1 or zlib.crc32(" ".join(map(str, (self.seed,) + what)).encode()) < share * (1 << 32)

	def rnd(self, *what):
		return random.Random(" ".join(map(str, (self.seed,) + what)))

	def mutated(self):
		for name, m in self.all.items():
			if not self.chosen(name):
				continue
			for case in self.cases:
				if not self.drawn(self.share if self.share == 1 else self.share * m.weight(), name, case["name"]):
					continue
				doc = doc_of(case)
				why = m.reason(doc)
				made = m.apply(doc) if why is None else None
				if why:
					self.left[name, why] += 1
				if made:
					yield (name, case, made, m.keeps_confidence()), job_of(made)

	def composed(self):
		"""Two or three mutations on top of each other, several times a case."""
		if not self.chosen("composed"):
			return
		kinds = [m for m in self.all.values() if m.name not in ("7z",)]
		for case in self.cases:
			rnd = self.rnd("composed", case["name"])
			for _ in range(6):
				most = 2 if mutations.opens_as_document(doc_of(case)) else 3 # what opens has a view of its own, and depth has a limit
				picked = sorted(rnd.sample(kinds, rnd.choice((2, 2, most))), key=lambda m: mutations.ORDER[m.family])
				if rnd.random() >= self.share:
					continue
				doc, applied = doc_of(case), []
				for m in picked:
					made = m.apply(doc) if m.reason(doc) is None else None
					if made is not None:
						doc, applied = made, applied + [m.name]
				if len(applied) > 1:
					yield ("composed", case, doc, False, "+".join(applied)), job_of(doc)

	def fit(self, case):
		"""The case, if it may stand amid other text."""
		if case["name"] not in self.fits:
			doc = doc_of(case)
			self.fits[case["name"]] = doc if self.all["amid-prose"].reason(doc) is None and "path" not in case else None
		return self.fits[case["name"]]

	def across_windows(self):
		"""A border of a window, or of what is read or looked at in one go, at bytes all over the case."""
		if not self.chosen("across-windows"):
			return
		around, core = 64 << 10, 1 << 20 # LIMIT_RECORD_BYTES, LIMIT_SIEVE_CORE_BYTES
		for case in self.cases:
			doc = self.fit(case)
			if doc is None:
				continue
			for border, most in ((4096, 24), (16 << 10, 6), (32 << 10, 6), (around, 6), (256 << 10, 2), (core, 3), (core + around, 3), (core + 2 * around, 3)):
				places = range(0, len(doc.data) + 1, max((len(doc.data) + 1) // most, 1))
				first = zlib.crc32(f"{self.seed} {case['name']} {border}".encode()) % places.step
				for at in places:
					at = min(at + first, len(doc.data))
					if self.drawn(self.share if self.share == 1 else self.share * (0.02 if border > around else 0.2), "windows", border, at, case["name"]):
						yield self.at_border(case, doc, border, at, around)

	def at_border(self, case, doc, border, at, around):
		made = mutations.moved_by(doc, b"\n\n\n" + doc.data + b"\n\n\n", 3)
		made.before = self.noises.file("prose")[0], max(border - at - 3, 0)
		made.after = self.noises.piece("prose", False, 2 * around if border >= 256 << 10 else border // 2)
		return ("across-windows", case, made, False, f"byte {at} at {border}"), job_of(made)

	def across_wrapped_windows(self):
		"""The same, where it is what a view makes of a long document that is cut."""
		if not self.chosen("across-windows-of-views"):
			return
		for case in self.cases:
			for name in ("utf-16le-mark", "html-pre", "html-paragraphs", "json-ascii", "base64-76", "gzip-in-base64", "form", "zip"):
				m, doc = self.all[name], self.fit(case)
				for border in (4096, 32 << 10, 64 << 10):
					if doc is None or not self.drawn(self.share if self.share == 1 else self.share * 0.2, "wrapped", name, border, case["name"]):
						continue
					rnd = self.rnd("wrapped", name, border, case["name"])
					size = rnd.randrange(border // 2, border) if name != "utf-16le-mark" else border // 2 - rnd.randrange(len(doc.data) + 1)
					pad = self.noises.bytes_of("prose", max(size, 0)) + b"\n\n\n"
					padded = mutations.moved_by(doc, pad + doc.data + b"\n\n\n" + pad, len(pad))
					made = m.apply(padded) if m.reason(padded) is None and m.reason(doc) is None else None
					if made:
						yield ("across-windows-of-views", case, made, False, f"{name} {size}"), job_of(made)

	def across_ranges(self):
		"""A list in ranges, each border at bytes all over the case; and a range for every byte."""
		if not self.chosen("across-ranges"):
			return
		for case in self.cases:
			doc, rnd = self.fit(case), self.rnd("ranges", case["name"])
			if doc is None or case.get("bundle"):
				continue
			made = mutations.moved_by(doc, b"\n\n" + doc.data + b"\n\n", 2)
			made.before, made.after = self.noises.piece("combos", True, 68000), self.noises.piece("combos", False, 210000)
			begin = made.before[1]
			places = range(begin, begin + len(made.data) + 1)
			for at in sorted(rnd.sample(places, min(12, len(places)))):
				if self.share == 1 or rnd.random() < self.share * 0.1:
					yield ("across-ranges", case, made, False, f"at {at - begin}"), job_of(made, [at])
			if len(places) <= 90 and rnd.random() < self.share * (0.25 if self.share == 1 else 0.01):
				yield ("across-ranges", case, made, False, "a byte each"), job_of(made, list(places))

	def runs(self):
		for each in (self.mutated, self.composed, self.across_windows, self.across_wrapped_windows, self.across_ranges):
			yield from each()


class Report:
	def __init__(self, known, show):
		self.known, self.show = known, show
		self.deep = 0 # past the limits of depth, and told so
		self.ran, self.bad, self.shown = collections.Counter(), collections.Counter(), collections.defaultdict(list)

	def answer(self, what, said):
		name, case, doc, sure = what[:4]
		found = said["found"]
		self.ran[name] += 1
		keys = SAME + ("confidence", "fabricated") if sure else SAME
		if name == "across-ranges":
			keys = keys[:-1] # a range may see less of a URL, which is no part of an identity
			if not said["split"]:
				self.ran[name] -= 1
				return
			found = once(found)
		missing, invented = differences(self.known[case["name"]], found, keys)
		# On top of each other mutations blur places; of one finding in two records each range tells its own.
		wrong = misplaced(doc, self.known[case["name"]], found) if name not in ("composed", "across-ranges") else []
		if any("view_depth" in json.dumps(r) or "unpack_depth" in json.dumps(r) for r in said["refused"]):
			self.deep += 1
			return
		if missing or invented or wrong:
			self.bad[name] += 1
			self.shown[name].append((case, what[4:], missing, invented, wrong))

	def tell(self, names):
		for number, name in enumerate(names, 1):
			print(f"{'not ok' if self.bad[name] else 'ok'} {number} - {name}: {self.ran[name]} runs" + (f", {self.bad[name]} differ" if self.bad[name] else ""))
			for case, how, missing, invented, wrong in self.shown[name][:self.show]:
				print("#  ", case["name"], case["kind"], *how, repr(case.get("text", ""))[:160])
				for word, keys in (("missing ", missing), ("invented", invented)):
					for key in keys:
						print("#     ", word, *[repr(v) for v in key if v not in (None, False)])
				for told, spans in wrong:
					print("#      told to stand at", told, "not in", spans)
		print(f"1..{len(names)}")
		print(f"# {sum(self.ran.values())} runs of {len(self.known)} cases, {sum(self.bad.values())} differ, {self.deep} told that they are too deep", file=sys.stderr)


def main():
	parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument("--driver", required=True)
	parser.add_argument("--seed", type=int, default=20260504)
	parser.add_argument("--share", type=float, default=1)
	parser.add_argument("--only", default="")
	parser.add_argument("--show", type=int, default=8)
	parser.add_argument("--explain", action="store_true")
	parser.add_argument("cases", nargs="+")
	args = parser.parse_args()
	cases, known = read_cases(args.cases), {}
	inspect(args.driver, (((None, case), job_of(doc_of(case))) for case in cases), lambda what, said: known.__setitem__(what[1]["name"], said["found"]))
	with tempfile.TemporaryDirectory() as folder:
		plan = Plan(cases, Noise(folder, args.seed), args.seed, args.share, set(filter(None, args.only.split(","))))
		report = Report(known, args.show)
		inspect(args.driver, plan.runs(), report.answer)
	report.tell(plan.names)
	if args.explain:
		for (name, why), count in sorted(plan.left.items()):
			print(f"# {name}: {count} left out: {why}", file=sys.stderr)
	return 1 if sum(report.bad.values()) else 0


sys.exit(main())
