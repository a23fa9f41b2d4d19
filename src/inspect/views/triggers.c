/* What announces that names may stand in a form no literal catches. Each costs the sieve a little: keep them telling. */
#include "inspect/views/views.h"

#define TRIGGER(class, text)                  \
	{                                     \
		class, sizeof(text) - 1, text \
	}

const struct trigger_literal trigger_literals[] = {
	TRIGGER(TRIGGER_STATEMENT, "INSERT INTO"), TRIGGER(TRIGGER_STATEMENT, "INSERT IGNORE"), TRIGGER(TRIGGER_STATEMENT, "REPLACE INTO"),
	TRIGGER(TRIGGER_STATEMENT, "CREATE TABLE"), TRIGGER(TRIGGER_STATEMENT, "COPY "),

	/* gzip, zip, http:, https: in base64 */
	TRIGGER(TRIGGER_BASE64, "H4sIA"), TRIGGER(TRIGGER_BASE64, "UEsDB"), TRIGGER(TRIGGER_BASE64, "aHR0cDov"),
	TRIGGER(TRIGGER_BASE64, "aHR0cHM6"),

	TRIGGER(TRIGGER_PERCENT, "%40"), TRIGGER(TRIGGER_PERCENT, "%2E"), TRIGGER(TRIGGER_PERCENT, "%3A%2F%2F"),

	TRIGGER(TRIGGER_ENTITY, "&#64;"), TRIGGER(TRIGGER_ENTITY, "&#064;"), TRIGGER(TRIGGER_ENTITY, "&#x40;"),
	TRIGGER(TRIGGER_ENTITY, "&commat;"), TRIGGER(TRIGGER_ENTITY, "&#46;"), TRIGGER(TRIGGER_ENTITY, "&#046;"),
	TRIGGER(TRIGGER_ENTITY, "&#x2e;"), TRIGGER(TRIGGER_ENTITY, "&period;"), TRIGGER(TRIGGER_ENTITY, "&#58;"),
	TRIGGER(TRIGGER_ENTITY, "&#x3a;"), TRIGGER(TRIGGER_ENTITY, "&colon;"),

	TRIGGER(TRIGGER_ESCAPE, "\\u0040"), TRIGGER(TRIGGER_ESCAPE, "\\u002e"), TRIGGER(TRIGGER_ESCAPE, "\\x40"),
	TRIGGER(TRIGGER_ESCAPE, "\\x2e"),

	TRIGGER(TRIGGER_QUOTED_PRINTABLE, "=40"), TRIGGER(TRIGGER_QUOTED_PRINTABLE, "=2E"), TRIGGER(TRIGGER_QUOTED_PRINTABLE, "=3D"),

	TRIGGER(TRIGGER_CFEMAIL, "data-cfemail="), TRIGGER(TRIGGER_CFEMAIL, "/cdn-cgi/l/email-protection#"),

	TRIGGER(TRIGGER_AT_DOT, "[at]"), TRIGGER(TRIGGER_AT_DOT, "(at)"), TRIGGER(TRIGGER_AT_DOT, "{at}"), TRIGGER(TRIGGER_AT_DOT, "<at>"),
	TRIGGER(TRIGGER_AT_DOT, "[ at ]"), TRIGGER(TRIGGER_AT_DOT, "( at )"), TRIGGER(TRIGGER_AT_DOT, "[@]"),
	TRIGGER(TRIGGER_AT_DOT, "(@)"), TRIGGER(TRIGGER_AT_DOT, "[dot]"), TRIGGER(TRIGGER_AT_DOT, "(dot)"),
	TRIGGER(TRIGGER_AT_DOT, "{dot}"), TRIGGER(TRIGGER_AT_DOT, "<dot>"), TRIGGER(TRIGGER_AT_DOT, "[ dot ]"),
	TRIGGER(TRIGGER_AT_DOT, "( dot )"), TRIGGER(TRIGGER_AT_DOT, "[.]"), TRIGGER(TRIGGER_AT_DOT, "(.)"),

	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\x8b"), /* zero width space */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\x8c"), /* zero width non-joiner */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x80\x8d"), /* zero width joiner */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xe2\x81\xa0"), /* word joiner */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xef\xbb\xbf"), /* zero width no-break space */
	TRIGGER(TRIGGER_ZERO_WIDTH, "\xc2\xad"),     /* soft hyphen */

	TRIGGER(TRIGGER_FULL_WIDTH, "\xef\xbc\xa0"), /* commercial at */
	TRIGGER(TRIGGER_FULL_WIDTH, "\xef\xbc\x8e"), /* full stop */
};
const size_t trigger_literal_count = sizeof trigger_literals / sizeof trigger_literals[0];
