#!/usr/bin/python3
"""A leak site for one visitor at a time, from what python3-minimal has."""
import socket

PAGES = {b"/": (b"text/html", b'<a href="/p/1">1</a>'), b"/p/1": (b"text/plain", b"m.webb@royal-post.example:Harbour-Lamp-77\n")}

with socket.create_server(("127.0.0.1", 8080)) as server:
    while True:
        visitor, _ = server.accept()
        with visitor:
            words = visitor.recv(65536).split(b" ")
            kind, body = PAGES.get(words[1] if len(words) > 1 else b"", (b"text/plain", b"nothing"))
            visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                            % (kind, len(body), body))
