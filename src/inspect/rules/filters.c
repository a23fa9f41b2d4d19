#include <ctype.h>
#include <math.h>
#include <sodium.h>
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

bool checksum_crc32_base62(struct slice token)
{
	enum { CHECK = 6 };
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t prefix = 0;
	char check[CHECK];

	for (size_t i = 0; i < token.len; i++)
		if (token.data[i] == '_')
			prefix = i + 1;
	if (token.len < prefix + CHECK + 1)
		return false;
	size_t body = token.len - prefix - CHECK;
	unsigned long crc = crc32(0, (const Bytef *)token.data + prefix, (uInt)body);

	for (size_t i = CHECK; i > 0; i--) {
		check[i - 1] = digits[crc % 62];
		crc /= 62;
	}
	return memcmp(check, token.data + prefix + body, CHECK) == 0;
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
		special += !isalnum(c);
	}
	return digits >= rule->min_digits && upper >= rule->min_upper && lower >= rule->min_lower && special >= rule->min_special;
}

const char *rule_refuses(const struct rule *rule, struct slice secret, struct slice match, struct slice line)
{
	struct slice target = rule->allow_target == ALLOW_SECRET ? secret : rule->allow_target == ALLOW_MATCH ? match : line;

	if (rule->min_entropy > 0 && entropy_of(secret) <= rule->min_entropy)
		return "too little entropy";
	if (!has_characters(rule, secret))
		return "too few digits, letters or other characters";
	if (holds_word(secret, &rule->stopwords))
		return "holds a stop word";
	if ((rule->checksum == CHECKSUM_CRC32_BASE62 && !checksum_crc32_base62(secret)) ||
		(rule->checksum == CHECKSUM_BECH32 && !checksum_bech32(secret)))
		return "its checksum is wrong";
	for (size_t i = 0; i < rule->allowed_count; i++)
		if (expression_match(rule->allowed[i], target, 0, NULL) == EXPRESSION_YES)
			return "stands in the allow-list";
	return NULL;
}
