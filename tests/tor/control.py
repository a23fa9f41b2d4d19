#!/usr/bin/python3
"""Asks a Tor process over its control socket.

    control.py SOCKET COOKIE COMMAND...

Prints the data lines of the answer; status 1 when Tor says no.
"""
import socket
import sys


def say(stream, command):
    stream.write(command + "\r\n")
    stream.flush()
    lines, data = [], False
    while True:
        line = stream.readline().rstrip("\r\n")
        if data:
            data = line != "."
            if data:
                lines.append(line)
            continue
        data = line[3:4] == "+"
        lines.append(line[4:])
        if line[3:4] in (" ", ""):
            return line.startswith("250"), lines[:-1]


def main():
    path, cookie, command = sys.argv[1], sys.argv[2], " ".join(sys.argv[3:])
    with socket.socket(socket.AF_UNIX) as connection, open(cookie, "rb") as secret:
        connection.settimeout(10)
        connection.connect(path)
        stream = connection.makefile("rw", encoding="utf-8", newline="")
        good, _ = say(stream, "AUTHENTICATE " + secret.read().hex())
        if not good:
            sys.exit("not authenticated")
        good, lines = say(stream, command)
        print("\n".join(lines))
        sys.exit(0 if good else 1)


main()
