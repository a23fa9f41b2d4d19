#!/usr/bin/python3
"""Writes a RAR of stored members, encrypted or not; nothing in Debian's main section does.

    make_rar.py [--version 5|4] [--password P] [--headers] [--no-check] [--tweaked] [--plain-first] OUT FILE...

--headers encrypts names, too. --no-check leaves out what tells a wrong password (RAR 5). --tweaked makes checksums depend on the key,
as RAR 5 does by default. --plain-first leaves the first member as it is. --kdf N: 2^N rounds (RAR 5). --volume N,...: the data of
the last member goes on in another volume after so many bytes (RAR 5); OUT gets part1.rar, part2.rar ... behind it.
Sources: "RAR 5.0 archive format", rarlab.com/technote.htm; technote.txt of RAR 4.
"""
import argparse
import hashlib
import hmac
import os
import struct
import subprocess
import zlib


def aes(data, key, iv):
    data += b"\0" * (-len(data) % 16)
    name = f"-aes-{len(key) * 8}-cbc"
    return subprocess.run(["openssl", "enc", name, "-nopad", "-K", key.hex(), "-iv", iv.hex()], input=data, stdout=subprocess.PIPE, check=True).stdout


def number(n):
    out = b""
    while True:
        byte, n = n & 0x7F, n >> 7
        out += bytes([byte | (0x80 if n else 0)])
        if not n:
            return out


class Rar5:
    SIGNATURE = b"Rar!\x1a\x07\x01\x00"

    def __init__(self, options):
        self.options = options
        self.salt = hashlib.sha256(b"salt").digest()[:16]
        self.made = {}

    def keys(self):
        """The key, what checksums are made with, and what tells a wrong password."""
        rounds = 1 << self.options.kdf
        secret = self.options.password.encode()
        if not self.made:
            for name, more in (("key", 0), ("hash", 16), ("check", 32)):
                self.made[name] = hashlib.pbkdf2_hmac("sha256", secret, self.salt, rounds + more)
        folded = bytes(8)
        for i in range(0, 32, 8):
            folded = bytes(a ^ b for a, b in zip(folded, self.made["check"][i : i + 8]))
        return self.made["key"], self.made["hash"], folded + hashlib.sha256(folded).digest()[:4]

    def block(self, body, shut):
        size = number(len(body))
        block = struct.pack("<I", zlib.crc32(size + body)) + size + body
        if not shut:
            return block
        iv = hashlib.sha256(block).digest()[:16]
        return iv + aes(block, self.keys()[0], iv)

    def encryption(self, iv):
        flags = (0 if self.options.no_check else 1) | (2 if self.options.tweaked and iv else 0)
        return number(0) + number(flags) + bytes([self.options.kdf]) + self.salt + iv + (b"" if self.options.no_check else self.keys()[2])

    def member(self, name, data, shut, part=None):
        """part: from and to of the stored bytes, where they are in another volume, too."""
        checksum, extra, stored = zlib.crc32(data), b"", data
        if shut:
            iv = hashlib.sha256(name).digest()[:16]
            key, hash_key, _ = self.keys()
            record = number(1) + self.encryption(iv)
            extra = number(len(record)) + record
            stored = aes(data, key, iv)
            if self.options.tweaked:
                digest = hmac.new(hash_key, struct.pack("<I", checksum), "sha256").digest()
                checksum = 0
                for i in range(8):
                    checksum ^= struct.unpack_from("<I", digest, 4 * i)[0]
        flags = 2 | (1 if extra else 0)
        if part:
            flags |= (8 if part[0] else 0) | (16 if part[1] else 0)
            stored = stored[slice(*part)]
            if part[1]:
                checksum = zlib.crc32(stored)
        body = number(2) + number(flags) + (number(len(extra)) if extra else b"") + number(len(stored)) + number(4)
        body += number(len(data)) + number(0o100644) + struct.pack("<I", checksum) + number(0) + number(1) + number(len(name)) + name + extra
        return self.block(body, self.options.headers) + stored

    def volume(self, content, n=None, last=True):
        flags = 0 if n is None else 1 | (2 if n else 0)
        out = self.SIGNATURE
        if self.options.headers:
            out += self.block(number(4) + number(0) + self.encryption(b""), False)
        out += self.block(number(1) + number(0) + number(flags) + (number(n) if n else b""), self.options.headers)
        return out + content + self.block(number(5) + number(0) + number(0 if last else 1), self.options.headers)

    def archives(self, members):
        shut = [self.options.password is not None and not (i == 0 and self.options.plain_first) for i in range(len(members))]
        if not self.options.volume:
            return {"": self.volume(b"".join(self.member(*member, s) for member, s in zip(members, shut)))}
        borders = [None, *(int(at) for at in self.options.volume.split(",")), None]
        parts = [self.member(*members[-1], shut[-1], part) for part in zip(borders, borders[1:])]
        parts[0] = b"".join(self.member(*member, s) for member, s in zip(members[:-1], shut)) + parts[0]
        last = len(parts) - 1
        return {f"part{n + 1}.rar": self.volume(part, n, n == last) for n, part in enumerate(parts)}


class Rar4:
    SIGNATURE = b"Rar!\x1a\x07\x00"

    def __init__(self, options):
        self.options = options
        self.salt = hashlib.sha256(b"salt").digest()[:8]
        self.made = None

    def key(self):
        if self.made is None:
            seed = self.options.password.encode("utf-16le") + self.salt
            digest, iv = hashlib.sha1(), b""
            for i in range(1 << 18):
                digest.update(seed + struct.pack("<I", i)[:3])
                if i % (1 << 14) == 0:
                    iv += digest.copy().digest()[19:]
            self.made = b"".join(digest.digest()[i : i + 4][::-1] for i in range(0, 16, 4)), iv
        return self.made

    def block(self, kind, flags, body, shut=False):
        block = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        block = struct.pack("<H", zlib.crc32(block) & 0xFFFF) + block
        return self.salt + aes(block, *self.key()) if shut else block

    def member(self, name, data, shut):
        stored = aes(data, *self.key()) if shut else data
        flags = 0x8000 | (0x404 if shut else 0)
        body = struct.pack("<IIBIIBBHI", len(stored), len(data), 3, zlib.crc32(data), 0x5B000000, 29, 0x30, len(name), 0o100644)
        return self.block(0x74, flags, body + name + (self.salt if shut else b""), self.options.headers) + stored

    def archives(self, members):
        out = self.SIGNATURE + self.block(0x73, 0x80 if self.options.headers else 0, b"\0" * 6)
        for i, (name, data) in enumerate(members):
            out += self.member(name, data, self.options.password is not None and not (i == 0 and self.options.plain_first))
        return {"": out + self.block(0x7B, 0x4000, b"", self.options.headers)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", choices=("5", "4"), default="5")
    parser.add_argument("--password")
    parser.add_argument("--headers", action="store_true")
    parser.add_argument("--no-check", action="store_true")
    parser.add_argument("--tweaked", action="store_true")
    parser.add_argument("--plain-first", action="store_true")
    parser.add_argument("--volume", metavar="N,...")
    parser.add_argument("--kdf", type=int, default=15)
    parser.add_argument("out")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    members = []
    for path in options.files:
        with open(path, "rb") as file:
            members.append((os.fsencode(path.removeprefix("../")), file.read()))
    for name, data in (Rar5 if options.version == "5" else Rar4)(options).archives(members).items():
        with open(options.out + name, "wb") as file:
            file.write(data)


main()
