#!/usr/bin/python3
"""A control port that is not Tor's, or a Tor that is not ours.

    fake_control.py PORT KIND SOCKS-PORT

It is a SOCKS proxy, too, for names on this machine, and tells of each stream that all went through one circuit.
KIND: open (lets anybody in, refuses a new identity), refuses (takes no password),
knows-nothing (says SAFECOOKIE, without knowing the cookie), garbage, http, silent, hangs-up, endless (one line without an
end), dies (open, and gone with the first new identity), trickles (open, but its list of circuits has no end),
late (hangs up three times, then open). Every line that is said to it is reported as a line.
"""
import select
import socket
import socketserver
import sys
import threading
import time

KIND = sys.argv[2]
CONTROLLERS = []
OPEN = ("open", "dies", "trickles", "late")
HUNG_UP = []
SILENT = {"silent": b"", "garbage": bytes(range(128, 256)) * 4 + b"\n", "http": b"HTTP/1.1 400 Bad Request\r\n\r\n"}


class Handler(socketserver.StreamRequestHandler):
    timeout = 60

    def say(self, *lines):
        self.wfile.write("".join(line + "\r\n" for line in lines).encode())

    def answer(self, command):
        if KIND in SILENT:
            self.wfile.write(SILENT[KIND])
        elif KIND == "endless":
            while True:
                self.wfile.write(b"250-" + b"x" * 65536)
        elif command == "PROTOCOLINFO":
            methods = "NULL" if KIND in OPEN else "COOKIE,SAFECOOKIE,HASHEDPASSWORD"
            self.say("250-PROTOCOLINFO 1", "250-AUTH METHODS=" + methods, '250-VERSION Tor="0.4.8.99"', "250 OK")
        elif command == "AUTHCHALLENGE":
            self.say("250 AUTHCHALLENGE SERVERHASH=%s SERVERNONCE=%s" % ("ab" * 32, "cd" * 32))
        elif command == "AUTHENTICATE":
            self.say("250 OK" if KIND in OPEN else "515 Authentication failed: Wrong length on authentication cookie.")
        elif command == "GETINFO" and KIND == "trickles":
            self.say("250+circuit-status=")
            while True:
                self.say("9 BUILT")
                time.sleep(0.5)
        elif command == "GETINFO":
            self.say("250+circuit-status=", "9 BUILT $%s~first,$%s~last PURPOSE=GENERAL" % ("A" * 40, "B" * 40), ".", "250 OK")
            CONTROLLERS.append(self)
        elif command == "SIGNAL" and KIND == "dies":
            return False
        elif command == "SIGNAL":
            self.say("552 Unrecognized signal")
        else:
            self.say("250 OK")
        return True

    def handle(self):
        if KIND == "hangs-up":
            return
        if KIND == "late" and len(HUNG_UP) < 3 and self.rfile.readline():
            HUNG_UP.append(self)
            return
        for line in self.rfile:
            print(line.decode("latin-1").strip(), flush=True)
            if not self.answer(line.split()[0].decode("latin-1")):
                break
        if self in CONTROLLERS:
            CONTROLLERS.remove(self)


class Socks(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.read(self.rfile.read(2)[1])
        self.connection.sendall(b"\x05\x00")
        self.rfile.read(4)
        host = self.rfile.read(self.rfile.read(1)[0]).decode()
        port = int.from_bytes(self.rfile.read(2), "big")
        for controller in CONTROLLERS:
            controller.say("650 STREAM 5 NEW 0 %s:%d SOURCE_ADDR=127.0.0.1:%d" % (host, port, self.client_address[1]),
                           "650 STREAM 5 SUCCEEDED 9 %s:%d" % (host, port))
        with socket.create_connection(("127.0.0.1", port)) as site:
            self.connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
            self.relay(site)

    def relay(self, site):
        other = {site: self.connection, self.connection: site}
        while True:
            for ready in select.select(list(other), [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                other[ready].sendall(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hung up, or only looked whether the port answers."""


with Server(("127.0.0.1", int(sys.argv[3])), Socks) as proxy, Server(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    server.serve_forever()
