#!/usr/bin/python3
"""A receiver of signed webhooks, as their authors are told to write one.

    webhook_server.py PORT SECRET [CERTIFICATE KEY]

Checks the signature over timestamp and body and the age of the timestamp. POST /STATUS is answered with that
status (429 with Retry-After), /large with more than anybody reads. Each call is reported as one line of JSON:
path, key, type, agent, signed ("yes", "no", "absent"), fresh, body.
"""
import hashlib
import hmac
import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = sys.argv[2].encode()


class Handler(BaseHTTPRequestHandler):
    def signed(self, body):
        given = self.headers.get("X-Leaktrawl-Signature")
        if given is None:
            return "absent"
        message = self.headers.get("X-Leaktrawl-Timestamp", "").encode() + b"." + body
        wanted = "sha256=" + hmac.new(SECRET, message, hashlib.sha256).hexdigest()
        return "yes" if hmac.compare_digest(given, wanted) else "no"

    def fresh(self):
        return abs(time.time() - int(self.headers.get("X-Leaktrawl-Timestamp", "0"))) < 300

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = {"path": self.path, "key": self.headers["Idempotency-Key"], "type": self.headers["Content-Type"],
                "agent": self.headers["User-Agent"], "signed": self.signed(body), "fresh": self.fresh(), "body": body.decode()}
        print(json.dumps(call), flush=True)
        status = int(self.path[1:]) if self.path[1:].isdigit() else 200
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "90")
        if status == 302:
            self.send_header("Location", "/200")
        self.end_headers()
        if self.path == "/large":
            self.wfile.write(b"x" * 1000000)

    def log_message(self, *args):
        """Reported above."""


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
