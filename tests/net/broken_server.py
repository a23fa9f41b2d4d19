#!/usr/bin/python3
"""A server that answers as its case files say, however wrong that is.

    broken_server.py PORT FOLDER [CERTIFICATE KEY]

A request for /NAME plays FOLDER/NAME.case; every request is first reported on standard output as one line,
"METHOD TARGET" and then its header lines, separated by TABs, with the body as the last field. Lines of a case
that play a part (the others are the test's):

    send TEXT           \\r \\n \\t \\\\ \\xNN are bytes
    repeat COUNT TEXT   sent COUNT times
    forever TEXT        sent until the client goes
    drip SECONDS TEXT   byte by byte with a pause between
    hold                silence until the client goes
    reset               ends with RST instead of FIN
    echo                a whole answer with the request as its body
"""
import os
import re
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time

OUTPUT = threading.Lock()


def unescape(text):
    named = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}
    out = b""
    for escape, byte, plain in re.findall(r"\\(?:([rnt\\])|x([0-9a-f]{2}))|([^\\]+)", text):
        out += named[escape] if escape else bytes.fromhex(byte) if byte else plain.encode()
    return out


class Handler(socketserver.StreamRequestHandler):
    timeout = 60

    def read_request(self):
        lines = []
        while True:
            line = self.rfile.readline(65536)
            if not line:
                return None
            if line in (b"\r\n", b"\n"):
                break
            lines.append(line.decode("latin-1").rstrip("\r\n"))
        length = next((int(l.split(":")[1]) for l in lines if l.lower().startswith("content-length:")), 0)
        return lines + [self.rfile.read(length).decode("latin-1")]

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def echo(self, request):
        body = "\n".join(request).encode("latin-1")
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def forever(self, data):
        data *= 1 + 4096 // len(data)
        while True:
            self.wfile.write(data)

    def play(self, word, rest, request):
        if word == "send":
            self.wfile.write(unescape(rest))
        elif word == "repeat":
            count, _, text = rest.partition(" ")
            self.wfile.write(unescape(text) * int(count))
        elif word == "forever":
            self.forever(unescape(rest))
        elif word == "drip":
            pause, _, text = rest.partition(" ")
            for byte in unescape(text):
                self.wfile.write(bytes([byte]))
                time.sleep(float(pause))
        elif word == "hold":
            self.rfile.read(1)
        elif word == "reset":
            self.reset()
        elif word == "echo":
            self.echo(request)

    def handle(self):
        request = self.read_request()
        if request is None:
            return
        target = request[0].split(" ")[1]
        with OUTPUT:
            print("\t".join([request[0].rsplit(" ", 1)[0]] + request[1:]), flush=True)
        name = os.path.basename(target.split("?")[0])
        with open(os.path.join(self.server.folder, name + ".case"), encoding="utf-8") as case:
            script = case.read().splitlines()
        for line in script:
            word, _, rest = line.partition(" ")
            self.play(word, rest, request)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    context = None

    def get_request(self):
        connection, address = super().get_request()
        if self.context is not None:
            connection = self.context.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, request, client_address):
        """The client hung up: most cases mean it to."""


def main():
    port, folder = int(sys.argv[1]), sys.argv[2]
    with Server(("127.0.0.1", port), Handler) as server:
        server.folder = folder
        if len(sys.argv) > 4:
            server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.context.load_cert_chain(sys.argv[3], sys.argv[4])
        server.serve_forever()


main()
