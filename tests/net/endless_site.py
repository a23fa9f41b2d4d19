#!/usr/bin/python3
"""A site whose pages never end.

    endless_site.py PORT

/calendar/N leads to the next month; all pages say the same but for numbers, times and, in month 60, one line more.
/busy/N takes a moment and leads to eight others, of which none leads on; the log tells how many are under way, as "busy COUNT".
/walled/KIND shows a wall of that kind, a captcha or login, the first two times, then a leak.
/session/N links to five pages, each under a new PHPSESSID. /sitemap/N is an index of twenty sitemaps, none of which anybody knew. /story/N leads to the next of 300 pages that all say something else. Every request is reported as its path.
"""
import http.server
import random
import sys
import threading
import time

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "r", "st", "lk", "mp")]


def calendar(number):
    leak = "https://access.royal-post.example/login:user1@royal-post.example:Plover-Ness-1001" if number == 60 else ""
    return """<h1>Events of month %d</h1><p>Nothing is planned for this month. Members may add what they like to the calendar, everybody
        else may look at it. Page made %d minutes ago, seen by %d visitors.</p> %s <a href="/calendar/%d">next month</a>""" % (
            number, random.randrange(60), random.randrange(9999), leak, number + 1)


SEEN = {}
WALLS = {
    "captcha": "<title>Human Verification</title><form><input name=captcha></form>",
    "login": "<title>Sign in</title><form><input type=password></form>",
}


def walled(kind):
    SEEN[kind] = SEEN.get(kind, 0) + 1
    return WALLS[kind] if SEEN[kind] <= 2 else "https://access.royal-post.example/login:user2@royal-post.example:Plover-Ness-1002"


class Busy:
    lock = threading.Lock()
    count = 0

    @classmethod
    def page(cls, number):
        with cls.lock:
            cls.count += 1
            print("busy", cls.count, flush=True)
        time.sleep(0.3)
        with cls.lock:
            cls.count -= 1
        return "".join('<a href="/busy/%d%d">more</a>' % (number, i) for i in range(8)) if number < 10 else "enough"


def session(number):
    chance = random.Random(str(number))
    words = " ".join(chance.choice(WORDS) for _ in range(60))
    return "<p>%s</p>" % words + "".join('<a href="/session/%d?PHPSESSID=%032x">page</a>' % (n, random.getrandbits(128)) for n in range(5))


def sitemap(_):
    names = "".join("<sitemap><loc>http://endless.example:%s/sitemap/%d</loc></sitemap>" % (sys.argv[1], random.getrandbits(40)) for _ in range(20))
    return '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">%s</sitemapindex>' % names


def story(number):
    chance = random.Random(number)
    link = '<a href="/story/%d">on</a>' % (number + 1) if number < 300 else ""
    return "<p>%s</p> %s" % (" ".join(chance.choice(WORDS) for _ in range(60)), link)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, _, number = self.path.strip("/").partition("/")
        pages = {"calendar": calendar, "story": story, "busy": Busy.page, "walled": walled, "session": session, "sitemap": sitemap}
        page = pages[kind](int(number) if number.isdigit() else number)
        body = (page if kind == "sitemap" else "<html><body>%s</body></html>" % page).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        print(self.path, flush=True)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that only looked whether the port answers."""


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
