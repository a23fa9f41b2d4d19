/* The order in which readers look at a hit: the most specific first. */
#include "inspect/records/readers.h"

const struct reader readers[] = {
	{"member", reader_member, false},
	{"cookie", reader_cookie, false},
	{"sql", reader_sql, true},
	{"copy", reader_copy, true},
	{"bbcode", reader_bbcode, true},
	{"json", reader_json, true},
	{"multipart", reader_multipart, false},
	{"http", reader_headers, false},
	{"command", reader_command, false},
	{"code", reader_code, false},
	{"grabbed", reader_grabbed, false},
	{"ldif", reader_ldif, false},
	{"unixpw", reader_unixpw, false},
	{"ruler", reader_ruler, false},
	{"csv", reader_csv, false},
	{"block", reader_block, false},
	{"headed", reader_headed, false},
	{"triples", reader_triples, false},
	{"parted", reader_parted, false},
	{"labels", reader_labels, false},
	{"jwt", reader_jwt, false},
	{"line", reader_line, false},
	{NULL, NULL, false},
};
