#include "control/circuits.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/slice.h"

enum { NUMBER_DIGITS = 15 };

static struct slice next_word(struct slice *text)
{
	size_t space = slice_find_byte(*text, ' ');
	struct slice word = slice_until(*text, space);

	*text = slice_from(*text, space < text->len ? space + 1 : text->len);
	return word;
}

static bool read_number(struct slice word, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(word.data[i] - '0');
	}
	return word.len > 0 && word.len <= NUMBER_DIGITS;
}

static bool is_relay(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("$~=", text.data[i]) == NULL && (text.data[i] < '0' || text.data[i] > '9') &&
			((text.data[i] | 0x20) < 'a' || (text.data[i] | 0x20) > 'z'))
			return false;
	return text.len > 0;
}

void circuits_status(struct circuits *circuits, const char *line)
{
	struct slice rest = slice_of(line);
	uint64_t id;
	bool good = read_number(next_word(&rest), &id);
	struct slice path;
	struct known_circuit *known;

	(void)next_word(&rest); /* LAUNCHED, EXTENDED, BUILT ... */
	path = next_word(&rest);
	if (!good || path.len == 0 || path.data[0] != '$')
		return;
	for (size_t comma; (comma = slice_find_byte(path, ',')) < path.len;)
		path = slice_from(path, comma + 1);
	known = &circuits->known[id % LIMIT_CIRCUITS];
	if (!is_relay(path) || path.len >= sizeof known->last)
		return;
	known->id = id;
	memcpy(known->last, path.data, path.len);
	known->last[path.len] = '\0';
}

/* "SOURCE_ADDR=127.0.0.1:48924" among the words. */
static uint16_t source_port(struct slice rest)
{
	uint64_t port = 0;

	while (rest.len > 0) {
		struct slice word = next_word(&rest);

		if (!slice_starts_nocase(word, "SOURCE_ADDR="))
			continue;
		for (size_t colon; (colon = slice_find_byte(word, ':')) < word.len;)
			word = slice_from(word, colon + 1);
		return read_number(word, &port) && port <= UINT16_MAX ? (uint16_t)port : 0;
	}
	return 0;
}

static void tell(struct circuits *circuits, const struct known_stream *stream, uint64_t circuit)
{
	const struct known_circuit *known = &circuits->known[circuit % LIMIT_CIRCUITS];
	char text[LIMIT_CIRCUIT_BYTES];

	if (known->id == circuit && known->last[0] != '\0')
		(void)snprintf(text, sizeof text, "%llu %s", (unsigned long long)circuit, known->last);
	else
		(void)snprintf(text, sizeof text, "%llu", (unsigned long long)circuit);
	circuits->seen(stream->port, text, circuits->context);
}

/* "5 NEW 0 host:80 SOURCE_ADDR=...", later "5 SENTCONNECT 17 host:80" and "5 SUCCEEDED 17 host:80". */
static void take_stream(struct circuits *circuits, struct slice rest)
{
	uint64_t id, circuit;
	bool good = read_number(next_word(&rest), &id);
	struct slice what = next_word(&rest);
	struct known_stream *stream;

	good = read_number(next_word(&rest), &circuit) && good;
	if (!good)
		return;
	(void)next_word(&rest); /* the host */
	stream = &circuits->streams[id % LIMIT_CIRCUITS];
	if (slice_equal(what, SLICE_TEXT("NEW")))
		*stream = (struct known_stream){.id = id, .port = source_port(rest)};
	else if (stream->id == id && stream->port != 0 && circuit != 0 &&
		 (slice_equal(what, SLICE_TEXT("SENTCONNECT")) || slice_equal(what, SLICE_TEXT("SUCCEEDED"))))
		tell(circuits, stream, circuit);
}

void circuits_event(struct circuits *circuits, const char *event)
{
	struct slice rest = slice_of(event);
	struct slice kind = next_word(&rest);

	if (slice_equal(kind, SLICE_TEXT("CIRC")))
		circuits_status(circuits, rest.data);
	else if (slice_equal(kind, SLICE_TEXT("STREAM")))
		take_stream(circuits, rest);
}
