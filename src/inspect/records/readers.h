/* The readers that the order table (readers.c) names; what each does stands above its definition. */
#ifndef LEAKTRAWL_READERS_H
#define LEAKTRAWL_READERS_H

#include "inspect/scan.h"

#define READER(name) bool name(struct text *text, const struct hit *hit, struct span *claimed)
READER(reader_member);    /* members that hold nothing to find: word lists, cards, autofill */
READER(reader_cookie);    /* a line of a Netscape cookie file */
READER(reader_bbcode);    /* a table of a forum (bbcode.c) */
READER(reader_json);      /* the enclosing JSON object */
READER(reader_multipart); /* a form in parts (multipart.c) */
READER(reader_headers);   /* a raw HTTP request or response */
READER(reader_command);   /* curl and its like, connection strings, saved log-ins */
READER(reader_code);      /* source code whose calls carry a cookie, a header, a log-in */
READER(reader_grabbed);   /* a log line of a page that collects cookies */
READER(reader_block);     /* a keyed block: stealer logs, posts */
READER(reader_triples);   /* address, account and secret without keys, each on its line (triples.c) */
READER(reader_parted);    /* the same in paragraphs, with a host without scheme, or the host last (parted.c) */
READER(reader_headed);    /* a host above a list of its log-ins (headed.c) */
READER(reader_sql);       /* a row of an INSERT or REPLACE, an UPDATE (sql.c) */
READER(reader_copy);      /* a row of a PostgreSQL COPY (copy.c) */
READER(reader_ldif);      /* a directory entry (ldif.c) */
READER(reader_unixpw);    /* a line of pwdump, secretsdump, shadow, passwd, htpasswd (unixpw.c) */
READER(reader_ruler);     /* a row of a table under a line of dashes (ruler.c) */
READER(reader_csv);       /* a row of a table whose header says what its columns are (csv.c) */
READER(reader_labels);    /* one line that names its fields: user: x password: y (line.c) */
READER(reader_jwt);       /* a token by itself whose claims name us (headers.c) */
READER(reader_line);      /* any other line: combos, URL:login:password; the last of all (line.c) */
#undef READER

/*
 * Whether a name in base64 stands in what the readers take apart themselves: the claims of a token (a cookie's value, a Bearer),
 * the user of a Basic authorization, a value of a key whose neighbours are encoded as well; and in hexadecimal digits, a text of SQL.
 * Its record is then worth reading beside its decoded view.
 */
bool reads_encoded(const struct text *text, const struct hit *hit);

#endif
