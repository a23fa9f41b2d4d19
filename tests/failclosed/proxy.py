"""The only way out of the namespace: a SOCKS5 and HTTP proxy that plays the sites behind it as a case says."""
import re
import socket
import socketserver
import ssl
import threading


def unescape(text):
    named = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
    out = b""
    for escape, byte, plain in re.findall(r"\\(?:([rnt0\\])|x([0-9a-f]{2}))|([^\\]+)", text):
        out += named[escape] if escape else bytes.fromhex(byte) if byte else plain.encode()
    return out


class Page:
    """What a URL answers."""

    def __init__(self, url):
        self.url = url
        self.status = "200 OK"
        self.headers = []
        self.body = b""
        self.raw = b""
        self.typed = False

    def answer(self):
        if self.raw:
            return self.raw
        lines = [b"HTTP/1.1 " + self.status.encode()] + self.headers + [b"Content-Length: %d" % len(self.body)]
        if not self.typed:
            lines.append(b"Content-Type: text/html")
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Gone(Exception):
    pass


class Play:
    """One case as the proxy sees it."""

    def __init__(self, pages=None, greeting=b"", reply=b"", connected=b"", dies_after=0):
        self.pages = pages or {}
        self.greeting, self.reply, self.connected = greeting, reply, connected
        self.dies_after = dies_after
        self.asked = []
        self.requests = []
        self.lock = threading.Lock()

    def ask(self, host, port):
        with self.lock:
            self.asked.append(f"{host}:{port}")

    def dead(self):
        return 0 < self.dies_after <= len(self.requests)

    def answer(self, url, head):
        with self.lock:
            if self.dead():
                raise Gone
            self.requests.append(head)
        page = self.pages.get(url)
        return page.answer() if page else NOT_FOUND


class Handler(socketserver.BaseRequestHandler):
    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.request.recv(count - len(data))
            if not more:
                raise Gone
            data += more
        return data

    def read_head(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        return head.decode("latin-1")

    def handle(self):
        play = self.server.play
        try:
            if play.dead():
                return
            if play.greeting:
                self.request.sendall(play.greeting)
                while self.request.recv(4096):
                    pass
            elif self.request.recv(1, socket.MSG_PEEK) == b"\x05":
                self.socks(play)
            else:
                self.http(play)
        except (Gone, OSError):
            return

    # ---- SOCKS5 ----

    def socks(self, play):
        methods = self.read(self.read(2)[1])
        if 0 in methods:
            self.request.sendall(b"\x05\x00")
        else:
            self.request.sendall(b"\x05\x02")
            self.read(self.read(2)[1])
            self.read(self.read(1)[0])
            self.request.sendall(b"\x01\x00")
        kind = self.read(4)[3]
        if kind == 3:
            host = self.read(self.read(1)[0]).decode("latin-1")
        else:
            packed = self.read(4 if kind == 1 else 16)
            host = "literal " + socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, packed)
        port = int.from_bytes(self.read(2), "big")
        play.ask(host, port)
        self.request.sendall(play.reply or b"\x05\x00\x00\x01\0\0\0\0\0\0")
        self.site(play, host, port)

    # ---- HTTP proxy ----

    def http(self, play):
        while True:
            head = self.read_head()
            method, target = head.split(" ")[:2]
            if method == "CONNECT":
                host, _, port = target.rpartition(":")
                play.ask(host, int(port))
                self.request.sendall(play.connected or b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.site(play, host, int(port))
                return
            host = target.split("/")[2]
            play.ask(*(host.rsplit(":", 1) if ":" in host else (host, 80)))
            self.request.sendall(play.connected or play.answer(target, head))
            if play.dead():
                return

    # ---- the site behind ----

    def site(self, play, host, port):
        scheme = "http"
        if port == 443:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            scheme = "https"
        where = host if port in (80, 443) else f"{host}:{port}"
        while True:
            head = self.read_head()
            self.request.sendall(play.answer(f"{scheme}://{where}{head.split(' ')[1]}", head))
            if play.dead():
                return


class Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address, certificate, key):
        super().__init__(address, Handler)
        self.play = Play()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that went away."""
