#include "inspect/views/views.h"

#define TRIGGER(trigger, literal)                     \
	{                                             \
		trigger, sizeof(literal) - 1, literal \
	}

/* Each says that a name may stand in a form no literal of the name catches, or that its separators do. */
const struct trigger_literal trigger_literals[] = {
	TRIGGER(TRIGGER_STATEMENT, "insert into"),
	TRIGGER(TRIGGER_STATEMENT, "insert ignore into"),
	TRIGGER(TRIGGER_STATEMENT, "replace into"),
	TRIGGER(TRIGGER_STATEMENT, "insert all"),
	TRIGGER(TRIGGER_STATEMENT, "insert ["),
	TRIGGER(TRIGGER_STATEMENT, "insert dbo."),
	TRIGGER(TRIGGER_STATEMENT, "insert or "),
	TRIGGER(TRIGGER_STATEMENT, "insert delayed"),
	TRIGGER(TRIGGER_STATEMENT, "insert low_priority"),
	TRIGGER(TRIGGER_STATEMENT, "insert high_priority"),
	TRIGGER(TRIGGER_STATEMENT, "insert `"),
	TRIGGER(TRIGGER_STATEMENT, "create table"),
	TRIGGER(TRIGGER_STATEMENT, "\ncopy "),

	TRIGGER(TRIGGER_ENTRY, "dn: "),
	TRIGGER(TRIGGER_ENTRY, "dn:: "),

	TRIGGER(TRIGGER_SYSTEM, "hwid"),
	TRIGGER(TRIGGER_SYSTEM, "computer name"),
	TRIGGER(TRIGGER_SYSTEM, "computername"),
	TRIGGER(TRIGGER_SYSTEM, "machineid"),
	TRIGGER(TRIGGER_SYSTEM, "machine id"),
	TRIGGER(TRIGGER_SYSTEM, "pc name"),
	TRIGGER(TRIGGER_SYSTEM, "pcname"),
	TRIGGER(TRIGGER_SYSTEM, "machinename"),
	TRIGGER(TRIGGER_SYSTEM, "machine name"),
	TRIGGER(TRIGGER_SYSTEM, "netbios"),
	TRIGGER(TRIGGER_SYSTEM, "hardware uuid"),
	TRIGGER(TRIGGER_SYSTEM, "user id:"),
	TRIGGER(TRIGGER_SYSTEM, "bot_id"),

	TRIGGER(TRIGGER_PERCENT, "%40"),
	TRIGGER(TRIGGER_PERCENT, "%2e"),
	TRIGGER(TRIGGER_PERCENT, "%5c"),
	TRIGGER(TRIGGER_PERCENT, "%2540"),
	TRIGGER(TRIGGER_PERCENT, "%252e"),

	TRIGGER(TRIGGER_ENTITY, "&#64;"),
	TRIGGER(TRIGGER_ENTITY, "&#064;"),
	TRIGGER(TRIGGER_ENTITY, "&#x40;"),
	TRIGGER(TRIGGER_ENTITY, "&commat;"),
	TRIGGER(TRIGGER_ENTITY, "&#46;"),
	TRIGGER(TRIGGER_ENTITY, "&#046;"),
	TRIGGER(TRIGGER_ENTITY, "&#x2e;"),
	TRIGGER(TRIGGER_ENTITY, "&period;"),

	TRIGGER(TRIGGER_ESCAPE, "\\u0040"),
	TRIGGER(TRIGGER_ESCAPE, "\\u002e"),
	TRIGGER(TRIGGER_ESCAPE, "\\x40"),
	TRIGGER(TRIGGER_ESCAPE, "\\x2e"),
	TRIGGER(TRIGGER_ESCAPE, "\\u{40}"),
	TRIGGER(TRIGGER_ESCAPE, "\\100"),
	TRIGGER(TRIGGER_ESCAPE, "\\056"),

	TRIGGER(TRIGGER_QUOTED_PRINTABLE, "=40"),
	TRIGGER(TRIGGER_QUOTED_PRINTABLE, "=2e"),
	TRIGGER(TRIGGER_QUOTED_PRINTABLE, "=\n"),
	TRIGGER(TRIGGER_QUOTED_PRINTABLE, "=\r\n"),

	TRIGGER(TRIGGER_CFEMAIL, "data-cfemail="),
	TRIGGER(TRIGGER_CFEMAIL, "/cdn-cgi/l/email-protection#"),

	TRIGGER(TRIGGER_AT_DOT, "[at]"),
	TRIGGER(TRIGGER_AT_DOT, "(at)"),
	TRIGGER(TRIGGER_AT_DOT, "{at}"),
	TRIGGER(TRIGGER_AT_DOT, "<at>"),
	TRIGGER(TRIGGER_AT_DOT, "[ at ]"),
	TRIGGER(TRIGGER_AT_DOT, "( at )"),
	TRIGGER(TRIGGER_AT_DOT, "[@]"),
	TRIGGER(TRIGGER_AT_DOT, "(@)"),
	TRIGGER(TRIGGER_AT_DOT, "[dot]"),
	TRIGGER(TRIGGER_AT_DOT, "(dot)"),
	TRIGGER(TRIGGER_AT_DOT, "{dot}"),
	TRIGGER(TRIGGER_AT_DOT, "<dot>"),
	TRIGGER(TRIGGER_AT_DOT, "[ dot ]"),
	TRIGGER(TRIGGER_AT_DOT, "( dot )"),
	TRIGGER(TRIGGER_AT_DOT, "[.]"),
	TRIGGER(TRIGGER_AT_DOT, "(.)"),
	TRIGGER(TRIGGER_AT_DOT, " dot "),

	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\x8b"), /* U+200B zero width space */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\x8c"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\x8d"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x81\xa0"), /* U+2060 word joiner */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xef\xbb\xbf"), /* U+FEFF */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xc2\xad"),     /* soft hyphen */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\x8e"), /* U+200E and the like: marks of direction */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\x8f"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\xaa"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\xac"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\xad"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\xae"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x81\xa6"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x81\xa8"),
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x81\xa9"),

	TRIGGER(TRIGGER_FULL_WIDTH, "\xef\xbc\xa0"), /* U+FF20 @ */
	TRIGGER(TRIGGER_FULL_WIDTH, "\xef\xb9\xab"), /* U+FE6B small @ */
	TRIGGER(TRIGGER_FULL_WIDTH, "\xef\xbc\x8e"), /* U+FF0E . */
	TRIGGER(TRIGGER_FULL_WIDTH, "\xe3\x80\x82"), /* U+3002 ideographic full stop */
	TRIGGER(TRIGGER_FULL_WIDTH, "\xef\xbd\xa1"), /* U+FF61 half-width one */
	TRIGGER(TRIGGER_FULL_WIDTH, "\xef\xbc\x9a"), /* U+FF1A : */

	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x90"), /* U+1D400 and on: letters of mathematics */
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x91"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x92"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x93"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x94"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x95"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x96"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x97"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x98"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x99"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x9a"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x9b"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x9c"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x9d"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x9e"),
	TRIGGER(TRIGGER_FULL_WIDTH, "\xf0\x9d\x9f"),

	/* the second line of a dump with 16 or 32 bytes a line, and every 16th behind it; in decimal */
	TRIGGER(TRIGGER_HEXDUMP, "0010:"),
	TRIGGER(TRIGGER_HEXDUMP, "0010 "),
	TRIGGER(TRIGGER_HEXDUMP, "0020:"),
	TRIGGER(TRIGGER_HEXDUMP, "0020 "),
	TRIGGER(TRIGGER_HEXDUMP, "0016 "),

	TRIGGER(TRIGGER_BYTES, "{0x"),
	TRIGGER(TRIGGER_BYTES, "{ 0x"),
	TRIGGER(TRIGGER_BYTES, "[0x"),
	TRIGGER(TRIGGER_BYTES, "[ 0x"),
	TRIGGER(TRIGGER_BYTES, "(0x"),
	TRIGGER(TRIGGER_BYTES, "( 0x"),
	TRIGGER(TRIGGER_BYTES, "= 0x"),
	TRIGGER(TRIGGER_BYTES, "=0x"),
	TRIGGER(TRIGGER_BYTES, "\n  0x"),
	TRIGGER(TRIGGER_BYTES, "\n    0x"),
	TRIGGER(TRIGGER_BYTES, "\n\t0x"),
	TRIGGER(TRIGGER_BYTES, "\n0x"),
	TRIGGER(TRIGGER_BYTES, "\"\\x"),
	TRIGGER(TRIGGER_BYTES, "'\\x"),
	TRIGGER(TRIGGER_BYTES, "fromcharcode("),
	TRIGGER(TRIGGER_BYTES, "bytes(["),
	TRIGGER(TRIGGER_BYTES, "bytearray(["),
	TRIGGER(TRIGGER_BYTES, "array(["),
	TRIGGER(TRIGGER_BYTES, "buffer.from(["),
	TRIGGER(TRIGGER_BYTES, "byte[]{"),
	TRIGGER(TRIGGER_BYTES, "byte[] {"),
	TRIGGER(TRIGGER_BYTES, "\"data\":["), /* a Buffer of Node in JSON */
	TRIGGER(TRIGGER_BYTES, "\"data\": ["),
	TRIGGER(TRIGGER_BYTES, " char("),
	TRIGGER(TRIGGER_BYTES, "=char("),
	TRIGGER(TRIGGER_BYTES, ",char("),

	TRIGGER(TRIGGER_MANIFEST, "kind: secret"),
	TRIGGER(TRIGGER_MANIFEST, "kind: \"secret"),
	TRIGGER(TRIGGER_MANIFEST, "kind\": \"secret"),
	TRIGGER(TRIGGER_MANIFEST, "kind\":\"secret"),
};
const size_t trigger_literal_count = sizeof trigger_literals / sizeof trigger_literals[0];
