#include "inspect/unpack/sniff.h"

enum content sniff(const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	return CONTENT_BYTES;
}
