#!/usr/bin/python3
"""A name server for the exit relay of a private Tor network.

    names.py PORT

Answers 127.0.0.1 for names below .example; all others do not exist. Every question is reported as a line.
It also listens on PORT with TCP, so that a test can wait for it.
"""
import socket
import sys

ADDRESS = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1"


def question(packet):
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1").lower())
        at += packet[at] + 1
    return ".".join(labels), int.from_bytes(packet[at + 1:at + 3], "big"), at + 5


def answer(packet):
    name, kind, end = question(packet)
    print(name, kind, flush=True)
    known = name.endswith(".example")
    answers = ADDRESS if known and kind == 1 else b""
    flags = b"\x85\x80" if known else b"\x85\x83"
    return packet[:2] + flags + b"\0\1" + (b"\0\1" if answers else b"\0\0") + b"\0\0\0\0" + packet[12:end] + answers


def main():
    address = ("127.0.0.1", int(sys.argv[1]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as questions, socket.socket() as here:
        questions.bind(address)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        here.bind(address)
        here.listen()
        while True:
            packet, client = questions.recvfrom(2048)
            if len(packet) > 16:
                questions.sendto(answer(packet), client)


main()
