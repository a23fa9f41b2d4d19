#!/usr/bin/python3
"""Crawls hostile places from a network namespace where only the proxy is, and counts what goes elsewhere.

    stage.py LEAKTRAWL FOLDER CASES CERTIFICATE KEY AUTHORITY

Runs in a network namespace of its own, which is the world outside, and makes the crawler's beside it, joined by one
wire. FOLDER has the keys and the beginning of a configuration. Prints TAP. A case is a file of lines:

    about TEXT                what is tried
    environment NAME=VALUE    of the crawl
    home FILE TEXT            a line of a file in its home folder
    proxy http|socks|absent   the proxy's protocol; socks unless given
    source KEY: VALUE         more keys of the source
    way KEY: VALUE            more keys of the proxy
    start URL                 http://site.example/ unless given
    page URL                  what stands there, in the lines that follow:
      status TEXT               200 OK unless given
      header TEXT               escapes: \\r \\n \\t \\0 \\\\ \\xNN
      body TEXT                 a line of it
      raw TEXT                  instead of all that
      repeat COUNT TEXT         the same COUNT times
    greeting TEXT             what the proxy says to everybody, instead of its protocol
    reply TEXT                what it says to a SOCKS request
    connected TEXT            what it says to an HTTP request or CONNECT
    dies N                    it answers N requests and no more
    asked HOST:PORT           the proxy must have been asked for these, and for nothing else
    requests N                and so many requests must have come, if that matters
    cause WORD                of the failures in the crawl's coverage, if that matters
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

from proxy import Page, Play, Proxy, unescape

OUTSIDE, INSIDE = "10.99.0.1", "10.99.0.2"
OUTSIDE6, INSIDE6 = "fd99::1", "fd99::2"
PROXY_PORT, ABSENT_PORT, MARKER_PORT = 1080, 1081, 4099


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


# ---- namespaces -------------------------------------------------------------------------------------------


class Inside:
    """The crawler's namespace: a loopback, one wire, and every route over it."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec sleep infinity"], stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", str(self.holder.pid))
        run("ip", "address", "add", OUTSIDE + "/24", "dev", "wire")
        run("ip", "address", "add", OUTSIDE6 + "/64", "dev", "wire", "nodad")
        run("ip", "link", "set", "wire", "up")
        for words in (["link", "set", "lo", "up"], ["address", "add", INSIDE + "/24", "dev", "wire"],
                      ["address", "add", INSIDE6 + "/64", "dev", "wire", "nodad"], ["link", "set", "wire", "up"],
                      ["route", "add", "default", "via", OUTSIDE], ["-6", "route", "add", "default", "via", OUTSIDE6]):
            run(*self.command("ip", *words))

    def command(self, *words):
        return ["nsenter", "--net=/proc/%d/ns/net" % self.holder.pid, *words]

    def close(self):
        self.holder.kill()


class Counter:
    def __init__(self, inside):
        here = os.path.dirname(os.path.abspath(__file__))
        words = inside.command("/usr/bin/python3", os.path.join(here, "wire.py"), INSIDE, OUTSIDE, str(PROXY_PORT), str(ABSENT_PORT))
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        self.marks = 0

    def strays(self):
        """What strayed since it was last asked; packets nobody could look at count too."""
        self.marks += 1
        self.process.stdin.write(f"{self.marks}\n")
        self.process.stdin.flush()
        found = []
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "mark" and rest.split()[0] == str(self.marks):
                lost = int(rest.split()[1])
                return found + [f"{lost} packets not looked at"] * (lost > 0)
            if word == "stray":
                found.append(rest)
        return found + ["the counter ended"]


# ---- cases ------------------------------------------------------------------------------------------------


class Case:
    def __init__(self, path):
        self.name = os.path.basename(path).removesuffix(".case")
        self.about, self.start, self.proxy = "", "http://site.example/", "socks"
        self.environment, self.home, self.source, self.pages = {}, {}, [], {}
        self.way = ""
        self.asked, self.causes, self.requests = set(), set(), None
        self.says = {}
        self.page = None
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                word, _, rest = line.rstrip("\n").lstrip(" ").partition(" ")
                if word and not word.startswith("#"):
                    getattr(self, "take_" + word)(rest)

    def take_about(self, rest):
        self.about = rest

    def take_start(self, rest):
        self.start = rest

    def take_proxy(self, rest):
        self.proxy = rest

    def take_environment(self, rest):
        name, _, value = rest.partition("=")
        self.environment[name] = value

    def take_home(self, rest):
        name, _, text = rest.partition(" ")
        self.home[name] = self.home.get(name, "") + text + "\n"

    def take_source(self, rest):
        self.source.append(rest)

    def take_way(self, rest):
        self.way += ", " + rest

    def take_page(self, rest):
        self.page = self.pages[rest] = Page(rest)

    def take_status(self, rest):
        self.page.status = rest

    def take_header(self, rest):
        self.page.headers.append(unescape(rest))
        self.page.typed |= rest.lower().startswith("content-type:")

    def take_body(self, rest):
        self.page.body += unescape(rest) + b"\n"

    def take_raw(self, rest):
        self.page.raw += unescape(rest)

    def take_repeat(self, rest):
        count, _, text = rest.partition(" ")
        self.page.raw += unescape(text) * int(count)

    def take_greeting(self, rest):
        self.says["greeting"] = unescape(rest)

    def take_reply(self, rest):
        self.says["reply"] = unescape(rest)

    def take_connected(self, rest):
        self.says["connected"] = unescape(rest)

    def take_dies(self, rest):
        self.says["dies_after"] = int(rest)

    def take_asked(self, rest):
        self.asked.add(rest)

    def take_requests(self, rest):
        self.requests = int(rest)

    def take_cause(self, rest):
        self.causes.add(rest)

    def play(self):
        return Play(self.pages, **self.says)

    def configuration(self):
        scheme = "http" if self.proxy == "http" else "socks5h"
        port = ABSENT_PORT if self.proxy == "absent" else PROXY_PORT
        keys = {"name": "hostile", "via": "only", "delay": "0s", "every": "1d"}
        lines = [f"    {name}: {value}" for name, value in keys.items()] + [f'    start: ["{self.start}"]'] + ["    " + key for key in self.source]
        if not any(key.startswith("site:") for key in self.source):
            lines += ['    follow: ["."]', "    depth: 3"]
        lines[0] = "  - " + lines[0].lstrip()
        return "\n".join([f'proxies: {{only: {{url: "{scheme}://{OUTSIDE}:{port}"{self.way}}}}}', "sources:", *lines,
                          "limits: {fetch_connect_ms: 5s, fetch_total_ms: 5s, fetch_attempts: 1}", ""])


class Crawl:
    """One crawl of one case, in the crawler's namespace."""

    def __init__(self, stage, case):
        self.stage = stage
        self.folder = tempfile.mkdtemp(dir=stage.folder)
        self.config = os.path.join(self.folder, "leaktrawl.yml")
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "SSL_CERT_FILE": stage.authority, **case.environment}
        for name in ("team.pub", "fingerprint.key", "leaktrawl.yml"):
            shutil.copy(os.path.join(stage.folder, name), self.folder)
        with open(self.config, "a", encoding="utf-8") as file:
            file.write(case.configuration())
        for name, text in case.home.items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)

    def leaktrawl(self, *words):
        command = self.stage.inside.command(self.stage.leaktrawl, "--config", self.config, *words)
        return subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)

    def run(self):
        """What it printed, and the causes in its coverage."""
        unsandboxed = ["--allow-unsandboxed"] if os.environ.get("LEAKTRAWL_UNSANDBOXED") else []
        done = self.leaktrawl("crawl", "--once", "--jobs", "1", *unsandboxed)
        told = self.leaktrawl("runs", "last", "--format", "json").stdout
        shutil.rmtree(self.folder)
        coverage = json.loads(told)["coverage"] if told else []
        return done.stderr, {cause for source in coverage for cause in source.get("causes", {})}


# ---- the play ---------------------------------------------------------------------------------------------


class Stage:
    def __init__(self, leaktrawl, folder, certificate, key, authority):
        self.leaktrawl, self.folder, self.authority = leaktrawl, folder, authority
        self.inside = Inside()
        self.marker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.marker.bind((OUTSIDE, MARKER_PORT))
        self.proxy = Proxy((OUTSIDE, PROXY_PORT), certificate, key)
        self.counter = Counter(self.inside)
        self.count = self.failed = 0

    def say(self, good, name, *notes):
        self.count += 1
        self.failed += not good
        print("ok" if good else "not ok", self.count, "-", name, flush=True)
        for note in notes if not good else ():
            for line in str(note).splitlines():
                print("#", line, flush=True)

    def check_counter(self, name, script):
        """The counter must see what it is there for."""
        subprocess.run(self.inside.command("/usr/bin/python3", "-c", script), check=True)
        self.say(self.counter.strays() != [], "the counter sees " + name)

    def check_counters(self):
        self.say(self.counter.strays() == [], "nothing strays where nothing is done")
        datagram = "import socket; socket.socket(socket.{}, socket.SOCK_DGRAM).sendto(b'x', ('{}', 53))"
        self.check_counter("a datagram to the world", datagram.format("AF_INET", "192.0.2.53"))
        self.check_counter("one over IPv6", datagram.format("AF_INET6", "2001:db8::53"))
        self.check_counter("one to this host", datagram.format("AF_INET", "127.0.0.53"))
        connect = "import socket; s = socket.socket(); s.settimeout(0.2); s.connect_ex(('{}', {}))"
        self.check_counter("a connection to the world", connect.format("192.0.2.1", 80))
        self.check_counter("one to another port of the proxy", connect.format(OUTSIDE, 9))
        self.check_counter("a name being looked up", "import socket\ntry: socket.gethostbyname('leak.example')\nexcept OSError: pass")
        self.counter.strays()

    def play(self, case):
        play = self.proxy.play = case.play()
        log, causes = Crawl(self, case).run()
        strays = self.counter.strays()
        asked = set(play.asked)
        notes = [f"{case.name}: {len(strays)} stray packets", *strays[:5]]
        if asked != case.asked:
            notes += [f"the proxy was asked for {sorted(asked)}", f"and should be for {sorted(case.asked)}"]
        if case.causes and causes != case.causes:
            notes.append(f"the coverage tells {sorted(causes)}")
        if case.requests is not None and case.requests != len(play.requests):
            notes.append(f"{len(play.requests)} requests came")
        self.say(len(notes) == 1 and not strays, f"{case.name}: {case.about}", *notes, log)
        return len(strays)


def main():
    leaktrawl, folder, cases, *tls = sys.argv[1:]
    stage = Stage(leaktrawl, folder, *tls)
    names = sorted(name for name in os.listdir(cases) if name.endswith(".case"))
    strays = 0
    try:
        stage.check_counters()
        for name in names:
            strays += stage.play(Case(os.path.join(cases, name)))
        stage.say(len(names) >= 40 and strays == 0, f"{len(names)} situations, {strays} stray packets")
    finally:
        stage.inside.close()
    print(f"1..{stage.count}")
    sys.exit(stage.failed > 0)


main()
