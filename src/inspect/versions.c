#include "inspect/versions.h"

#include <archive.h>
#include <hs/hs.h>
#include <libxml/xmlversion.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <qpdf/qpdf-c.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { LIBRARIES = 6, VERSION_BYTES = 64 };

/* Libraries tell more than their number: a date, what they were built with. */
static void put(char out[VERSION_BYTES], const char *name, const char *version)
{
	(void)snprintf(out, VERSION_BYTES, "%s/%.*s", name, (int)strcspn(version, " -"), version);
}

const char *const *inspect_versions(void)
{
	static char texts[LIBRARIES][VERSION_BYTES];
	static const char *const list[LIBRARIES + 1] = {texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], NULL};
	char pcre2[VERSION_BYTES] = "?";

	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) < VERSION_BYTES)
		(void)pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
	put(texts[0], "libhs", hs_version());
	put(texts[1], "PCRE2", pcre2);
	put(texts[2], "libxml2", LIBXML_DOTTED_VERSION);
	put(texts[3], "libarchive", archive_version_string() + strcspn(archive_version_string(), "0123456789"));
	put(texts[4], "zlib", zlibVersion());
	put(texts[5], "libqpdf", qpdf_get_qpdf_version());
	return list;
}
