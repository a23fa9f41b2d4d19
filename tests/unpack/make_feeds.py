#!/usr/bin/python3
"""Makes a feed and web archives with known log-ins into the folder named: feed.jsonl, web.warc, web.warc.gz, cut.warc,
wrong.warc (lengths that are none, or too short)."""
import gzip
import json
import os
import sys

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def record(uri, payload, kind="response", media="application/http; msgtype=response"):
    header = (f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nContent-Type: {media}\r\n"
              f"Content-Length: {len(payload)}\r\n\r\n").encode()
    return header + payload + b"\r\n\r\n"


def login(name, number):
    return f"{name}@royal-post.example:Heron-Weir-{number}\n".encode()


with open(path("feed.jsonl"), "w") as out:
    out.write(json.dumps({"text": "alice@x.test:1\nj.doe@royal-post.example:Kitti-wake-1\n", "url": "https://paste.example/1", "source": "tg"}) + "\n")
    out.write(json.dumps({"text": "<table><tr><td>a.roe@royal-post.example</td><td>Moss-3-Lichen</td></tr></table>", "source": "tg"}) + "\n")
    out.write("no JSON m.okafor@royal-post.example:Skua-North-9\n")
    out.write(json.dumps({"text": None, "url": "https://paste.example/2"}) + "\n")

chunked = login("m.okafor", 3)
records = [
    record("warcinfo:", b"software: none\r\n", "warcinfo", "application/warc-fields"),
    record("http://a.test/", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + login("j.doe", 1)),
    record("http://a.test/gz", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(login("a.roe", 2))),
    record("http://a.test/chunked", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
           b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (chunked[:20], chunked[20:])) + b"0\r\n\r\n"),
    record("http://a.test/resource", login("s.varga", 4), "resource", "text/plain"),
]
with open(path("web.warc"), "wb") as out:
    out.write(b"".join(records))
with open(path("web.warc.gz"), "wb") as out:
    out.write(b"".join(gzip.compress(each) for each in records))
with open(path("cut.warc"), "wb") as out:
    out.write(b"".join(records)[:-60])


def with_length(whole, length):
    head, rest = whole.split(b"Content-Length: ", 1)
    return head + b"Content-Length: %d" % length + rest[rest.index(b"\r\n"):]


with open(path("wrong.warc"), "wb") as out:
    out.write(b"".join([records[1], with_length(records[4], -5), with_length(records[2], 3), records[3]]))
