#include "messages/legal.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "limits/limits.h"
#include "shared/escape.h"

enum {
	TO_SPAWNER = 1 << PEER_COORDINATOR_OF_SPAWNER,
	TO_FETCH = 1 << PEER_COORDINATOR_OF_FETCH,
	TO_INSPECT = 1 << PEER_COORDINATOR_OF_INSPECT,
	TO_NOTIFY = 1 << PEER_COORDINATOR_OF_NOTIFY,
	TO_CONTROL = 1 << PEER_COORDINATOR_OF_CONTROL,
	SPAWNER = 1 << PEER_SPAWNER,
	FETCH = 1 << PEER_FETCH,
	INSPECT = 1 << PEER_INSPECT,
	NOTIFY = 1 << PEER_NOTIFY,
	CONTROL = 1 << PEER_CONTROL,

	STARTING = STATE_STARTING,
	READY = STATE_READY,
	WORKING = STATE_WORKING,
	ALWAYS = STARTING | READY | WORKING,
	SAME = 0,
};

#define BODY(name) LT__ENVELOPE__BODY_##name

/* body, who sends it, when, with a descriptor, what state follows */
const struct legal_row legal_table[] = {
	{BODY(START_WORKER), TO_SPAWNER, ALWAYS, false, SAME},
	{BODY(RUN_HOOK), TO_SPAWNER, ALWAYS, true, SAME},
	{BODY(WORKER_STARTED), SPAWNER, ALWAYS, true, SAME},
	{BODY(WORKER_PIDFD), SPAWNER, ALWAYS, true, SAME},
	{BODY(WORKER_DIED), SPAWNER, ALWAYS, false, SAME},
	{BODY(HOOK_DONE), SPAWNER, ALWAYS, false, SAME},

	{BODY(INSPECT_SETUP), TO_INSPECT, STARTING, true, SAME},
	{BODY(SETUP_FILE), TO_INSPECT, STARTING, true, SAME},
	{BODY(SETUP_SIEVE), TO_INSPECT, STARTING, true, SAME},
	{BODY(SETUP_END), TO_INSPECT, STARTING, false, SAME},
	{BODY(JOB), TO_INSPECT, READY, false, WORKING},
	{BODY(JOB_PART), TO_INSPECT, WORKING, true, SAME},
	{BODY(JOB_OF_ONE), TO_INSPECT, READY | WORKING, true, WORKING},
	{BODY(PROGRESS), INSPECT, WORKING, false, SAME},
	{BODY(HEAD), INSPECT, WORKING, false, SAME},
	{BODY(FINDING), INSPECT, WORKING, false, SAME},
	{BODY(MACHINE), INSPECT, WORKING, false, SAME},
	{BODY(LINK), INSPECT, WORKING, false, SAME},
	{BODY(NOT_INSPECTED), INSPECT, WORKING, false, SAME},
	{BODY(RULE_REPORT), INSPECT, WORKING, false, SAME},
	{BODY(PAGE_VERDICT), INSPECT, WORKING, false, SAME},
	{BODY(PAGE_LOOK), INSPECT, WORKING, false, SAME},
	{BODY(JOB_DONE), INSPECT, WORKING, false, READY},

	{BODY(FETCH_SETUP), TO_FETCH, STARTING, true, SAME},
	{BODY(FETCH_REQUEST), TO_FETCH, READY, true, SAME},
	{BODY(FETCH_CANCEL), TO_FETCH, READY, false, SAME},
	{BODY(FETCH_PROGRESS), FETCH, READY, false, SAME},
	{BODY(FETCH_DONE), FETCH, READY, false, SAME},

	{BODY(NOTIFY_SETUP), TO_NOTIFY, STARTING, true, SAME},
	{BODY(DELIVER), TO_NOTIFY, READY, true, SAME},
	{BODY(DELIVERED), NOTIFY, READY, false, SAME},

	{BODY(CONTROL_SETUP), TO_CONTROL, STARTING, false, SAME},
	{BODY(NEW_IDENTITY), TO_CONTROL, READY, false, SAME},
	{BODY(CIRCUIT_SEEN), CONTROL, READY, false, SAME},
	{BODY(IDENTITY_ANSWER), CONTROL, READY, false, SAME},

	{BODY(READY), FETCH | INSPECT | NOTIFY | CONTROL, STARTING, false, READY},
	{BODY(LOG_LINE), SPAWNER | FETCH | INSPECT | NOTIFY | CONTROL, ALWAYS, false, SAME},
};
const size_t legal_table_rows = sizeof legal_table / sizeof legal_table[0];

/*
 * Texts with a cap of their own, in whatever message they stand, and how many of them a list may hold (0: any
 * number that fits). The rest share LIMIT_TEXT_FIELD_BYTES.
 */
struct text_cap {
	const char *field;
	size_t bytes;
	size_t count;
};
static const struct text_cap text_caps[] = {
	{"url", LIMIT_URL_BYTES, 0},
	{"redirect", LIMIT_URL_BYTES, 0},
	{"path", LIMIT_PATH_LABEL_BYTES, 0},
	{"machine_dir", LIMIT_PATH_LABEL_BYTES, 0},
	{"account", LIMIT_ACCOUNT_BYTES, 0},
	{"service", LIMIT_HOST_BYTES, 0},
	{"content_type", LIMIT_CONTENT_TYPE_BYTES, 0},
	{"content_encoding", LIMIT_CODING_BYTES, LIMIT_CONTENT_CODINGS},
	{"etag", LIMIT_VALIDATOR_BYTES, 0},
	{"last_modified", LIMIT_VALIDATOR_BYTES, 0},
	{"circuit", LIMIT_CIRCUIT_BYTES, 0},
	{"set_cookie", LIMIT_SET_COOKIE_BYTES, LIMIT_SET_COOKIES},
};

enum peer peer_opposite(enum peer peer)
{
	switch (peer) {
	case PEER_COORDINATOR_OF_SPAWNER:
		return PEER_SPAWNER;
	case PEER_COORDINATOR_OF_FETCH:
		return PEER_FETCH;
	case PEER_COORDINATOR_OF_INSPECT:
		return PEER_INSPECT;
	case PEER_COORDINATOR_OF_NOTIFY:
		return PEER_NOTIFY;
	case PEER_SPAWNER:
		return PEER_COORDINATOR_OF_SPAWNER;
	case PEER_FETCH:
		return PEER_COORDINATOR_OF_FETCH;
	case PEER_INSPECT:
		return PEER_COORDINATOR_OF_INSPECT;
	case PEER_COORDINATOR_OF_CONTROL:
		return PEER_CONTROL;
	case PEER_CONTROL:
		return PEER_COORDINATOR_OF_CONTROL;
	case PEER_NOTIFY:
		break;
	}
	return PEER_COORDINATOR_OF_NOTIFY;
}

const char *legal_name(Lt__Envelope__BodyCase body)
{
	const ProtobufCFieldDescriptor *field = NULL;

	if (body != LT__ENVELOPE__BODY__NOT_SET)
		field = protobuf_c_message_descriptor_get_field(&lt__envelope__descriptor, (unsigned)body);
	return field != NULL ? field->name : "nothing";
}

static const char *state_name(enum peer_state state)
{
	switch (state) {
	case STATE_STARTING:
		return "starting";
	case STATE_READY:
		return "ready";
	case STATE_WORKING:
		break;
	}
	return "working";
}

const struct legal_row *legal_check(Lt__Envelope__BodyCase body, enum peer sender, enum peer_state state, bool fd, char *why, size_t cap)
{
	const struct legal_row *row = NULL;

	for (size_t i = 0; i < legal_table_rows && row == NULL; i++)
		if (legal_table[i].body == body)
			row = &legal_table[i];
	if (row == NULL)
		snprintf(why, cap, "a message without a body of the catalogue");
	else if ((row->senders & 1U << sender) == 0)
		snprintf(why, cap, "%s is not this process's to send", legal_name(body));
	else if ((row->states & (unsigned)state) == 0)
		snprintf(why, cap, "%s while %s", legal_name(body), state_name(state));
	else if (row->fd != fd)
		snprintf(why, cap, "%s %s", legal_name(body), fd ? "with an unexpected descriptor" : "without its descriptor");
	else
		return row;
	return NULL;
}

size_t legal_size(Lt__Envelope__BodyCase body)
{
	switch ((int)body) {
	case LT__ENVELOPE__BODY_HEAD:
		return LIMIT_HEAD_BYTES;
	case LT__ENVELOPE__BODY_MACHINE:
		return LIMIT_MACHINE_BYTES;
	case LT__ENVELOPE__BODY_LINK:
		return LIMIT_LINK_BYTES;
	default:
		return LIMIT_MESSAGE_BYTES;
	}
}

static struct text_cap text_cap(const char *field)
{
	for (size_t i = 0; i < sizeof text_caps / sizeof text_caps[0]; i++)
		if (strcmp(text_caps[i].field, field) == 0)
			return text_caps[i];
	return (struct text_cap){field, LIMIT_TEXT_FIELD_BYTES, 0};
}

static size_t element_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int32_t);
	default:
		return 0; /* numbers: any value is content the receiver judges */
	}
}

static bool check_text(const ProtobufCFieldDescriptor *field, const char *text, char *why, size_t cap)
{
	size_t len = strlen(text);
	size_t most = text_cap(field->name).bytes;

	if (len > most)
		snprintf(why, cap, "text %s of %zu bytes, over its limit of %zu", field->name, len, most);
	else if (!utf8_valid(text, len))
		snprintf(why, cap, "text %s is not UTF-8", field->name);
	else
		return true;
	return false;
}

/* One value of a field, where it stands in memory. */
static bool check_value(const ProtobufCFieldDescriptor *field, const void *value, char *why, size_t cap)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return *(char *const *)value == NULL || check_text(field, *(char *const *)value, why, cap);
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(ProtobufCMessage *const *)value == NULL || legal_content(*(ProtobufCMessage *const *)value, why, cap);
	case PROTOBUF_C_TYPE_BYTES:
		if (((const ProtobufCBinaryData *)value)->len <= LIMIT_BYTES_FIELD_BYTES)
			return true;
		snprintf(why, cap, "bytes %s over their limit of %d", field->name, LIMIT_BYTES_FIELD_BYTES);
		return false;
	case PROTOBUF_C_TYPE_ENUM:
		if (protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int32_t *)value) != NULL)
			return true;
		snprintf(why, cap, "%s has no value %d", field->name, (int)*(const int32_t *)value);
		return false;
	default:
		return true;
	}
}

/* Is an optional field, or the field of a union, there at all? */
static bool present(const ProtobufCFieldDescriptor *field, const uint8_t *base)
{
	uint32_t which;
	protobuf_c_boolean has;

	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
		memcpy(&which, base + field->quantifier_offset, sizeof which);
		return which == field->id;
	}
	if (field->label != PROTOBUF_C_LABEL_OPTIONAL || field->quantifier_offset == 0)
		return true; /* texts and messages say it by NULL */
	memcpy(&has, base + field->quantifier_offset, sizeof has);
	return has != 0;
}

/* Where the values of a field stand, and how many there are. */
static const uint8_t *values_of(const ProtobufCFieldDescriptor *field, const uint8_t *base, size_t *count)
{
	const uint8_t *values = base + field->offset;

	*count = present(field, base) ? 1 : 0;
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		memcpy(count, base + field->quantifier_offset, sizeof *count);
		memcpy(&values, base + field->offset, sizeof values);
	}
	return values;
}

static bool check_field(const ProtobufCFieldDescriptor *field, const uint8_t *base, char *why, size_t cap)
{
	size_t count;
	const uint8_t *values = values_of(field, base, &count);
	size_t most = count > 1 ? text_cap(field->name).count : 0;

	if (most != 0 && count > most) {
		snprintf(why, cap, "%zu times %s, over its limit of %zu", count, field->name, most);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!check_value(field, values + i * element_size(field->type), why, cap))
			return false;
	return true;
}

bool legal_content(const ProtobufCMessage *message, char *why, size_t cap)
{
	if (message->n_unknown_fields > 0) {
		snprintf(why, cap, "a field the catalogue does not know in %s", message->descriptor->short_name);
		return false;
	}
	for (unsigned i = 0; i < message->descriptor->n_fields; i++)
		if (!check_field(&message->descriptor->fields[i], (const uint8_t *)message, why, cap))
			return false;
	return true;
}

static void cut(char *text, size_t most)
{
	if (strlen(text) <= most)
		return;
	while (most > 0 && ((uint8_t)text[most] & 0xc0) == 0x80)
		most--; /* not within a character */
	text[most] = '\0';
}

void legal_cut(ProtobufCMessage *message)
{
	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		size_t count;
		const uint8_t *values = values_of(field, (const uint8_t *)message, &count);

		for (size_t j = 0; j < count; j++) {
			void *pointer;

			if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
				break;
			memcpy(&pointer, values + j * sizeof pointer, sizeof pointer);
			if (pointer == NULL)
				continue;
			if (field->type == PROTOBUF_C_TYPE_STRING)
				cut(pointer, text_cap(field->name).bytes);
			else
				legal_cut(pointer);
		}
	}
}
