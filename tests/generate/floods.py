#!/usr/bin/python3
"""Texts that hold our name as often as they can, each in another kind of record: reading one must cost what its size says, not more.

    floods.py [--bytes N] FOLDER [NAME...]
"""
import argparse
import base64
import json
import os

HOST, ACCESS = "royal-post.example", "access.royal-post.example"
URL = f"https://{ACCESS}/"


def filled(size, piece, before="", behind=""):
    """piece(n) for n = 0, 1, ... between the two, until there are so many bytes."""
    parts, length, n = [before], len(before) + len(behind), 0
    while length < size:
        part = piece(n)
        parts.append(part)
        length += len(part)
        n += 1
    return "".join(parts) + behind


def one_line(word, separator):
    return lambda size: filled(size, lambda n: word % n if "%d" in word else word, "", "\n").replace("\x1f", separator)


def lines_of(width, word):
    """Lines of so many bytes, full of the word: below the length at which a line counts as endless."""
    per_line = max(width // len(word), 1)
    return lambda size: filled(size, lambda n: word * per_line + "\n")


FLOODS = {
    "names-run-together": lambda size: filled(size, lambda n: HOST),
    "path-after-path": lambda size: filled(size, lambda n: f"{ACCESS}/"),
    "urls-run-together": lambda size: filled(size, lambda n: URL),
    "logins-in-lines": lambda size: filled(size, lambda n: f"u{n}@{HOST}:Skua-North-{n}\n"),
    "one-login-in-lines": lambda size: filled(size, lambda n: f"jdoe@{HOST}:Skua-North-4\n"),
    "names-in-lines": lambda size: filled(size, lambda n: HOST + "\n"),
    "addresses-in-lines": lambda size: filled(size, lambda n: f"u{n}@{HOST}\n"),
    "urls-in-lines": lambda size: filled(size, lambda n: f"{URL}{n}\n"),
    "long-lines-of-names": lines_of(4000, HOST + " "),
    "long-lines-of-names-commas": lines_of(4000, HOST + ","),
    "long-lines-of-addresses": lines_of(4000, f"u@{HOST};"),
    "long-lines-of-urls": lines_of(4000, URL + ":"),
    "long-lines-of-logins": lines_of(4000, f"jdoe@{HOST}:Tern-4 "),
    "long-lines-of-quoted": lines_of(4000, f'"{HOST}",'),
    "long-lines-of-keys": lines_of(4000, f"password={HOST}&"),
    "long-lines-of-escapes": lines_of(4000, f"https%3A%2F%2F{ACCESS}%2F"),
    "long-lines-of-headers": lines_of(4000, f"Cookie: a={HOST}; "),
    "long-lines-of-braces": lines_of(4000, f'{{"email":"{HOST}"'),
    "csv-cells": lambda size: filled(size, lambda n: f"u{n}@{HOST},Skua-{n},", "email,password,email,password\n", "\n"),
    "csv-quoted-cells": lambda size: filled(size, lambda n: f'"u{n}@{HOST}","Skua-{n}",', '"email","password"\n', "\n"),
    "csv-open-quote": lambda size: filled(size, lambda n: f'"u{n}@{HOST},Skua\n', "email,password\n"),
    "csv-multi-line-cell": lambda size: filled(size, lambda n: f"u{n}@{HOST} Skua\n", 'email,note,password\na@b.test,"', '",x\n'),
    "csv-wide-head": lambda size: filled(size // 2, lambda n: f"column{n},", "email,password,") + filled(
        size // 2, lambda n: f"\nu{n}@{HOST},Skua-North-{n}"),
    "json-long-string": lambda size: filled(size, lambda n: f"{HOST} ", '{"email":"', '"}\n'),
    "json-array-of-names": lambda size: filled(size, lambda n: f'"u{n}@{HOST}",', '{"emails":[', '"x"]}\n'),
    "json-object-of-keys": lambda size: filled(size, lambda n: f'"u{n}@{HOST}":"Skua-{n}",', "{", '"x":1}\n'),
    "json-objects-on-one-line": lambda size: filled(size, lambda n: f'{{"email":"u{n}@{HOST}","password":"Skua-North-{n}"}},', "[", "{}]\n"),
    "json-lines": lambda size: filled(size, lambda n: f'{{"email":"u{n}@{HOST}","password":"Skua-North-{n}"}}\n'),
    "json-wide-objects": lambda size: filled(size, lambda n: "{" + f'"email":"u{n}@{HOST}",' * 1000 + '"password":"Skua"}\n'),
    "json-deep": lambda size: filled(size // 2, lambda n: f'{{"{HOST}":') + filled(size // 2, lambda n: "}"),
    "json-open": lambda size: filled(size, lambda n: f'{{"email":"u{n}@{HOST}","password":"Skua-North-{n}",'),
    "json-in-json": lambda size: json.dumps(filled(size, lambda n: json.dumps({"email": f"u{n}@{HOST}", "password": f"Skua-{n}"}))) + "\n",
    "json-cookies": lambda size: filled(size, lambda n: json.dumps(
        {"domain": "." + HOST, "name": f"MoodleSession{n}", "value": "a1b2c3d4e5f6a7b8c9d0", "path": "/"}) + ",", "[", "{}]\n"),
    "block-of-keys": lambda size: filled(size, lambda n: f"URL: {URL}\n"),
    "block-of-logins": lambda size: filled(size, lambda n: f"URL: {URL}\nUsername: u{n}\n"),
    "block-of-passwords": lambda size: filled(size, lambda n: f"Password: {ACCESS}{n}\n"),
    "blocks": lambda size: filled(size, lambda n: f"URL: {URL}\nUsername: u{n}\nPassword: Skua-North-{n}\n\n"),
    "blocks-without-gaps": lambda size: filled(size, lambda n: f"URL: {URL}\nUsername: u{n}\nPassword: Skua-North-{n}\n"),
    "block-on-one-line": lambda size: filled(size, lambda n: f"URL: {URL} Username: u{n} Password: Skua-North-{n} "),
    "three-lines-without-keys": lambda size: filled(size, lambda n: f"{URL}\nu{n}\nSkua-North-{n}\n"),
    "headings-that-are-logins": lambda size: filled(size, lambda n: f"user:Skua{n}!={ACCESS}\n"),
    "indented-lines": lambda size: filled(size, lambda n: f"    {HOST}\n"),
    "bullets": lambda size: filled(size, lambda n: f"- u{n}@{HOST}\n"),
    "labels": lambda size: filled(size, lambda n: f"login: u{n}@{HOST} pass: Skua-{n} ", "", "\n"),
    "sql-rows": lambda size: filled(size, lambda n: f"({n},'u{n}@{HOST}','Skua-{n}'),", "INSERT INTO u (id,email,password) VALUES ", "(0,'','');\n"),
    "sql-long-value": lambda size: filled(size, lambda n: f"{HOST} ", "INSERT INTO u (id,email,password) VALUES (1,'", "','x');\n"),
    "sql-wide-row": lambda size: filled(size, lambda n: f"'u{n}@{HOST}',", "INSERT INTO u VALUES (", "1);\n"),
    "sql-many-statements": lambda size: filled(size, lambda n: f"INSERT INTO u (id,email,password) VALUES ({n},'u{n}@{HOST}','Skua-{n}');\n"),
    "sql-open": lambda size: filled(size, lambda n: f"INSERT INTO u VALUES ('{HOST}"),
    "copy": lambda size: filled(size, lambda n: f"{n}\tu{n}@{HOST}\tSkua-{n}\n", "COPY u (id, email, password) FROM stdin;\n", "\\.\n"),
    "copy-wide-row": lambda size: filled(size, lambda n: f"u{n}@{HOST}\t", "COPY u (id, email, password) FROM stdin;\n", "\n\\.\n"),
    "cookies-netscape": lambda size: filled(size, lambda n: f".{HOST}\tTRUE\t/\tTRUE\t1999999999\tMoodleSession{n}\ta1b2c3d4e5f6a7b8\n"),
    "cookies-one-line": lambda size: filled(size, lambda n: f".{HOST}\tTRUE\t/\tTRUE\t1999999999\ts{n}\ta1b2c3d4e5f6a7b8\t"),
    "cookie-header": lambda size: filled(size, lambda n: f"k{n}={HOST}; ", f"GET / HTTP/1.1\nHost: {ACCESS}\nCookie: ", "\n\n"),
    "headers": lambda size: filled(size, lambda n: f"X-Header-{n}: {HOST}\n", f"GET / HTTP/1.1\nHost: {ACCESS}\n"),
    "requests": lambda size: filled(size, lambda n: f"POST /login HTTP/1.1\nHost: {ACCESS}\n\nuser=u{n}&password=Skua-{n}\n\n"),
    "form-body": lambda size: filled(size, lambda n: f"user{n}=u@{HOST}&password=Skua-{n}&", f"POST / HTTP/1.1\nHost: {ACCESS}\n\n", "\n"),
    "curl": lambda size: filled(size, lambda n: f"curl -u u{n}:Skua-{n} {URL}\n"),
    "curl-continued": lambda size: filled(size, lambda n: f"-H 'Cookie: a={HOST}' \\\n", f"curl {URL} \\\n", "\n"),
    "ldif": lambda size: filled(size, lambda n: f"dn: uid=u{n},dc=royal-post\nmail: u{n}@{HOST}\nuserPassword: Skua-{n}\n\n"),
    "ldif-one-entry": lambda size: filled(size, lambda n: f"mail: u{n}@{HOST}\n", "dn: uid=u,dc=royal-post\n", "userPassword: Skua-4\n"),
    "ldif-folded": lambda size: filled(size, lambda n: f" {HOST}\n", "dn: uid=u,dc=royal-post\ndescription: x\n", "userPassword: Skua-4\n"),
    "ldif-folds": lambda size: filled(size, lambda n: " a\n", "dn: a\n", "\n"),
    "forum-cells": lambda size: filled(size, lambda n: f"[td]u{n}@{HOST} "),
    "forum-brackets": lambda size: filled(size, lambda n: "[td]" + "[" * 40 + HOST + " "),
    "kubernetes-blanks": lambda size: "kind: Secret\n" + " " * size + "\n",
    "shadow": lambda size: filled(size, lambda n: f"u{n}@{HOST}:$6$saltsalt$" + "a" * 86 + ":19000:0:99999:7:::\n"),
    "code": lambda size: filled(size, lambda n: f'config["{HOST}"] = "Skua-{n}";\n'),
    "code-one-line": lambda size: filled(size, lambda n: f'user("u{n}@{HOST}").password("Skua-{n}");'),
    "yaml": lambda size: filled(size, lambda n: f"  - email: u{n}@{HOST}\n    password: Skua-{n}\n", "users:\n"),
    "xml": lambda size: filled(size, lambda n: f"<user><email>u{n}@{HOST}</email><password>Skua-{n}</password></user>\n", "<users>\n", "</users>\n"),
    "html-table": lambda size: filled(size, lambda n: f"<tr><td>u{n}@{HOST}</td><td>Skua-{n}</td></tr>", "<html><table>", "</table></html>\n"),
    "html-links": lambda size: filled(size, lambda n: f'<a href="{URL}{n}">{HOST}</a>', "<html><body>", "</body></html>\n"),
    "html-one-attribute": lambda size: filled(size, lambda n: HOST + " ", '<html><a title="', '">x</a></html>\n'),
    "table-borders": lambda size: filled(size, lambda n: f"| {n} | u{n}@{HOST} | Skua-{n} |\n", "| id | email | password |\n|----|----|----|\n"),
    "tokens": lambda size: filled(size, lambda n: f"{HOST} ghp_{n:036d}\n"),
    "tokens-one-line": lambda size: filled(size, lambda n: f"{HOST} ghp_{n:036d} "),
    "jwt": lambda size: filled(size, lambda n: f"eyJhbGciOiJIUzI1NiJ9.{jwt_claims(n)}.c2lnbmF0dXJlLXNpZ25hdHVyZQ\n"),
    "base64-in-lines": lambda size: filled(size, lambda n: base64.b64encode(f"u{n}@{HOST}:Skua-{n}".encode()).decode() + "\n"),
    "base64-one-run": lambda size: base64.b64encode(filled(size * 3 // 4, lambda n: f"u{n}@{HOST}:Skua-{n}\n").encode()).decode() + "\n",
    "hex-one-run": lambda size: filled(size // 2, lambda n: f"u{n}@{HOST}:Skua-{n}\n").encode().hex() + "\n",
    "percent": lambda size: filled(size, lambda n: f"user%3Du{n}%40{HOST}%26password%3DSkua-{n}%26"),
    "utf-16": lambda size: filled(size // 2, lambda n: f"u{n}@{HOST}:Skua-{n}\n"),
    "unicode-escapes": lambda size: filled(size, lambda n: f"u{n}\\u0040{HOST}\\u003aSkua-{n}\\n"),
    "machine-headings": lambda size: filled(size, lambda n: f"HWID: {n}\nUserName: ROYALPOST\\u{n}\nDomain: {HOST}\n"),
    "keyword": lambda size: filled(size, lambda n: "Royal Post "),
    "posts": lambda size: filled(size, lambda n: f"Victim: Royal Post\nWebsite: {HOST}\nDeadline: 2026-06-01\nSize: {n} GB\n\n"),
    "masked": lambda size: filled(size, lambda n: "r****-post.example "),
}
for _name, _separator in (("space", " "), ("tab", "\t"), ("comma", ","), ("semicolon", ";"), ("pipe", "|"), ("colon", ":"), ("slash", "/"),
                          ("at", "@"), ("quote", '"'), ("apostrophe", "'"), ("equals", "="), ("ampersand", "&"), ("hyphen-blank", " - "),
                          ("angle", "<"), ("bracket", "["), ("brace", "{"), ("parenthesis", "("), ("backslash", "\\"), ("hash", "#"),
                          ("nul", "\0"), ("double-colon", "::"), ("arrow", "->"), ("no-break-space", "\u00a0"), ("return", "\r")):
    FLOODS["names-" + _name] = one_line(HOST + "\x1f", _separator)
    FLOODS["logins-" + _name] = one_line(f"u%d@{HOST}:Skua-North-4\x1f", _separator)
    FLOODS["urls-" + _name] = one_line(f"{URL}%d\x1f", _separator)


def jwt_claims(number):
    claims = json.dumps({"sub": str(number), "email": f"u{number}@{HOST}"}).encode()
    return base64.urlsafe_b64encode(claims).decode().rstrip("=")


def write(folder, name, size):
    path = os.path.join(folder, name)
    text = FLOODS[name](size)
    with open(path, "wb") as out:
        out.write(text.encode("utf-16" if name == "utf-16" else "utf-8"))
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=1 << 20)
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    for name in options.names or FLOODS:
        write(options.folder, name, options.bytes)


if __name__ == "__main__":
    main()
