/* The order in which readers look at a hit: the most specific first. */
#include "inspect/records/readers.h"

const struct reader readers[] = {
	{"member", reader_member},
	{"cookie", reader_cookie},
	{"sql", reader_sql},
	{"copy", reader_copy},
	{"json", reader_json},
	{"http", reader_headers},
	{"command", reader_command},
	{"code", reader_code},
	{"grabbed", reader_grabbed},
	{"ldif", reader_ldif},
	{"unixpw", reader_unixpw},
	{"csv", reader_csv},
	{"block", reader_block},
	{"labels", reader_labels},
	{"line", reader_line},
	{NULL, NULL},
};
