#include "fetch/response.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "shared/escape.h"
#include "shared/mem.h"
#include "shared/slice.h"

static bool clean(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
			return false;
	return utf8_valid(text.data, text.len);
}

/* The first one counts; an unclean or overlong value is as if it were absent. */
static void keep(char **slot, struct slice value, size_t max)
{
	if (*slot == NULL && value.len > 0 && value.len <= max && clean(value))
		*slot = xstrndup(value.data, value.len);
}

static bool digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.len > 0;
}

bool retry_after_read(const char *text, size_t len, time_t now, uint32_t *seconds)
{
	struct slice value = slice_trim((struct slice){text, len});
	uint64_t wait = 0;
	if (digits(value)) {
		for (size_t i = 0; i < value.len && wait < LIMIT_RETRY_AFTER_S; i++)
			wait = wait * 10 + (uint64_t)(value.data[i] - '0');
	} else {
		char date[64];
		if (value.len == 0 || value.len >= sizeof(date) || !clean(value))
			return false;
		memcpy(date, value.data, value.len);
		date[value.len] = '\0';
		time_t then = curl_getdate(date, NULL);
		if (then < 0)
			return false;
		wait = then > now ? (uint64_t)(then - now) : 0;
	}
	*seconds = wait < LIMIT_RETRY_AFTER_S ? (uint32_t)wait : LIMIT_RETRY_AFTER_S;
	return true;
}

static struct slice next_item(struct slice *list)
{
	size_t comma = slice_find_byte(*list, ',');
	struct slice item = slice_trim(slice_until(*list, comma));
	*list = slice_from(*list, comma < list->len ? comma + 1 : list->len);
	return item;
}

static bool is_token(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~' || strchr("\"(),/:;<=>?@[\\]{}", text.data[i]) != NULL)
			return false;
	return text.len > 0 && text.len <= LIMIT_CODING_BYTES;
}

static void lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

static void keep_codings(struct response *response, struct slice list)
{
	while (list.len > 0) {
		struct slice item = next_item(&list);
		if (item.len == 0 || slice_equal_nocase(item, SLICE_TEXT("identity")))
			continue;
		if (!is_token(item) || response->coding_count == LIMIT_CONTENT_CODINGS) {
			response->fault = "a Content-Encoding that cannot be meant";
			return;
		}
		char *coding = xstrndup(item.data, item.len);
		lower(coding);
		response->codings[response->coding_count++] = coding;
	}
}

/* curl would unpack any other transfer coding in this process, which reads the network. */
static void check_transfer_coding(struct response *response, struct slice list)
{
	while (list.len > 0) {
		struct slice item = next_item(&list);
		if (item.len > 0 && !slice_equal_nocase(item, SLICE_TEXT("chunked")) && !slice_equal_nocase(item, SLICE_TEXT("identity")))
			response->fault = "a Transfer-Encoding that was not asked for";
	}
}

static void keep_cookie(struct response *response, struct slice value)
{
	if (response->set_cookie_count < LIMIT_SET_COOKIES) {
		char **slot = &response->set_cookie[response->set_cookie_count];
		keep(slot, value, LIMIT_SET_COOKIE_BYTES);
		response->set_cookie_count += *slot != NULL;
	}
}

static void field(struct response *response, struct slice name, struct slice value)
{
	if (slice_equal_nocase(name, SLICE_TEXT("content-type")))
		keep(&response->content_type, value, LIMIT_CONTENT_TYPE_BYTES);
	else if (slice_equal_nocase(name, SLICE_TEXT("content-encoding")))
		keep_codings(response, value);
	else if (slice_equal_nocase(name, SLICE_TEXT("transfer-encoding")))
		check_transfer_coding(response, value);
	else if (slice_equal_nocase(name, SLICE_TEXT("etag")))
		keep(&response->etag, value, LIMIT_VALIDATOR_BYTES);
	else if (slice_equal_nocase(name, SLICE_TEXT("last-modified")))
		keep(&response->last_modified, value, LIMIT_VALIDATOR_BYTES);
	else if (slice_equal_nocase(name, SLICE_TEXT("set-cookie")))
		keep_cookie(response, value);
	else if (slice_equal_nocase(name, SLICE_TEXT("retry-after")))
		response->has_retry_after =
			retry_after_read(value.data, value.len, time(NULL), &response->retry_after_s) || response->has_retry_after;
}

static void forget_fields(struct response *response)
{
	char **single[] = {&response->content_type, &response->etag, &response->last_modified};
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		free(*single[i]);
		*single[i] = NULL;
	}
	while (response->coding_count > 0)
		free(response->codings[--response->coding_count]);
	while (response->set_cookie_count > 0) {
		char **cookie = &response->set_cookie[--response->set_cookie_count];
		mem_wipe(*cookie, strlen(*cookie));
		free(*cookie);
		*cookie = NULL;
	}
	response->has_retry_after = false;
}

/* "HTTP/1.1 200 OK": a new block; an interim answer (1xx) may have come before it. */
static void status_line(struct response *response, struct slice line)
{
	forget_fields(response);
	struct slice code = slice_until(slice_trim(slice_from(line, slice_find_byte(line, ' '))), 3);
	response->state = 0;
	if (code.len == 3 && digits(code))
		response->state = (unsigned)((code.data[0] - '0') * 100 + (code.data[1] - '0') * 10 + (code.data[2] - '0'));
}

bool response_line(struct response *response, const char *data, size_t len)
{
	response->bytes += len;
	if (++response->lines > LIMIT_RESPONSE_LINES || response->bytes > LIMIT_RESPONSE_HEADER_BYTES)
		response->fault = "more header lines than an answer can need";
	struct slice line = slice_trim((struct slice){data, len});
	if (response->fault != NULL || response->whole)
		return response->fault == NULL;
	if (line.len == 0) {
		response->whole = response->state >= 200;
	} else if (slice_starts_nocase(line, "http/")) {
		status_line(response, line);
	} else {
		size_t colon = slice_find_byte(line, ':');
		if (colon < line.len)
			field(response, slice_until(line, colon), slice_trim(slice_from(line, colon + 1)));
	}
	return response->fault == NULL;
}

void response_free(struct response *response)
{
	forget_fields(response);
	*response = (struct response){0};
}
