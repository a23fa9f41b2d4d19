#!/usr/bin/env python3
"""
Writes compound files by hand: an Outlook message, a Word document, a workbook, and broken ones.

    make_ole.py FOLDER
"""
import os
import struct
import sys

FREE, END, TABLE = 0xffffffff, 0xfffffffe, 0xfffffffd
SECTOR, MINI = 512, 64


def entry(name, kind, left, right, child, start, size):
    text = name.encode("utf-16-le") + b"\0\0"
    return text.ljust(64, b"\0")[:64] + struct.pack("<HBBIII", len(text), kind, 1, left, right, child) + bytes(36) + struct.pack("<IQ", start, size)


def compound(tree):
    """tree: {name: bytes, or a tree of its own}. Streams below 4,096 bytes stand in the mini stream."""
    entries, sectors, table, mini, mini_table = [None], [], [], b"", []

    def chain(data):
        if not data:
            return END
        first = len(table)
        pieces = [data[i:i + SECTOR].ljust(SECTOR, b"\0") for i in range(0, len(data), SECTOR)]
        sectors.extend(pieces)
        table.extend(list(range(first + 1, first + len(pieces))) + [END])
        return first

    def add(tree):
        """The entries of one storage, each to the right of the one before."""
        nonlocal mini
        first = before = FREE
        for name, value in tree.items():
            n = len(entries)
            entries.append(None)
            if isinstance(value, dict):
                row = [name, 1, FREE, FREE, add(value), 0, 0]
            elif len(value) < 4096:
                start = len(mini) // MINI
                count = (len(value) + MINI - 1) // MINI
                mini += value.ljust(count * MINI, b"\0")
                mini_table.extend(list(range(start + 1, start + count)) + [END] if count else [])
                row = [name, 2, FREE, FREE, FREE, start if count else END, len(value)]
            else:
                row = [name, 2, FREE, FREE, FREE, chain(value), len(value)]
            entries[n] = row
            if before == FREE:
                first = n
            else:
                entries[before][3] = n
            before = n
        return first

    child = add(tree)
    root = ["Root Entry", 5, FREE, FREE, child, chain(mini), len(mini)]
    entries[0] = root
    directory = chain(b"".join(entry(*each) for each in entries).ljust((len(entries) + 3) // 4 * SECTOR, b"\0"))
    minis = chain(b"".join(struct.pack("<I", n) for n in mini_table)) if mini_table else END
    count = (len(table) + 128) // 127 + 1
    places = list(range(len(table), len(table) + count))
    table.extend([TABLE] * count)
    data = b"".join(struct.pack("<I", n) for n in table).ljust(count * SECTOR, b"\xff")
    sectors.extend(data[i:i + SECTOR] for i in range(0, count * SECTOR, SECTOR))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHHHIIIIIIIIII", 0x3e, 3, 0xfffe, 9, 6, 0, 0, 0, count, directory, 0, 4096, minis, len(mini_table) * 4 // SECTOR + 1, END, 0)
    return (header + b"".join(struct.pack("<I", n) for n in places)).ljust(SECTOR, b"\xff") + b"".join(sectors)


def record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def texts(strings, cut=0):
    """The table of strings; cut: the last one goes on in a second record behind so many characters."""
    out = struct.pack("<II", len(strings), len(strings))
    for text in strings[:-1]:
        out += struct.pack("<HB", len(text), 0) + text.encode("latin-1") if text.isascii() else struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
    last = strings[-1]
    if not cut:
        return record(0xfc, out + struct.pack("<HBH", len(last), 9, 1) + last.encode("utf-16-le") + bytes(4))
    return record(0xfc, out + struct.pack("<HB", len(last), 0) + last[:cut].encode("latin-1")) + record(0x3c, b"\1" + last[cut:].encode("utf-16-le"))


def workbook(strings, cells, cut=0, more=b""):
    book = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + more + texts(strings, cut) + record(0x0a, b"")
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0))
    for row, column, value in cells:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, float):
            sheet += record(0x203, place + struct.pack("<d", value))
        elif isinstance(value, str):
            sheet += record(0x204, place + struct.pack("<HB", len(value), 0) + value.encode("latin-1"))
        elif isinstance(value, tuple):
            sheet += record(0x27e, place + struct.pack("<I", value[0] << 2 | 2))
        else:
            sheet += record(0xfd, place + struct.pack("<I", value))
    return (book + sheet + record(0x0a, b"")).ljust(5000, b"\0")


def word(text):
    return (b"\xec\xa5\xc1\0" + bytes(1020) + text.encode("utf-16-le")).ljust(6000, b"\0")


RTF_KNOWN = (rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New "
             rb"RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx")


def lzfu(text):
    """Compressed as Outlook does it: runs of what stands in the last 4096 bytes, 2 to 17 of them."""
    window, at, tokens = bytearray(RTF_KNOWN + bytes(4096 - len(RTF_KNOWN))), len(RTF_KNOWN), []
    place = 0
    while place < len(text):
        length = min(17, len(text) - place)
        while length > 1 and bytes(window).find(text[place:place + length]) < 0:
            length -= 1
        found = bytes(window).find(text[place:place + length]) if length > 1 else -1
        overlaps = found >= 0 and found <= at < found + length
        if length > 1 and not overlaps:
            tokens.append(struct.pack(">H", found << 4 | length - 2))
        else:
            length = 1
            tokens.append(text[place:place + 1])
        for byte in text[place:place + length]:
            window[at] = byte
            at = (at + 1) % 4096
        place += length
    tokens.append(struct.pack(">H", at << 4))
    out = b""
    for i in range(0, len(tokens), 8):
        part = tokens[i:i + 8]
        out += bytes([sum(1 << n for n, token in enumerate(part) if len(token) == 2)]) + b"".join(part)
    return struct.pack("<II", len(out) + 12, len(text)) + b"LZFu" + bytes(4) + out


def files():
    wide = "hello,\r\njdoe@royal-post.example:Whimbrel-1\r\n".encode("utf-16-le")
    yield "letter.msg", compound({
        "__substg1.0_0037001F": "subject".encode("utf-16-le"), "__substg1.0_1000001F": wide,
        "__attach_version1.0_#00000000": {"__substg1.0_3707001F": "b.txt".encode("utf-16-le"),
                                          "__substg1.0_37010102": b"m.okafor@royal-post.example:Whimbrel-2\n" * 2}})
    yield "table.doc", compound({"WordDocument": word(
        "Title\rE-mail\aPassword\a\aanna@shop.test\azz\a\ajdoe@royal-post.example\aWhimbrel-3\a\a"
        "URL: https://access.royal-post.example/\vLogin: m.okafor\vPassword: Whimbrel-\u00e44\r"), "1Table": b"x" * 10})
    strings = ["id", "email", "password", "jdoe@royal-post.example", "Whimbrel-\u00f65"]
    rows = [(0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 0, (7,)), (1, 1, 3), (1, 2, 4), (2, 1, "m.okafor@royal-post.example"), (2, 2, 12345678.0)]
    yield "book.xls", compound({"Workbook": workbook(strings, rows)})
    yield "cut-string.xls", compound({"Workbook": workbook(strings, rows, 4)})
    yield "shut.xls", compound({"Workbook": workbook(strings, rows, 0, record(0x2f, b"\1\0\1\0\1\0"))})
    yield "shut.docx", compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": b"\4\0\4\0"})
    yield "contacts.xls", compound({"Workbook": workbook(["email", "phone", "jdoe@royal-post.example", "555-0100"],
                                                         [(0, 0, 0), (0, 1, 1), (1, 0, 2), (1, 1, 3), (2, 0, 99999)])})
    box = record(0x1b6, bytes(10) + struct.pack("<HHI", 34, 0, 0)) + record(0x3c, b"\0jdoe@royal-post.example:Whimbrel-9")
    yield "comment.xls", compound({"Workbook": workbook(["a", "b"], [(0, 0, 0), (0, 1, 1)], 0, box)})
    mark = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
    address = "https://k.wren:Whimbrel-11@access.royal-post.example/\0".encode("utf-16-le")
    link = record(0x1b8, bytes(8) + bytes.fromhex("d0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<II", 2, 3) + mark
                  + struct.pack("<I", len(address)) + address)
    header = b"jdoe@royal-post.example:Whimbrel-12"
    name = "m.okafor@royal-post.example:W13".encode("utf-16-le")
    rich = b"w.ames@royal-post.example:Whimbrel-14"
    beside = (link + record(0x14, struct.pack("<HB", len(header), 0) + header) + record(0x85, bytes(6) + struct.pack("<BB", len(name) // 2, 1) + name)
              + record(0xd6, struct.pack("<HHHHB", 3, 0, 0, len(rich), 0) + rich + bytes(4)) + record(0x1b8, bytes(20)) + record(0x14, b"")
              + record(0x15, b"\x09"))
    yield "beside.xls", compound({"Workbook": workbook(["a", "b"], [(0, 0, 0), (0, 1, 1)], 0, beside)})
    yield "rich.msg", compound({"__substg1.0_10090102": lzfu(rb"{\rtf1\ansi\deff0\pard Hello\par jdoe@royal-post.example:Whimbrel-15\par "
                                                             + rb"jdoe@royal-post.example:Whimbrel-15 and again jdoe@royal-post.example\par}")})
    # the example of the specification
    yield "known.msg", compound({"__substg1.0_10090102": bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c090020627705b06c647d0a800fa0")})
    whole = lzfu(rb"{\rtf1\ansi jdoe@royal-post.example:Whimbrel-16\par and more of it")
    yield "rich-cut.msg", compound({"__substg1.0_10090102": whole[:-20]})
    yield "rich-none.msg", compound({"__substg1.0_10090102": b"no such thing, but jdoe@royal-post.example:Whimbrel-17"})
    yield "swollen.xls", compound({"Workbook": workbook(["x" * 8000, "b"], [(row, 0, 0) for row in range(400)])})
    yield "plain.doc", compound({"WordDocument": word("Please write to jdoe@royal-post.example\rabout passwords\r")})
    good = compound({"a": b"jdoe@royal-post.example:Whimbrel-6\n", "b": b"y" * 5000})
    yield "circle.doc", good[:SECTOR] + good[SECTOR:].replace(struct.pack("<I", END), struct.pack("<I", 0))
    lost = compound({"a": b"nothing\n", "lost": b"jdoe@royal-post.example:Whimbrel-10\n"})
    at = lost.index("a".encode("utf-16-le") + bytes(62))
    yield "lost.doc", lost[:at + 72] + struct.pack("<I", FREE) + lost[at + 76:]
    yield "cut.doc", compound({"WordDocument": word("jdoe@royal-post.example:Whimbrel-7\r" + "x" * 3000)})[:4000]
    yield "stub.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\njdoe@royal-post.example:Whimbrel-8\n"


def main():
    for name, data in files():
        with open(os.path.join(sys.argv[1], name), "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main()
