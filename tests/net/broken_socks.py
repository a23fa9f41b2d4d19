#!/usr/bin/python3
"""A SOCKS5 server that never connects anybody: it answers with the reply code that is the port asked for.

    broken_socks.py PORT

Port 1000 gets no reply, 1001 a closed connection, 1002 half a reply. Every request is reported as a line
"USER HOST PORT" ("-" without a user).
"""
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    timeout = 60

    def user(self):
        methods = self.rfile.read(self.rfile.read(2)[1])
        if 2 not in methods:
            self.wfile.write(b"\x05\x00")
            return "-"
        self.wfile.write(b"\x05\x02")
        name = self.rfile.read(self.rfile.read(2)[1]).decode()
        self.rfile.read(self.rfile.read(1)[0])
        self.wfile.write(b"\x01\x00")
        return name

    def handle(self):
        user = self.user()
        kind = self.rfile.read(4)[3]
        host = self.rfile.read(self.rfile.read(1)[0]).decode() if kind == 3 else "address:" + self.rfile.read(4 if kind == 1 else 16).hex()
        port = int.from_bytes(self.rfile.read(2), "big")
        print(user, host, port, flush=True)
        if port == 1000:
            self.rfile.read(1)
        elif port == 1002:
            self.wfile.write(b"\x05\x00")
        elif port != 1001:
            self.wfile.write(bytes([5, port & 255, 0, 1, 0, 0, 0, 0, 0, 0]))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that only looked whether the port answers."""


with Server(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    server.serve_forever()
