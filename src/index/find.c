#include "config.h"

#include "index/find.h"

#include <string.h>

enum { ID_BYTES = 20, PREFIX_DIGITS = 6 };

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The first and the last id that begin so. */
static bool range_of(const char *digits, uint8_t first[ID_BYTES], uint8_t last[ID_BYTES])
{
	size_t len = strlen(digits);

	if (len < PREFIX_DIGITS || len > (size_t)2 * ID_BYTES)
		return false;
	memset(first, 0, ID_BYTES);
	memset(last, 0xff, ID_BYTES);
	for (size_t i = 0; i < len; i++) {
		int value = digit(digits[i]);
		unsigned shift = i % 2 == 0 ? 4 : 0;
		if (value < 0)
			return false;
		first[i / 2] = (uint8_t)(first[i / 2] | value << shift);
		last[i / 2] = (uint8_t)((last[i / 2] & ~(0xf << shift)) | value << shift);
	}
	return true;
}

enum index_result find_finding(struct index *index, const char *id, int64_t *number)
{
	uint8_t first[ID_BYTES], last[ID_BYTES];
	struct query query;
	enum index_result result;

	if (!range_of(strncmp(id, "f_", 2) == 0 ? id + 2 : id, first, last))
		return store_fail(
			index, INDEX_REFUSED, "%s: is no id of a finding: f_ and at least %d of its hexadecimal digits", id, PREFIX_DIGITS);
	query = query_new(index, STATEMENT_FINDING_BY_PREFIX);
	put_blob(&query, first, sizeof(first));
	put_blob(&query, last, sizeof(last));
	result = query_step(&query);
	if (result == INDEX_NONE)
		return store_fail(index, INDEX_NONE, "%s: there is no such finding", id);
	if (result != INDEX_OK)
		return result;
	*number = get_int(&query, 0);
	result = query_step(&query);
	if (result == INDEX_NONE)
		return INDEX_OK;
	if (result == INDEX_OK) {
		query_end(&query);
		return store_fail(index, INDEX_REFUSED, "%s: several findings begin so: give more of the id", id);
	}
	return result;
}
