#!/usr/bin/env python3
"""
Writes PDF documents by hand, one for each way in which text can stand in one.

    make_pdf.py FOLDER
"""
import base64
import os
import sys
import zlib


def stream(data, keys=b""):
    return b"<<" + keys + b"/Length %d>>\nstream\n" % len(data) + data + b"\nendstream"


def document(objects, trailer=b"/Root 1 0 R"):
    """Objects are numbered from 1; the first is the catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
    return out + b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)


HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def pages(contents, font=HELVETICA, more=(), catalogue=b"", page=b""):
    """One page for each content; font is /F. Further objects begin at 4 + 2 * pages."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(contents)))
    objects = [b"<</Type/Catalog/Pages 2 0 R" + catalogue + b">>",
               b"<</Type/Pages/Count %d/Kids[%s]/Resources<</Font<</F 3 0 R>>>>>>" % (len(contents), kids), font]
    for n, content in enumerate(contents):
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R%s>>" % (5 + 2 * n, page))
        objects.append(content if content.startswith(b"<<") else stream(content))
    return document(objects + list(more))


def at(x, y, text, size=11):
    return b"BT /F %d Tf %d %d Td (%s) Tj ET\n" % (size, x, y, text)


LOGIN = b"URL: https://access.royal-post.example/", b"Username: jdoe", b"Password: Auk-Stack-"


def block(n, x=72, y=800):
    return b"".join(at(x, y - 14 * i, line + (b"%d" % n if i == 2 else b"")) for i, line in enumerate(LOGIN))


def combo(n):
    return b"jdoe@royal-post.example:Auk-Stack-%d" % n


TO_UNICODE = (b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
              b"2 beginbfrange <0100> <015E> <0020> <0200> <0201> [<00660069> <D83DDE00>] endbfrange\n"
              b"1 beginbfchar <0300> <00FC> endbfchar endcmap end end")


def glyphs(text):
    special = {"\u00fc": "0300", "\U0001f600": "0201"}
    return ("<" + "".join(special.get(c, "%04x" % (0x100 + ord(c) - 0x20)) for c in text) + ">").encode()


def composite(to_unicode=b"/ToUnicode 8 0 R", encoding=b"/Identity-H"):
    return (b"<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+Some/Encoding%s%s/DescendantFonts[<</Type/Font/Subtype/CIDFontType2"
            b"/DW 500/W[256[250] 257 350 500]>>]>>" % (encoding, to_unicode))


def named(names):
    """A font whose codes from 33 on are glyphs of these names."""
    return (b"<</Type/Font/Subtype/Type1/BaseFont/XYZABC+Some/FirstChar 33/Widths[" + b"500 " * len(names) + b"]/Encoding<</Differences[33"
            + b"".join(b"/" + name for name in names) + b"]>>>>")


def files():
    yield "lines", pages([block(1)])
    yield "deflated", pages([stream(zlib.compress(block(2)), b"/Filter/FlateDecode")])
    text = base64.a85encode(zlib.compress(block(3))) + b"~>"
    yield "ascii85", pages([stream(text, b"/Filter[/ASCII85Decode/FlateDecode]")])
    row = zlib.compress(b"".join(b"\2" + bytes(x - y & 255 for x, y in zip(c, b)) for b, c in zip(
        [bytes(32)] + [block(4).ljust(320)[i:i + 32] for i in range(0, 320, 32)], [block(4).ljust(320)[i:i + 32] for i in range(0, 320, 32)])))
    yield "predictor", pages([stream(row, b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 32>>")])
    yield "kerned", pages([b"BT /F 11 Tf 72 800 Td [(jdo) 30 (e@roy) -40 (al-post) 12.5 (.exam) (ple:A) 70 (uk-Stack-5)] TJ ET"])
    yield "gaps", pages([b"BT /F 11 Tf 72 800 Td [(https://access.royal-post.example/) -600 (jdoe) -600 (Auk-Stack-6)] TJ ET"])
    yield "quotes", pages([b"BT /F 11 Tf 14 TL 72 800 Td (x) Tj (" + LOGIN[0] + b") ' T* 0 0 (" + LOGIN[1] + b") \" (" + LOGIN[2] + b"7) ' ET"])
    yield "escapes", pages([b"BT /F 11 Tf 72 800 Td (jdoe\\100royal-post.\\\nexample:Auk\\(Stack\\)\\0558) Tj 0 -14 Td <616e6e61> Tj ET"])
    pieces = b"".join(b"1 0 0 1 %d 800 Tm (%c) Tj " % (72 + 6 * i, c) for i, c in enumerate(combo(9)))
    yield "letters", pages([b"BT /F 10 Tf " + pieces + b"ET"], font=b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>")
    yield "composite", pages([b"BT /F 11 Tf 72 800 Td %s Tj ET" % glyphs("jdoe@royal-post.example:Auk-\u00fc\U0001f600-10")], font=composite(),
                             more=[b"null", b"null", stream(TO_UNICODE)])
    text = "jdoe@royal-post.example:Auk-\u6771-11".encode("utf-16-be").hex().encode()
    yield "ucs2", pages([b"BT /F 11 Tf 72 800 Td <%s> Tj ET" % text], font=composite(b"", b"/UniJIS-UCS2-H"))
    text = "jdoe@royal-post.example:Auk-\u6771-12".encode("shift_jis").hex().encode()
    yield "sjis", pages([b"BT /F 11 Tf 72 800 Td <%s> Tj ET" % text], font=composite(b"", b"/90ms-RKSJ-H"))
    names = [b"j", b"d", b"o", b"e", b"at", b"r", b"y", b"a", b"l", b"hyphen", b"p", b"s", b"t", b"period", b"x", b"m", b"colon", b"A", b"u",
             b"uni006B", b"u0053", b"c", b"one", b"three", b"adieresis"]
    wanted = "jdoe@royal-post.example:Auk-Sta\u00e4k-13"
    order = "jdoe@ryal-pst.xm:AukSc13\u00e4"
    codes = b"".join(b"%02x" % (33 + order.index(c)) for c in wanted)
    yield "differences", pages([b"BT /F 11 Tf 72 800 Td <%s> Tj ET" % codes], font=named(names))
    rows = [(b"E-mail", b"Password", b"IP"), (b"anna@shop.test", b"zz991", b"192.0.2.1"),
            (b"jdoe@royal-post.example", b"Auk Stack 14", b"192.0.2.2")]
    cells = [at(72 + 160 * j, 800 - 16 * i, cell) for i, row in enumerate(rows) for j, cell in enumerate(row)]
    yield "table", pages([b"".join(cells)])
    yield "table-by-column", pages([b"".join(cells[j + 3 * i] for j in range(3) for i in range(3)).replace(b"14", b"15")])
    left = b"".join(at(72, 800 - 14 * i, line) for i, line in enumerate((LOGIN[0], LOGIN[1], LOGIN[2] + b"16")))
    right = b"".join(at(330, 800 - 14 * i, line) for i, line in enumerate((b"URL: https://shop.test/", b"Username: anna", b"Password: zz992")))
    yield "columns", pages([left + right])
    yield "form", pages([b"q 1 0 0 1 50 50 cm /X Do Q"], page=b"/Resources<</XObject<</X 6 0 R>>/Font<</F 3 0 R>>>>",
                        more=[stream(block(17), b"/Type/XObject/Subtype/Form/Matrix[1 0 0 1 5 5]")])
    yield "turned", pages([b"0 1 -1 0 500 0 cm " + block(18)])
    halves = stream(b"BT /F 11 Tf 72 800 Td (" + combo(19) + b")"), stream(b"Tj ET")
    yield "two-contents", pages([b""], page=b"/Contents[6 0 R 7 0 R]", more=halves).replace(b"/Contents 5 0 R", b"")
    notes = (b"/Annots[<</Type/Annot/Subtype/Link/A<</S/URI/URI(https://jdoe:Auk-Stack-20@access.royal-post.example/)>>>>"
             b"<</Type/Annot/Subtype/Text/Contents<FEFF" + "m.okafor@royal-post.example:Auk-St\u00e4ck-20".encode("utf-16-be").hex().encode() + b">>>]")
    yield "notes", pages([at(72, 800, b"see beside")], page=notes)
    fields = (b"/Annots[<</Subtype/Widget/Parent 6 0 R>><</Subtype/Widget/FT/Tx/T(Password)/V(Auk-Stack-21)>>]")
    yield "fields", pages([b""], page=fields, more=[b"<</FT/Tx/T(E-mail)/V(jdoe@royal-post.example)>>"])
    attached = (b"/Names<</EmbeddedFiles<</Kids[<</Names[(a)<</Type/Filespec/F(PC-7/Passwords.txt)/EF<</F 6 0 R>>>>]>>]>>>>")
    yield "attached", pages([b""], catalogue=attached, more=[stream(zlib.compress(b"\n".join(LOGIN) + b"22\n\n"), b"/Filter/FlateDecode")])
    yield "pinned", pages([b""], page=b"/Annots[<</Subtype/FileAttachment/FS<</F(b.txt)/EF<</F 6 0 R>>>>>>]", more=[stream(combo(23) + b"\n")])
    yield "outline", pages([b""], catalogue=b"/Outlines 6 0 R", more=[b"<</First 7 0 R>>", b"<</Title(Access)/First 8 0 R>>",
                     b"<</Title(" + combo(60) + b")/A<</S/URI/URI(https://k.wren:Auk-Stack-61@access.royal-post.example/)>>>>"])
    yield "outline-loop", pages([b""], catalogue=b"/Outlines 6 0 R", more=[b"<</First 7 0 R>>", b"<</Title(" + combo(62) + b")/Next 7 0 R>>"])
    form = b"<xfa:data><form><Login>jdoe@royal-post.example</Login><Password>Auk-Stack-63</Password></form></xfa:data></xfa:datasets>"
    form = b'<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/">' + form
    yield "xfa", pages([b""], catalogue=b"/AcroForm<</XFA 6 0 R>>", more=[stream(b'<?xml version="1.0"?>' + form)])
    yield "xfa-packets", pages([b""], catalogue=b"/AcroForm<</XFA[0 6 0 R (datasets) 7 0 R]>>", more=[stream(b"<xdp>"), stream(form)])
    about = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d>' + combo(64) + b"</d></x:xmpmeta>"
    yield "metadata", pages([b""], catalogue=b"/Metadata 6 0 R", more=[stream(about, b"/Type/Metadata/Subtype/XML")])
    yield "outline-of-names", pages([b""], catalogue=b"/Outlines 6 0 R", more=[b"<</First 7 0 R>>", b"<</Title(Write to jdoe@royal-post.example)>>"])
    yield "image-without-end", pages([at(72, 800, combo(65)) + b"BI /W 2 /H 2 ID \x01\x02 " + at(72, 780, combo(66))])
    pins = b"/Annots[" + b"<</Subtype/Text>>" * 20001 + b"]"
    yield "many-notes", pages([at(72, 800, combo(67))], page=pins)
    yield "over-two-pages", pages([at(72, 60, LOGIN[0]) + at(72, 46, LOGIN[1]), at(72, 800, LOGIN[2] + b"24")])
    yield "bold", pages([at(72, 800, combo(25)) + b"BT /F 11 Tf 72.4 800 Td (" + combo(25) + b") Tj ET"])
    yield "image-within", pages([b"BI /W 2 /H 2 /BPC 8 /CS /G ID \x01(EI\x02 EI\n" + at(72, 800, combo(26))])

    yield "no-table", pages([block(31)]).replace(b"startxref", b"startxxxx").replace(b"xref\n0 ", b"xxxx\n0 ")
    yield "page-loop", pages([block(32)]).replace(b"/Kids[4 0 R]", b"/Kids[2 0 R 4 0 R]")
    yield "self-form", pages([b"/X Do"], page=b"/Resources<</XObject<</X 6 0 R>>/Font<</F 3 0 R>>>>",
                             more=[stream(at(72, 800, combo(33)) + b"/X Do /X Do", b"/Subtype/Form")])
    yield "deep-states", pages([b"q " * 100000 + at(72, 800, combo(34)) + b"Q " * 100000])
    yield "odd-numbers", pages([b"1e999 0 0 -- 9999999999999999999999999 0 cm BT /F nan Tf 1 0 0 0 0 0 Tm (" + combo(35) + b") Tj ET"])
    packed = zlib.compress(block(36) * 40)
    yield "cut-stream", pages([stream(packed[:-20], b"/Filter/FlateDecode")])
    yield "unmapped", pages([b"BT /F 11 Tf 72 800 Td <00010002> Tj ET " + b"BT /G 11 Tf 72 780 Td (" + combo(37) + b") Tj ET"], font=composite(b""))
    yield "image-coding", pages([stream(b"\xff\xd8\xff", b"/Filter/DCTDecode")])
    yield "deep-array", pages([block(38)], page=b"/X " + b"[" * 20000 + b"]" * 20000)
    yield "stub", b"%PDF-1.7\nnothing"

    yield "contact", pages([at(72, 800, b"Write to jdoe@royal-post.example or see https://access.royal-post.example/") + at(
        72, 786, b"Password policy: twelve characters")])
    yield "stranger", pages([at(72, 800, b"jdoe@notroyal-post.example:Auk-Stack-51") + at(
        72, 786, b"https://access.royal-post.example.evil.test/:jdoe:Auk-Stack-51")])
    yield "two-lines", pages([at(72, 800, b"jdoe@royal-post.ex") + at(72, 780, b"ample.test:Auk-Stack-52")])
    yield "other-row", pages([at(72, 800, b"E-mail") + at(300, 800, b"Password") + at(72, 784, b"jdoe@royal-post.example") + at(
        72, 768, b"anna@shop.test") + at(300, 768, b"zz993")])
    yield "link-only", pages([at(72, 800, b"Home")], page=b"/Annots[<</Subtype/Link/A<</S/URI/URI(mailto:jdoe@royal-post.example?subject=x)>>>>]")
    yield "empty-field", pages([b""], page=b"/Annots[<</Subtype/Widget/T(E-mail)/V(jdoe@royal-post.example)>><</Subtype/Widget/T(Password)>>]")


def main():
    for name, data in files():
        with open(os.path.join(sys.argv[1], name + ".pdf"), "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main()
