#include <ctype.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "inspect/rules/rules.h"

double entropy_of(struct slice text)
{
	size_t counts[256] = {0};
	double bits = 0;

	for (size_t i = 0; i < text.len; i++)
		counts[(unsigned char)text.data[i]]++;
	for (size_t i = 0; i < 256; i++) {
		if (counts[i] == 0)
			continue;
		double share = (double)counts[i] / (double)text.len;

		bits -= share * log2(share);
	}
	return bits;
}

bool checksum_crc32_base62_of(struct slice body, struct slice check)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned long crc = crc32(0, (const Bytef *)body.data, (uInt)body.len);

	if (body.len == 0 || check.len == 0)
		return false;
	for (size_t i = check.len; i > 0; i--) {
		if (check.data[i - 1] != digits[crc % 62])
			return false;
		crc /= 62;
	}
	return crc == 0;
}

bool checksum_crc32_base62(struct slice token)
{
	enum { CHECK = 6 };
	size_t prefix = 0;

	for (size_t i = 0; i < token.len; i++)
		if (token.data[i] == '_')
			prefix = i + 1;
	if (token.len < prefix + CHECK + 1)
		return false;
	return checksum_crc32_base62_of(
		slice_until(slice_from(token, prefix), token.len - prefix - CHECK), slice_from(token, token.len - CHECK));
}

bool checksum_crc32_hex(struct slice token)
{
	enum { CHECK = 8 };
	char digits[CHECK + 1];

	if (token.len <= CHECK + 1 || token.data[token.len - CHECK - 1] != '_')
		return false;
	unsigned long crc = crc32(0, (const Bytef *)token.data, (uInt)(token.len - CHECK - 1));

	snprintf(digits, sizeof digits, "%02lx%02lx%02lx%02lx", crc & 0xff, crc >> 8 & 0xff, crc >> 16 & 0xff, crc >> 24 & 0xff);
	return memcmp(digits, token.data + token.len - CHECK, CHECK) == 0;
}

static uint32_t bech32_step(uint32_t sum, unsigned value)
{
	static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	uint32_t top = sum >> 25;

	sum = ((sum & 0x1ffffff) << 5) ^ value;
	for (unsigned i = 0; i < 5; i++)
		sum ^= (top >> i & 1) != 0 ? generator[i] : 0;
	return sum;
}

bool checksum_bech32(struct slice token)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	size_t divider = token.len;
	uint32_t sum = 1;

	while (divider > 0 && token.data[divider - 1] != '1')
		divider--;
	if (divider < 2 || token.len < divider + 6)
		return false;
	for (size_t i = 0; i + 1 < divider; i++)
		sum = bech32_step(sum, (unsigned)tolower((unsigned char)token.data[i]) >> 5);
	sum = bech32_step(sum, 0);
	for (size_t i = 0; i + 1 < divider; i++)
		sum = bech32_step(sum, (unsigned)tolower((unsigned char)token.data[i]) & 31);
	for (size_t i = divider; i < token.len; i++) {
		const char *digit = strchr(digits, tolower((unsigned char)token.data[i]));

		if (digit == NULL || *digit == '\0')
			return false;
		sum = bech32_step(sum, (unsigned)(digit - digits));
	}
	return sum == 1;
}

struct slice rule_decoded(const struct rule *rule, struct slice secret, char out[RULE_DECODED_BYTES])
{
	size_t len = 0;

	if (rule->decode == DECODE_NONE)
		return secret;
	while (secret.len > 0 && secret.data[secret.len - 1] == '=')
		secret.len--;
	if (sodium_base642bin((unsigned char *)out, RULE_DECODED_BYTES, secret.data, secret.len, "\r\n ", &len, NULL,
		    sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
		return SLICE_NONE;
	return (struct slice){out, len};
}

static bool holds_word(struct slice text, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		if (slice_find_nocase(text, words->list[i]) < text.len)
			return true;
	return false;
}

static bool has_characters(const struct rule *rule, struct slice secret)
{
	unsigned digits = 0, upper = 0, lower = 0, special = 0;

	for (size_t i = 0; i < secret.len; i++) {
		unsigned char c = (unsigned char)secret.data[i];

		digits += isdigit(c) != 0;
		upper += isupper(c) != 0;
		lower += islower(c) != 0;
		special += rule->special != NULL ? one_of_text((char)c, rule->special) : !isalnum(c);
	}
	return digits >= rule->min_digits && upper >= rule->min_upper && lower >= rule->min_lower && special >= rule->min_special;
}

static bool matches_any(struct expression *const *list, size_t count, struct slice text)
{
	for (size_t i = 0; i < count; i++)
		if (expression_match(list[i], text, 0, NULL) == EXPRESSION_YES)
			return true;
	return false;
}

static bool allows(const struct allowlist *list, const struct rule_match *match)
{
	struct slice target = list->target == ALLOW_SECRET ? match->secret : list->target == ALLOW_MATCH ? match->match : match->line;
	unsigned kinds = (unsigned)(list->regexes_count > 0) + (unsigned)(list->paths_count > 0) + (unsigned)(list->stopwords.count > 0);
	unsigned hits = (unsigned)matches_any(list->regexes, list->regexes_count, target) +
			(unsigned)matches_any(list->paths, list->paths_count, match->path) +
			(unsigned)holds_word(match->secret, &list->stopwords);

	return list->all ? kinds > 0 && hits == kinds : hits > 0;
}

static bool checksum_wrong(const struct rule *rule, const struct rule_match *match)
{
	if (rule->checksum == CHECKSUM_BECH32)
		return !checksum_bech32(match->secret);
	if (rule->checksum == CHECKSUM_CRC32_HEX)
		return !checksum_crc32_hex(match->secret);
	if (rule->checksum == CHECKSUM_NONE)
		return false;
	if (rule->body > 0 && rule->check > 0)
		return match->check.len > 0 && !checksum_crc32_base62_of(match->body, match->check);
	return !checksum_crc32_base62(match->secret);
}

const char *rule_refuses(const struct rule *rule, const struct rule_match *match)
{
	if (rule->min_entropy > 0 && entropy_of(match->secret) <= rule->min_entropy)
		return "too little entropy";
	if (!has_characters(rule, match->secret))
		return "too few digits, letters or other characters";
	if (holds_word(match->secret, &rule->stopwords))
		return "holds a stop word";
	if (checksum_wrong(rule, match))
		return "its checksum is wrong";
	for (size_t i = 0; i < rule->allowlists_count; i++)
		if (allows(&rule->allowlists[i], match))
			return "stands in the allow-list";
	return NULL;
}
