#include "index/secret_text.h"

#include <iconv.h>
#include <sodium.h>
#include <stdlib.h>

#include "shared/escape.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { UTF8_MOST = 3 /* bytes of a character of Windows-1252 */ };

static void set_in_1252(json_t *object, const void *bytes, size_t len)
{
	iconv_t converter = iconv_open("UTF-8", "CP1252");
	char *text = xmalloc(len * UTF8_MOST), *in = (char *)(uintptr_t)bytes, *out = text;
	size_t in_left = len, out_left = len * UTF8_MOST;

	if (converter == (iconv_t)-1)
		log_fatal_errno("Windows-1252 cannot be read");
	if (iconv(converter, &in, &in_left, &out, &out_left) != (size_t)-1)
		json_object_set_new(object, "value", json_stringn(text, (size_t)(out - text)));
	iconv_close(converter);
	mem_wipe(text, len * UTF8_MOST);
	free(text);
}

void secret_text_set(json_t *object, const void *bytes, size_t len)
{
	if (utf8_valid(bytes, len)) {
		json_object_set_new(object, "value", json_stringn(bytes, len));
		return;
	}
	size_t encoded_len = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char *encoded = xmalloc(encoded_len);

	set_in_1252(object, bytes, len);
	sodium_bin2base64(encoded, encoded_len, bytes, len, sodium_base64_VARIANT_ORIGINAL);
	json_object_set_new(object, "value_b64", json_string(encoded));
	mem_wipe(encoded, encoded_len);
	free(encoded);
}
