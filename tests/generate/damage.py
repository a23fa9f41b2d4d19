#!/usr/bin/python3
"""Damages documents of every kind and packs them into a tar: whatever comes of them, an inspector has to get to its end.

    damage.py --seed N [--documents N] OUT CASES... -- SAMPLES...

CASES are files of labelled cases, whose texts are damaged; SAMPLES are documents: archives, PDF, databases, mail. The same seed
makes the same tar.
"""
import argparse
import base64
import io
import json
import os
import random
import tarfile

PIECES = [
    b"\0", b"\xff", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b"<", b">", b"(", b")", b"\n", b"\r", b"\t", b":", b";", b"|", b"/", b"=\n",
    b"@", b"%40", b"&#64;", b"\\u0040", b"\xc2\xa0", b"\xe2\x80\x8b", b"royal-post.example", b"A" * 300, b"endobj", b"stream\n", b"BT", b"Tj",
    b"\\par", b"\\u1234?", b"\\bin9999999 ", b"<![CDATA[", b"<!--", b"<script>", b"INSERT INTO x VALUES (", b"Content-Type: multipart/mixed",
]
NUMBERS = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"9999", b"-1"]


def texts(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    case = json.loads(line)
                    yield base64.b64decode(case["text_b64"]) if "text_b64" in case else case["text"].encode("utf-8", "surrogatepass")


def damage(chance, data, all_texts):
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 6, 12))):
        at = chance.randrange(len(data) + 1)
        way = chance.randrange(8)
        if way == 0:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif way == 1:
            data[at:at] = chance.choice(PIECES)
        elif way == 2:
            del data[at : at + chance.randrange(1, 40)]
        elif way == 3:
            data[at:at] = data[at : at + chance.randrange(1, 60)] * chance.randrange(1, 8)
        elif way == 4 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif way == 5:
            other = chance.choice(all_texts)
            start = chance.randrange(len(other) + 1)
            data[at:at] = other[start : start + chance.randrange(1, 200)]
        elif way == 6:
            del data[at:]
        elif way == 7:
            data[at : at + 4] = chance.choice(NUMBERS)
    return bytes(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--documents", type=int, default=1200)
    parser.add_argument("out")
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    all_texts = list(texts(path for path in options.paths if path.endswith(".jsonl")))
    samples = []
    for path in sorted(path for path in options.paths if not path.endswith(".jsonl") and os.path.isfile(path)):
        with open(path, "rb") as file:
            samples.append((file.read(), os.path.basename(path)))
    chance = random.Random(options.seed)
    with tarfile.open(options.out, "w") as tar:
        for n in range(options.documents):
            data, name = chance.choice(samples) if samples and chance.random() < 0.4 else (chance.choice(all_texts), "text.txt")
            data = damage(chance, data, all_texts)
            info = tarfile.TarInfo(f"PC-{n // 20}/{n}-{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


main()
