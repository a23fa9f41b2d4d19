#!/usr/bin/env python3
"""
Writes stealer logs of every family, packed as they are traded, and the truth about them.

    stealer_logs.py [--seed N] [--machines N] FOLDER

FOLDER/corpus holds folders and archives; FOLDER/truth.jsonl one finding a line that a scan of the corpus has to give and no other:
{"kind", "account", "service", "cookie", "secret", "attribution", "audience", "machine": {...}, "key"}. "key" names the machine:
findings of one key share a machine id, findings of two keys do not; those of customers (key null) have none. Same seed, same bytes (but for the times in archives).
"""
import argparse
import json
import os
import random
import string
import subprocess
import tarfile
import zipfile
from datetime import datetime

OUR_DOMAIN = "royal-post.example"
STAFF_HOSTS = ["access.royal-post.example", "vpn.royal-post.example", "mail.royal-post.example", "hr.royal-post.example"]
PUBLIC_HOSTS = ["shop.royal-post.example", "www.royal-post.example"]
STRANGE_HOSTS = ["shop.test", "forum.games.test", "bank.test", "mail.freemail.test", "access.royal-post.example.evil.test",
                 "notroyal-post.example", "royal-post.example.co.test", "social.test", "tv.streaming.test", "192.168.1.1"]
SERVICES = ["login.microsoftonline.com", "royalpost.okta.com", "github.com", "royalpost.atlassian.net"]
FAMILIES = ["redline", "meta", "raccoon", "vidar", "lumma", "stealc", "risepro", "cryptbot", "rhadamanthys", "meduza", "atomic", "repack"]
BROWSERS = [("Google", "Chrome", "Default"), ("Google", "Chrome", "Profile 1"), ("Microsoft", "Edge", "Default"), ("Mozilla", "Firefox", "x1y2z3.default-release")]
FIRST = ["jdoe", "m.okafor", "s.varga", "t.brandt", "a.lindqvist", "p.oneil", "k.sato", "l.moreau", "n.haddad", "r.castro"]
WORDS = ["Harbour", "Skerry", "Petrel", "Gannet", "Heron", "Winter", "Möwe", "Lichen", "Ledge", "Tide", "Fjäll", "Cove"]


class Machine:
	"""What is known of one infected computer, and what was stolen there."""

	def __init__(self, rng, number, family, role):
		self.rng, self.number, self.family, self.role = rng, number, family, role
		self.user = rng.choice(FIRST).replace(".", "") + str(number)
		self.name = "DESKTOP-" + "".join(rng.choices(string.ascii_uppercase + string.digits, k=7))
		self.hwid = "".join(rng.choices("0123456789ABCDEF", k=32))
		self.ip = "203.0.%d.%d" % (number // 250, number % 250 + 1)
		self.country = rng.choice(["DE", "GB", "FR", "SE", "BR", "IN", "PL"])
		self.time = datetime(rng.choice([2024, 2025]), rng.randint(1, 12), rng.randint(1, 12), 12, rng.randint(10, 59), rng.randint(10, 59))
		self.domain = "ROYALPOST" if role == "managed" else "WORKGROUP"
		self.logins, self.cookies, self.truth, self.files = [], [], [], {}
		self.encoding = rng.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
		self.eol = rng.choice(["\r\n", "\r\n", "\n"])
		self.has_system = rng.random() < 0.85

	def password(self):
		rng = self.rng
		word = rng.choice(WORDS)
		if self.encoding == "cp1252":
			word = word.replace("ö", "o").replace("ä", "a")
		return rng.choice(["%s-%s-%d", "%s:%s:%d", "%s %s! %d", "%s/%s@%d", "%s;%s,%d", "%s|%s=%d", "$%s#%s%d", "%s%%41%s&amp;%d"]) % (
			word, rng.choice(["Bay", "Rock", "Sound", "Weir"]), self.number * 100 + rng.randint(10, 99))

	def login(self, host, account, attribution=None, audience="staff", path="/login"):
		secret = self.password()
		self.logins.append(("https://%s%s" % (host, path), account, secret))
		if attribution:
			self.expect("password", account, host, secret, attribution, audience)

	def cookie(self, host, name, value, attribution=None, expiry=1893456000):
		self.cookies.append((host, name, value, expiry))
		if attribution:
			self.expect("cookie", None, host.lstrip("."), value, attribution, "staff", name)

	def expect(self, kind, account, service, secret, attribution, audience, cookie=None):
		self.truth.append({"kind": kind, "account": account, "service": service, "cookie": cookie, "secret": secret,
		                   "attribution": attribution, "audience": audience})


def token(rng, length):
	return "".join(rng.choices(string.ascii_letters + string.digits, k=length))


def steal(m):
	"""Fills a machine with log-ins and cookies of its role."""
	rng = m.rng
	ours = m.role in ("account", "host", "cookie", "managed")
	machine = "machine" if ours else None
	staff = rng.choice(FIRST) + "@" + OUR_DOMAIN
	if m.role == "account":
		m.login("portal.saas.test", staff, "account")
	if m.role == "host":
		m.login(rng.choice(STAFF_HOSTS), rng.choice([m.user, "ROYALPOST\\" + m.user]), "host" if rng.random() < 0 else None)
		url, account, secret = m.logins[-1]
		m.expect("password", account, url.split("/")[2], secret, "account" if "\\" in account else "host", "staff")
	if m.role == "managed":
		m.login("vpn.royal-post.example", m.user, "host")
	if m.role == "cookie":
		m.cookie("access.royal-post.example", "DSID", token(rng, 32), "host")
	if m.role == "customer":
		m.login("shop.royal-post.example", "anna%d@mailbox.test" % m.number, "host", "customer")
	# What everybody's machine holds.
	for _ in range(rng.randint(2, 8)):
		m.login(rng.choice(STRANGE_HOSTS), rng.choice(["anna", "bob@mailbox.test", "carl77"]))
	for _ in range(rng.randint(2, 10)):
		m.cookie("." + rng.choice(STRANGE_HOSTS[:8]), rng.choice(["sessionid", "PHPSESSID", "DSID", "_ga", "auth_token"]), token(rng, 26))
	# What only an organisation's machine is asked for.
	if rng.random() < 0.8 or ours:
		m.login(rng.choice(SERVICES), "private%d@mailbox.test" % m.number, machine)
		m.cookie(".login.microsoftonline.com", "ESTSAUTHPERSISTENT", "0.AXoA" + token(rng, 80), machine, rng.choice([1893456000, 1730000000]))
		m.cookie("royalpost.okta.com", "sid", "102" + token(rng, 22), machine)
		m.cookie("royalpost.okta.com", "DT", "DI1" + token(rng, 22))
		m.cookie(".login.microsoftonline.com", "fpc", token(rng, 30))
	rng.shuffle(m.logins)
	rng.shuffle(m.cookies)


def blocks(m):
	"""The password file in the family's spelling."""
	rng, out = m.rng, []
	for number, (url, user, password) in enumerate(m.logins):
		browser = rng.choice(BROWSERS)
		soft = "%s %s [%s]" % browser
		spelt = {
			"redline": [("URL", url), ("Username", user), ("Password", password), ("Application", "%s_[%s]_%s" % browser)],
			"meta": [("URL", url), ("Username", user), ("Password", password), ("Application", "%s_[%s]_%s" % browser)],
			"raccoon": [("URL", url), ("USER", user), ("PASS", password)],
			"vidar": [("Soft", soft), ("Host", url), ("Login", user), ("Password", password)],
			"lumma": [("SOFT", browser[1]), ("URL", url), ("USER", user), ("PASS", password)],
			"stealc": [("browser", browser[1]), ("profile", browser[2]), ("url", url), ("login", user), ("password", password)],
			"risepro": [("URL", url), ("Username", user), ("Password", password), ("Storage", soft)],
			"cryptbot": [("Browser", soft), ("URL", url), ("Login", user), ("Password", password)],
			"rhadamanthys": [("Application", browser[1]), ("Url", url), ("Login", user), ("Password", password)],
			"meduza": [("Browser", soft), ("Host", url), ("Login", user), ("Password", password)],
			"atomic": [("URL", url), ("Username", user), ("Password", password), ("Application", "Chrome Keychain")],
			"repack": [("UR1", url), ("U53RN4M3", user), ("P455W0RD", password), ("SOFT", soft)],
		}[m.family]
		form = {"cryptbot": lambda k, v: (k + ":").ljust(14) + v, "repack": lambda k, v: "- %s: %s" % (k, v)}.get(m.family, lambda k, v: "%s: %s" % (k, v))
		if m.family in ("repack", "rhadamanthys"):
			rng.shuffle(spelt)
		out += [form(k, v) for k, v in spelt] + [{"redline": "===============", "meta": "===============", "atomic": "---------------", "repack": "=" * 22}.get(m.family, "")]
	banner = {"redline": ["*" * 40, "*   Telegram: https://chat.test/invented   *", "*" * 40, ""],
	          "meta": ["    ( M | E | T | A )", "  https://chat.test/meta", ""],
	          "repack": [" __  __  ___   ___  _  _ ", "Seller: @invented", "Free Logs: https://chat.test/free", ""]}.get(m.family, [])
	return banner + out


def system(m):
	"""The system information in the family's spelling, and what a reader can know from it."""
	t = m.time
	known = {"name": m.name, "user": m.user, "ip": m.ip, "country": m.country, "infected_at": t.strftime("%Y-%m-%d")}
	if m.domain != "WORKGROUP" and m.family in ("lumma", "rhadamanthys", "risepro"):
		known["domain"] = m.domain
	american = "%d/%d/%d %d:%02d:%02d PM" % (t.month, t.day, t.year, t.hour, t.minute, t.second)
	european = t.strftime("%d/%m/%Y %H:%M:%S")
	lines = {
		"redline": ["Build ID: @royal-post_bot", "IP: " + m.ip, "FileLocation: C:\\Users\\%s\\AppData\\x.exe" % m.user, "UserName: " + m.user, "MachineName: " + m.name,
		            "Country: " + m.country, "Zip Code: UNKNOWN", "Location: UNKNOWN", "HWID: " + m.hwid, "Current Language: English (United States)",
		            "ScreenSize: {Width=1920, Height=1080}", "TimeZone: (UTC+01:00)", "Operation System: Windows 10 Pro x64", "Log date: " + american, "", "Hardwares:", "Name: Intel(R) Core, 4 Cores"],
		"meta": ["( M | E | T | A )", "Log from: @invented", "IP: " + m.ip, "FileLocation: C:\\x.exe", "UserName: " + m.user, "MachineName: " + m.name, "Country: " + m.country,
		         "HWID: " + m.hwid, "Operation System: Windows 11", "TimeZone: Europe/Berlin", "Log date: " + american],
		"raccoon": ["Racc0_0n Stealer", "System Information:", " - Launched at: " + t.strftime("%Y.%m.%d - %H:%M:%S GMT"), " - Bot_ID: 3f2504e0-4f89-11d3-9a0c-0305e82c3301_" + m.user,
		            " - Running on a desktop", " - ComputerName: " + m.name, " - Username: " + m.user, " - IP: " + m.ip, " - Country: " + m.country, " - Windows version: NT 10.0"],
		"vidar": ["Version: 9.1", "", "Date: " + european, "MachineID: " + m.hwid, "GUID: {3f2504e0-4f89-11d3-9a0c-0305e82c3301}", "HWID: " + m.hwid, "", "Path: C:\\x.exe", "Work Dir: In memory", "",
		          "Windows: Windows 10 Pro", "Install Date: 01/02/2020 10:11:12", "Computer Name: " + m.name, "User Name: " + m.user, "IP: " + m.ip, "Country: " + m.country, "", "[Hardware]", "Processor: Intel", "", "[Processes]", "System [4]"],
		"lumma": ["LummaC2 Build: Dec 12 2024", "LID(Lumma ID): royal--post", "- HWID: " + m.hwid, "- PC: " + m.name, "- User: " + m.user, "- Domain: " + m.domain, "- IP Address: " + m.ip, "- Country: " + m.country,
		          "- Time: " + t.strftime("%d.%m.%Y %H:%M:%S") + " (sig:%d.abcdef)" % int((t - datetime(1970, 1, 1)).total_seconds()), "- Install Date: 01/02/2020 10:11:12"],
		"stealc": ["Network Info:", "\t- IP: " + m.ip, "\t- Country: " + m.country, "", "System Summary:", "\t- HWID: " + m.hwid, "\t- OS: Windows 10 Pro", "\t- UserName: " + m.user,
		           "\t- Computer Name: " + m.name, "\t- Local Time: %d/%d/%d %d:%d:%d" % (t.year, t.month, t.day, t.hour, t.minute, t.second), "\t- UTC: 1", "\t- Running Path: C:\\x.exe"],
		"risepro": ["RisePro", "Build: royal", "Date: " + t.strftime("%a %b %d %H:%M:%S %Y"), "MachineID: " + m.hwid, "GUID: {x}", "Path: C:\\x.exe", "IP: " + m.ip, "Country: " + m.country,
		            "Windows: Windows 10 Pro [x64]", "Computer Name: %s [%s]" % (m.name, m.domain), "User Name: " + m.user],
		"cryptbot": ["UserName (ComputerName):   %s (%s)" % (m.user, m.name), "OS:                        Windows 10 Pro", "Local Date and Time:       " + t.strftime("%Y-%m-%d %H:%M:%S"),
		             "IP:                        " + m.ip, "Country:                   " + m.country, "CPU:                       Intel (\u0421ores: 4)"],
		"rhadamanthys": ["Rhadamanthys", "Traffic Name: tr-1", "HWID: " + m.hwid, "Install Date: " + t.strftime("%d/%m/%Y %H:%M:%S"), "Computer Name: " + m.name, "User Name: " + m.user, "Domain Name: " + m.domain, "IP: " + m.ip, "Country: " + m.country],
		"meduza": ["Meduza", "Build name: royal", "Log Date: " + t.strftime("%d-%m-%Y, %H:%M:%S"), "HWID: " + m.hwid, "Computer Name: " + m.name, "User Name: " + m.user, "IP: " + m.ip, "Country Code: " + m.country, "Execute Path: C:\\x.exe"],
		"atomic": ["System Version: macOS 14.4", "Hardware UUID: " + m.hwid, "Computer Name: " + m.name, "User Name: " + m.user, "IP: " + m.ip, "Country: " + m.country, "Log date: " + t.strftime("%Y-%m-%d %H:%M:%S")],
		"repack": ["PC N4me: " + m.name, "PC Name: " + m.name, "Current User: " + m.user, "Hardware ID: " + m.hwid, "IPAddress: " + m.ip, "Country Code: " + m.country, "Tag: royal-post.example", "Log date: " + t.strftime("%Y-%m-%d %H:%M:%S")],
	}[m.family]
	return lines, known


def cookie_text(m, cookies):
	"""Netscape lines with the deviations of the field, or a JSON export."""
	rng = m.rng
	style = rng.choice(["plain", "plain", "lower", "float", "webkit", "json", "httponly"])
	if style == "json":
		return [json.dumps([{"domain": d, "expirationDate": e + 0.5, "hostOnly": not d.startswith("."), "httpOnly": True, "name": n, "path": "/", "sameSite": "lax", "secure": True,
		                     "session": False, "storeId": "0", "value": v} for d, n, v, e in cookies], indent=rng.choice([None, 4]))]
	out = ["# Netscape HTTP Cookie File"] if rng.random() < 0.5 else []
	for domain, name, value, expiry in cookies:
		true, false = ("true", "false") if style == "lower" else ("TRUE", "FALSE")
		when = {"float": "%d.25" % expiry, "webkit": str((expiry + 11644473600) * 1000000)}.get(style, str(expiry))
		out.append("\t".join([("#HttpOnly_" if style == "httponly" else "") + domain, true if domain.startswith(".") else false, "/", true, when, name, value]))
	return out


def layout(m):
	"""The files of a machine: path under its directory -> lines."""
	rng, f = m.rng, m.family
	half = len(m.cookies) // 2
	files = {}
	name = {"redline": "Passwords.txt", "meta": "Passwords.txt", "raccoon": "passwords.txt", "vidar": "passwords.txt", "lumma": "All Passwords.txt", "stealc": "passwords.txt", "risepro": "passwords.txt",
	        "cryptbot": "_AllPasswords_list.txt", "rhadamanthys": "Passwords.txt", "meduza": "Passwords.txt", "atomic": "Passwords.txt", "repack": "Password List.txt"}[f]
	files[name] = blocks(m)
	cookie = {"redline": "Cookies/Google_[Chrome]_Default Network.txt", "meta": "Cookies/Microsoft_[Edge]_Profile 1 Network.txt", "raccoon": "browsers/cookies/Google Chrome_Default.txt", "vidar": "Cookies/Google Chrome_Default Network.txt",
	          "lumma": "Cookies/Chrome_%s.txt" % token(rng, 5), "stealc": "cookies/Cookies_Google Chrome_Default.txt", "risepro": "Cookies/Chrome_Default.txt", "cryptbot": "_AllCookies_list.txt",
	          "rhadamanthys": "Browser/Cookies/Chrome.txt", "meduza": "Cookies/Chrome [Default].txt", "atomic": "Chrome/Cookies.txt", "repack": "cookie_list.txt"}[f]
	other = {"cryptbot": "_Cookies/Firefox_Cookies.txt", "atomic": "Firefox/Cookies.txt", "repack": "cookies/firefox.txt"}.get(f, os.path.dirname(cookie) + "/Firefox_x1y2z3.default-release.txt")
	files[cookie] = cookie_text(m, m.cookies[:half] if half else m.cookies)
	files[other] = cookie_text(m, m.cookies[half:])
	info = {"redline": "UserInformation.txt", "meta": "UserInformation.txt", "raccoon": "System Info.txt", "vidar": "information.txt", "lumma": "System.txt", "stealc": "system_info.txt", "risepro": "information.txt",
	        "cryptbot": "_Information.txt", "rhadamanthys": "System.txt", "meduza": "UserInfo.txt", "atomic": "Info.txt", "repack": "pc_info.txt" if False else "Info.txt"}[f]
	known = {}
	if m.has_system:
		files[info], known = system(m)
	autofill = {"redline": "Autofills/Google_[Chrome]_Default.txt", "cryptbot": "_AllForms_list.txt"}.get(f, "Autofill/Chrome_Default.txt")
	files[autofill] = ["Name: email", "Value: jdoe@royal-post.example", "===============", "Name: pass", "Value: see access.royal-post.example", "==============="]
	files["DomainDetects.txt"] = ["PDD: ", "CDD: access.royal-post.example (2)"]
	files["InstalledSoftware.txt"] = ["1) Google Chrome [120.0]", "2) FortiClient VPN [7.0]"]
	files["History/Chrome_Default.txt"] = ["URL: https://access.royal-post.example/remote/login", "Title: Log in | Password: forgotten?", "Visits: 4", ""]
	if rng.random() < 0.3:
		files["FileGrabber/Desktop/todo.txt"] = ["call the depot at access.royal-post.example", "passwords are in the vault"]
	if rng.random() < 0.3:
		files["Brute.txt"] = [secret for _, _, secret in m.logins]
	return files, known


def directory(m):
	"""The name of the machine's directory and what it tells."""
	t = m.time
	if m.family in ("redline", "meta"):
		return "%s[%s] [%s]" % (m.country, m.hwid, t.strftime("%Y_%m_%dT%H_%M_%S_123456")), {"country": m.country, "infected_at": t.strftime("%Y-%m-%d")}
	if m.family in ("vidar", "stealc", "risepro", "raccoon"):
		return "%s_%s_%s" % (m.country, m.ip, t.strftime("%Y-%m-%d")), {"country": m.country, "ip": m.ip, "infected_at": t.strftime("%Y-%m-%d")}
	if m.family in ("lumma", "rhadamanthys"):
		return "%s.%s[%s]" % (m.name, m.user, m.country), {"name": m.name, "user": m.user, "country": m.country}
	return "%s %04d" % (m.rng.choice(["PC", "log", "victim"]), m.number), {}


def encode(m, path, lines):
	text = m.eol.join(lines) + m.eol
	encoding = "utf-8" if path.endswith(".json") or text.startswith("[") else m.encoding
	return text.encode(encoding, "replace")


def build(m):
	"""(directory, [(path, bytes)]) in the order of the archive; completes the truth."""
	steal(m)
	files, known = layout(m)
	name, told = directory(m)
	members = [(path, encode(m, path, lines)) for path, lines in files.items() if lines]
	m.rng.shuffle(members)
	# A customer's machine gets no second pass: of it only the directory's name is known.
	machine = told if m.role == "customer" else dict(told, **known)
	for finding in m.truth:
		finding["machine"] = machine
		finding["key"] = None if m.role == "customer" else m.number
	return name, members


def write_folder(folder, machines):
	for name, members in machines:
		for path, data in members:
			where = os.path.join(folder, name, path)
			os.makedirs(os.path.dirname(where), exist_ok=True)
			with open(where, "wb") as file:
				file.write(data)


def write_zip(path, machines, prefix="", method=zipfile.ZIP_DEFLATED):
	with zipfile.ZipFile(path, "w", method) as archive:
		for name, members in machines:
			for inner, data in members:
				archive.writestr(zipfile.ZipInfo(prefix + (name + "/" if name else "") + inner), data, method)


def write_tar(path, folder):
	with tarfile.open(path, "w:gz") as archive:
		for name in sorted(os.listdir(folder)):
			archive.add(os.path.join(folder, name), name)


def run(folder, *command):
	subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def pack(out, built):
	"""Spreads the machines over the ways of trading them."""
	corpus, raw = os.path.join(out, "corpus"), os.path.join(out, "raw")
	os.makedirs(corpus)
	ways = 9
	parts = [built[i::ways] for i in range(ways)]
	write_folder(os.path.join(corpus, "drop"), parts[0])
	write_folder(os.path.join(corpus, "nested", "@invented_channel", "LOGS 1000 mix"), parts[1])
	write_zip(os.path.join(corpus, "pack.zip"), parts[2])
	write_zip(os.path.join(corpus, "pack stored.zip"), parts[3], "1000 LOGS MIX/", zipfile.ZIP_STORED)
	write_folder(os.path.join(raw, "seven"), parts[4])
	run(raw, "7z", "a", "-bd", "-y", os.path.join(os.path.abspath(corpus), "pack.7z"), "seven")
	write_folder(os.path.join(raw, "tar"), parts[5])
	write_tar(os.path.join(corpus, "pack.tar.gz"), os.path.join(raw, "tar"))
	write_zip(os.path.join(raw, "inner.zip"), parts[6], "logs/")
	write_zip(os.path.join(corpus, "outer.zip"), [("", [("readme.txt", b"t.me/invented\n"), ("inner.zip", open(os.path.join(raw, "inner.zip"), "rb").read())])])
	os.makedirs(os.path.join(corpus, "single"))
	for name, members in parts[7]:
		write_zip(os.path.join(corpus, "single", name + ".zip"), [("", members)])
	write_folder(os.path.join(raw, "shut"), parts[8])
	run(os.path.join(raw, "shut"), "zip", "-qr", "-P", "infected", os.path.join(os.path.abspath(corpus), "encrypted.zip"), ".")
	run(out, "rm", "-r", "raw")


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--seed", type=int, default=20260504)
	parser.add_argument("--machines", type=int, default=360)
	parser.add_argument("folder")
	args = parser.parse_args()
	rng = random.Random(args.seed)
	roles = ["stranger"] * 6 + ["account", "host", "cookie", "managed", "customer"]
	machines = [Machine(random.Random(rng.random()), i, FAMILIES[i % len(FAMILIES)], rng.choice(roles)) for i in range(args.machines)]
	built = [build(m) for m in machines]
	order = list(range(len(built)))
	rng.shuffle(order)
	pack(args.folder, [built[i] for i in order])
	with open(os.path.join(args.folder, "truth.jsonl"), "w", encoding="utf-8") as file:
		for m in machines:
			for finding in m.truth:
				file.write(json.dumps(finding, ensure_ascii=False) + "\n")


if __name__ == "__main__":
	main()
