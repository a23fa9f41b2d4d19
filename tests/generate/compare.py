#!/usr/bin/env python3
"""
Compares the findings of a scan with the truth of generated logs.

    compare.py TRUTH.jsonl FINDINGS.jsonl

Prints what is missing, invented, or told of the wrong machine, then "recall R precision P machines M". Exit status 1 unless all
are 1.
"""
import collections
import json
import sys


def identity(kind, account, service, cookie, secret):
	return (kind, account, service, cookie, secret)


def read(path):
	with open(path, encoding="utf-8") as file:
		return [json.loads(line) for line in file]


def of_finding(finding):
	secret = finding.get("secret", {})
	return identity(finding["kind"], finding.get("account"), finding.get("service"), finding.get("cookie", {}).get("name"), secret.get("value"))


def of_truth(truth):
	return identity(truth["kind"], truth["account"], truth["service"], truth["cookie"], truth["secret"])


def wrong_machine(truth, finding):
	"""The fields of a finding that are not as they should be."""
	machine = finding.get("machine", {})
	wrong = {key: (value, finding.get(key)) for key, value in truth.items() if key in ("attribution", "audience") and finding.get(key) != value}
	for key, value in truth["machine"].items():
		got = machine.get(key)
		if (got or "")[:10] != value[:10] if key == "infected_at" else got != value:
			wrong["machine." + key] = (value, got)
	if ("id" in machine) != (truth["key"] is not None):
		wrong["machine.id"] = (truth["key"] is not None, machine.get("id"))
	return wrong


def main():
	truths = {of_truth(truth): truth for truth in read(sys.argv[1])}
	findings = collections.defaultdict(list)
	for finding in read(sys.argv[2]):
		findings[of_finding(finding)].append(finding)
	missing = [key for key in truths if key not in findings]
	invented = [(key, f) for key, fs in findings.items() for f in (fs if key not in truths else fs[1:])]
	ids, keys, bad = collections.defaultdict(set), collections.defaultdict(set), 0
	for key, truth in truths.items():
		for finding in findings.get(key, [])[:1]:
			wrong = wrong_machine(truth, finding)
			machine = finding.get("machine", {}).get("id")
			if truth["key"] is not None:
				ids[truth["key"]].add(machine)
				keys[machine].add(truth["key"])
			if wrong:
				bad += 1
				print("wrong:", key, wrong, finding["evidence"].get("path"))
	for key in missing:
		print("missing:", key, "of machine", truths[key]["machine"])
	for key, finding in invented:
		print("invented:", key, finding["evidence"].get("path"), finding.get("rule"))
	split = [key for key, found in ids.items() if len(found) > 1]
	joined = [machine for machine, found in keys.items() if len(found) > 1]
	for key in split:
		print("machine in pieces:", key, sorted(map(str, ids[key])))
	for machine in joined:
		print("machines taken for one:", machine, sorted(keys[machine]))
	found = len(truths) - len(missing)
	machines_good = bad == 0 and not split and not joined
	print("truths %d findings %d recall %.4f precision %.4f machines %s" % (len(truths), found + len(invented), found / len(truths),
	      found / max(1, found + len(invented)), "exact" if machines_good else "%d wrong" % (bad + len(split) + len(joined))))
	sys.exit(0 if machines_good and not missing and not invented else 1)


main()
