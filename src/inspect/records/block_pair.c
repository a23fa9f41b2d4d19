#include "inspect/records/block_pair.h"

#include <ctype.h>

#include "inspect/records/block_values.h"
#include "inspect/records/line_token.h"
#include "shared/byteset.h"
#include "shared/escape.h"

enum { DECORATION_BYTES = 24 };

/* A picture, a bullet, "- " before the key. */
static struct slice skip_signs(struct slice line)
{
	size_t at = 0;

	while (at < line.len && at < DECORATION_BYTES && !letter_begins(slice_from(line, at))) {
		size_t len = utf8_length(line.data + at, line.len - at);

		at += len > 0 ? len : 1;
	}
	return slice_from(line, at);
}

static size_t word_length(struct slice text)
{
	size_t len = 0;

	while (len < text.len && (isalpha((unsigned char)text.data[len]) || text.data[len] == '-' || (unsigned char)text.data[len] >= 0x80))
		len++;
	return len;
}

static struct slice behind(struct slice text, size_t len)
{
	text = slice_from(text, len);
	while (text.len > 0 && text.data[0] == ' ')
		text = slice_from(text, 1);
	return text;
}

struct label {
	struct slice user, password; /* the keys */
	struct slice value;
	char joint; /* what parts the two words of the key; 0: it is one word */
	bool blank; /* nothing but a blank before the value */
};

/* "Login:Password", "E-mail / Pass", "L:P", and what parts it from its value. */
static bool read_label(const struct keys *keys, struct slice line, struct label *label)
{
	size_t first = word_length(line);
	struct slice rest = behind(line, first), second;
	enum key_role role = first > 0 ? keys_block_role(keys, slice_until(line, first)) : KEY_NONE;

	*label = (struct label){.user = slice_until(line, first)};
	if (role == KEY_PAIR) {
		label->password = label->user;
	} else {
		if ((role != KEY_USER && role != KEY_EMAIL && keys_identifier_role(keys, label->user) != KEY_USER) || rest.len < 2 ||
			!one_of(rest.data[0], ":/|&+;"))
			return false;
		label->joint = rest.data[0];
		second = behind(rest, 1);
		label->password = slice_until(second, word_length(second));
		if (label->password.len == 0 || keys_block_role(keys, label->password) != KEY_PASSWORD)
			return false;
		rest = slice_from(second, label->password.len);
	}
	label->blank = label->joint != 0 && rest.len > 0 && rest.data[0] == ' ';
	rest = behind(rest, 0);
	if (rest.len > 1 && one_of(rest.data[0], ":=")) {
		label->blank = false;
		rest = slice_from(rest, rest.len > 2 && rest.data[0] == '=' && rest.data[1] == '>' ? 2 : 1);
	} else if (!label->blank) {
		return false;
	}
	label->value = slice_trim(rest);
	return true;
}

static bool is_one_word(struct slice text)
{
	return text.len > 0 && slice_find_byte(text, ' ') == text.len && slice_find_byte(text, '\t') == text.len;
}

static bool split_at(struct slice value, char sign, struct slice *account, struct slice *secret)
{
	size_t at = slice_find_byte(value, sign);

	if (at == 0 || at >= value.len)
		return false;
	*account = slice_trim(slice_until(value, at));
	*secret = slice_trim(slice_from(value, at + 1));
	return is_one_word(*account) && is_one_word(*secret) && !one_of(secret->data[0], "/<");
}

void block_pair_read(const struct keys *keys, struct slice line, struct block_line *out)
{
	struct label label;
	struct slice account, secret;

	if (!read_label(keys, skip_signs(line), &label))
		return;
	if (!(label.joint != 0 && !label.blank && split_at(label.value, label.joint, &account, &secret)) &&
		!split_at(label.value, ':', &account, &secret) && (label.blank || !split_at(label.value, '|', &account, &secret)))
		return;
	if (label.joint == 0 && token_look(secret) < LOOK_FAIR)
		return;
	out->fields[out->fields_count++] = (struct field){KEY_USER, label.user, account, false, false, false};
	out->fields[out->fields_count++] = (struct field){KEY_PASSWORD, label.password, secret, false, false, false};
}
