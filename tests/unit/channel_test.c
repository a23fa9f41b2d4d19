/* The border between processes: what passes, and above all what does not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "limits/limits.h"
#include "messages/channel.h"
#include "messages/legal.h"

/* The coordinator's end towards an inspector, and the inspector's end as a channel and as a bare socket. */
struct ends {
	struct channel *coordinator;
	struct channel *inspector;
	int raw;
};

static int set_up(void **state)
{
	struct ends *ends = calloc(1, sizeof *ends);
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ends->coordinator = channel_new(pair[0], PEER_INSPECT, true);
	ends->inspector = channel_new(pair[1], PEER_COORDINATOR_OF_INSPECT, true);
	ends->raw = pair[1];
	*state = ends;
	return 0;
}

static int tear_down(void **state)
{
	struct ends *ends = *state;

	channel_free(ends->coordinator);
	channel_free(ends->inspector);
	free(ends);
	return 0;
}

static Lt__Envelope *ready_message(void)
{
	static Lt__Ready ready = LT__READY__INIT;
	static Lt__Envelope envelope = LT__ENVELOPE__INIT;
	static char build[] = "0.1.0";

	ready.protocol = PROTOCOL_VERSION;
	ready.build = build;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_READY;
	envelope.ready = &ready;
	return &envelope;
}

static Lt__Envelope *log_message(char *text)
{
	static Lt__LogLine line = LT__LOG_LINE__INIT;
	static Lt__Envelope envelope = LT__ENVELOPE__INIT;

	line.level = LT__LOG_LEVEL__LOG_INFO;
	line.text = text;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_LOG_LINE;
	envelope.log_line = &line;
	return &envelope;
}

static int some_descriptor(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "bytes", 5), 5);
	return fd;
}

/* Sends bytes past every check of ours, with count descriptors. */
static void send_raw(int socket, const void *bytes, size_t len, int fd, size_t count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control = {0};
	struct iovec data = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	if (count > 0) {
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		for (size_t i = 0; i < count; i++)
			memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(socket, &message, 0), (ssize_t)len);
}

static void send_envelope_raw(int socket, const Lt__Envelope *envelope, int fd, size_t count)
{
	uint8_t *bytes = malloc(lt__envelope__get_packed_size(envelope));
	size_t len = lt__envelope__pack(envelope, bytes);

	send_raw(socket, bytes, len, fd, count);
	free(bytes);
}

static size_t open_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			count++;
	return count;
}

/* Whatever comes next is refused, keeps no descriptor, and the reason names it. */
static void assert_refused(struct ends *ends, const char *why)
{
	Lt__Envelope *message = NULL;
	int fd = 0;
	size_t before = open_descriptors();

	assert_int_equal(channel_receive(ends->coordinator, &message, &fd), CHANNEL_BAD);
	assert_null(message);
	assert_int_equal(fd, -1);
	assert_int_equal(open_descriptors(), before);
	if (strstr(channel_why(ends->coordinator), why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", channel_why(ends->coordinator), why);
}

static void take_ready(struct channel *coordinator)
{
	Lt__Envelope *message;
	int fd;

	assert_int_equal(channel_receive(coordinator, &message, &fd), CHANNEL_OK);
	channel_message_free(message);
}

static void make_ready(struct ends *ends)
{
	assert_int_equal(channel_send(ends->inspector, ready_message(), -1), CHANNEL_OK);
	take_ready(ends->coordinator);
}

static void make_working(struct ends *ends)
{
	Lt__Job job = LT__JOB__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__Envelope *message;
	int fd;

	make_ready(ends);
	job.id = 1;
	job.kind = LT__JOB_KIND__JOB_SELF_TEST;
	envelope.body_case = LT__ENVELOPE__BODY_JOB;
	envelope.job = &job;
	assert_int_equal(channel_send(ends->coordinator, &envelope, -1), CHANNEL_OK);
	assert_int_equal(channel_receive(ends->inspector, &message, &fd), CHANNEL_OK);
	channel_message_free(message);
}

/* ---- what passes ----------------------------------------------------------------------------------- */

static void a_message_arrives_as_it_was_sent(void **state)
{
	struct ends *ends = *state;
	Lt__Envelope *message;
	char text[] = "r\xc3\xa9sum\xc3\xa9";
	int fd;

	assert_int_equal(channel_send(ends->inspector, log_message(text), -1), CHANNEL_OK);
	assert_int_equal(channel_receive(ends->coordinator, &message, &fd), CHANNEL_OK);
	assert_int_equal(message->body_case, LT__ENVELOPE__BODY_LOG_LINE);
	assert_string_equal(message->log_line->text, text);
	assert_int_equal(fd, -1);
	channel_message_free(message);
}

static void a_descriptor_arrives_close_on_exec_and_readable(void **state)
{
	struct ends *ends = *state;
	Lt__InspectSetup setup = LT__INSPECT_SETUP__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__Envelope *message;
	char bytes[8] = {0};
	int sent = some_descriptor();
	int fd;

	envelope.body_case = LT__ENVELOPE__BODY_INSPECT_SETUP;
	envelope.inspect_setup = &setup;
	assert_int_equal(channel_send(ends->coordinator, &envelope, sent), CHANNEL_OK);
	close(sent);
	assert_int_equal(channel_receive(ends->inspector, &message, &fd), CHANNEL_OK);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(pread(fd, bytes, sizeof bytes, 0), 5);
	assert_string_equal(bytes, "bytes");
	close(fd);
	channel_message_free(message);
}

static void the_conversation_moves_from_starting_to_ready_to_working_and_back(void **state)
{
	struct ends *ends = *state;
	Lt__JobDone done = LT__JOB_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__Envelope *message;
	int fd;

	assert_int_equal(channel_state(ends->coordinator), STATE_STARTING);
	make_working(ends);
	assert_int_equal(channel_state(ends->coordinator), STATE_WORKING);
	assert_int_equal(channel_state(ends->inspector), STATE_WORKING);
	done.job = 1;
	done.ok = true;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	envelope.job_done = &done;
	assert_int_equal(channel_send(ends->inspector, &envelope, -1), CHANNEL_OK);
	assert_int_equal(channel_receive(ends->coordinator, &message, &fd), CHANNEL_OK);
	assert_int_equal(channel_state(ends->coordinator), STATE_READY);
	assert_int_equal(channel_state(ends->inspector), STATE_READY);
	channel_message_free(message);
}

static void what_does_not_fit_the_socket_waits_with_its_descriptor_and_keeps_its_order(void **state)
{
	struct ends *ends = *state;
	Lt__SetupFile file = LT__SETUP_FILE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	char name[LIMIT_TEXT_FIELD_BYTES / 2 + 1];
	/* The field `version` of an envelope as it stands on the wire. */
#define VERSION "\x08\x04"
	_Static_assert(PROTOCOL_VERSION == 4, "VERSION says another");

	enum { COUNT = 100 };
	int received = 0;

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	file.kind = LT__SETUP_KIND__SETUP_RULES;
	file.name = name;
	envelope.body_case = LT__ENVELOPE__BODY_SETUP_FILE;
	envelope.setup_file = &file;
	for (int i = 0; i < COUNT; i++) {
		int fd = some_descriptor();

		assert_int_equal(lseek(fd, i, SEEK_SET), i); /* tells them apart: the position is shared */
		channel_send(ends->coordinator, &envelope, fd);
		close(fd);
	}
	assert_true(channel_wants_write(ends->coordinator));
	while (received < COUNT) {
		Lt__Envelope *message;
		int fd;
		enum channel_result result = channel_receive(ends->inspector, &message, &fd);

		if (result == CHANNEL_AGAIN) {
			assert_int_not_equal(channel_flush(ends->coordinator), CHANNEL_CLOSED);
			continue;
		}
		assert_int_equal(result, CHANNEL_OK);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), received++);
		close(fd);
		channel_message_free(message);
	}
	assert_int_equal(channel_flush(ends->coordinator), CHANNEL_OK);
	assert_false(channel_wants_write(ends->coordinator));
}

static void nothing_to_read_is_not_an_end(void **state)
{
	struct ends *ends = *state;
	Lt__Envelope *message;
	int fd;

	assert_int_equal(channel_receive(ends->coordinator, &message, &fd), CHANNEL_AGAIN);
}

static void a_peer_that_is_gone_is_closed_both_ways_without_a_signal(void **state)
{
	struct ends *ends = *state;
	Lt__SetupEnd end = LT__SETUP_END__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__Envelope *message;
	int fd;

	channel_free(ends->inspector);
	ends->inspector = NULL;
	envelope.body_case = LT__ENVELOPE__BODY_SETUP_END;
	envelope.setup_end = &end;
	assert_int_equal(channel_send(ends->coordinator, &envelope, -1), CHANNEL_CLOSED);
	assert_int_equal(channel_receive(ends->coordinator, &message, &fd), CHANNEL_CLOSED);
}

static void every_body_of_the_catalogue_stands_once_in_the_legal_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < lt__envelope__descriptor.n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &lt__envelope__descriptor.fields[i];
		int rows = 0;

		for (size_t row = 0; row < legal_table_rows; row++)
			rows += (uint32_t)legal_table[row].body == field->id;
		if (rows != (strcmp(field->name, "version") == 0 ? 0 : 1))
			fail_msg("%s stands %d times", field->name, rows);
	}
}

/* ---- what is refused ------------------------------------------------------------------------------- */

static void a_message_of_another_role_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__FetchDone done = LT__FETCH_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	make_ready(ends);
	done.id = 1;
	done.outcome = LT__FETCH_OUTCOME__FETCH_OK;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_DONE;
	envelope.fetch_done = &done;
	send_envelope_raw(ends->raw, &envelope, -1, 0);
	assert_refused(ends, "fetch_done is not this process's to send");
}

static void an_order_to_the_spawner_from_a_worker_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__RunHook hook = LT__RUN_HOOK__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	int fd = some_descriptor();

	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_RUN_HOOK;
	envelope.run_hook = &hook;
	send_envelope_raw(ends->raw, &envelope, fd, 1);
	close(fd);
	assert_refused(ends, "run_hook");
}

static void a_result_before_ready_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__JobDone done = LT__JOB_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	envelope.job_done = &done;
	send_envelope_raw(ends->raw, &envelope, -1, 0);
	assert_refused(ends, "job_done while starting");
}

static void a_result_without_a_job_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__JobDone done = LT__JOB_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	make_ready(ends);
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	envelope.job_done = &done;
	send_envelope_raw(ends->raw, &envelope, -1, 0);
	assert_refused(ends, "job_done while ready");
}

static void a_second_ready_is_refused(void **state)
{
	struct ends *ends = *state;

	make_ready(ends);
	send_envelope_raw(ends->raw, ready_message(), -1, 0);
	assert_refused(ends, "ready while ready");
}

static void a_descriptor_nobody_is_due_is_refused_and_closed(void **state)
{
	struct ends *ends = *state;
	int fd = some_descriptor();

	send_envelope_raw(ends->raw, ready_message(), fd, 1);
	close(fd);
	assert_refused(ends, "unexpected descriptor");
}

static void several_descriptors_are_refused_and_closed(void **state)
{
	struct ends *ends = *state;
	int fd = some_descriptor();

	for (size_t count = 2; count <= 4; count++) {
		send_envelope_raw(ends->raw, ready_message(), fd, count);
		assert_refused(ends, "descriptors");
	}
	close(fd);
}

static Lt__Envelope *job_of_one(void)
{
	static char path[] = "dump.txt";
	static Lt__Job job = LT__JOB__INIT;
	static Lt__JobPart part = LT__JOB_PART__INIT;
	static Lt__JobOfOne both = LT__JOB_OF_ONE__INIT;
	static Lt__Envelope envelope = LT__ENVELOPE__INIT;

	job.id = part.job = 2;
	job.kind = LT__JOB_KIND__JOB_DOCUMENT;
	job.parts = 1;
	part.path = path;
	both.job = &job;
	both.part = &part;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_OF_ONE;
	envelope.job_of_one = &both;
	return &envelope;
}

static void send_job_of_one(struct ends *ends, int fd)
{
	assert_int_equal(channel_send(ends->coordinator, job_of_one(), fd), CHANNEL_OK);
}

static void a_job_with_its_only_part_brings_the_descriptor(void **state)
{
	struct ends *ends = *state;
	Lt__Envelope *message;
	int fd, sent = some_descriptor();

	make_ready(ends);
	send_job_of_one(ends, sent);
	assert_int_equal(channel_receive(ends->inspector, &message, &fd), CHANNEL_OK);
	assert_true(fd >= 0);
	assert_int_equal(channel_state(ends->inspector), STATE_WORKING);
	channel_message_free(message);
	close(fd);
	close(sent);
}

static void finish_job(struct ends *ends)
{
	Lt__JobDone done = LT__JOB_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__Envelope *message;
	int fd;

	done.job = 2;
	done.ok = true;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	envelope.job_done = &done;
	assert_int_equal(channel_send(ends->inspector, &envelope, -1), CHANNEL_OK);
	assert_int_equal(channel_receive(ends->coordinator, &message, &fd), CHANNEL_OK);
	channel_message_free(message);
}

static void a_job_sent_ahead_keeps_both_ends_working_until_it_is_done(void **state)
{
	struct ends *ends = *state;
	Lt__Envelope *message;
	int fd, sent = some_descriptor();

	make_ready(ends);
	for (int i = 0; i < 2; i++)
		send_job_of_one(ends, sent);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(channel_state(ends->coordinator), STATE_WORKING);
		assert_int_equal(channel_receive(ends->inspector, &message, &fd), CHANNEL_OK);
		channel_message_free(message);
		close(fd);
		finish_job(ends);
		assert_int_equal(channel_state(ends->inspector), STATE_READY);
	}
	assert_int_equal(channel_state(ends->coordinator), STATE_READY);
	close(sent);
}

static void an_inspector_that_ends_more_jobs_than_it_has_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__JobDone done = LT__JOB_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__Envelope *message;
	int fd;

	make_working(ends);
	finish_job(ends);
	done.job = 2;
	done.ok = true;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	envelope.job_done = &done;
	send_envelope_raw(channel_fd(ends->inspector), &envelope, -1, 0);
	assert_int_equal(channel_receive(ends->coordinator, &message, &fd), CHANNEL_BAD);
	assert_string_equal(channel_why(ends->coordinator), "job_done while ready");
}

static void a_job_with_its_only_part_and_no_descriptor_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__Envelope *message;
	int fd;

	make_ready(ends);
	send_envelope_raw(channel_fd(ends->coordinator), job_of_one(), -1, 0);
	assert_int_equal(channel_receive(ends->inspector, &message, &fd), CHANNEL_BAD);
	assert_string_equal(channel_why(ends->inspector), "job_of_one without its descriptor");
}

static void a_missing_descriptor_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__JobPart part = LT__JOB_PART__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__Envelope *message;
	char path[] = "dump.txt";
	int fd;

	make_working(ends);
	part.path = path;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_PART;
	envelope.job_part = &part;
	send_envelope_raw(channel_fd(ends->coordinator), &envelope, -1, 0);
	assert_int_equal(channel_receive(ends->inspector, &message, &fd), CHANNEL_BAD);
	assert_string_equal(channel_why(ends->inspector), "job_part without its descriptor");
}

static void another_version_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__Envelope *envelope = ready_message();

	envelope->version = PROTOCOL_VERSION + 1;
	send_envelope_raw(ends->raw, envelope, -1, 0);
	assert_refused(ends, "protocol version 5");
}

static void garbage_is_refused(void **state)
{
	struct ends *ends = *state;
	static const char *const garbage[] = {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "GET / HTTP/1.0\r\n\r\n", "\x08", "\x0a\x7f"};

	for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
		send_raw(ends->raw, garbage[i], strlen(garbage[i]), -1, 0);
		assert_refused(ends, "no message of the catalogue");
	}
}

static void an_envelope_without_a_body_is_refused(void **state)
{
	struct ends *ends = *state;

	send_raw(ends->raw, VERSION, 2, -1, 0);
	assert_refused(ends, "without a body");
}

static void an_empty_packet_with_a_descriptor_is_refused_and_closed(void **state)
{
	struct ends *ends = *state;
	int fd = some_descriptor();

	send_raw(ends->raw, "", 0, fd, 1);
	close(fd);
	assert_refused(ends, "no message of the catalogue");
}

static void a_packet_over_the_limit_is_refused(void **state)
{
	struct ends *ends = *state;
	char *bytes = calloc(1, LIMIT_MESSAGE_BYTES + 1);

	send_raw(ends->raw, bytes, LIMIT_MESSAGE_BYTES + 1, -1, 0);
	free(bytes);
	assert_refused(ends, "over the size limit");
}

static void a_text_over_its_limit_is_refused(void **state)
{
	struct ends *ends = *state;
	char *text = malloc(LIMIT_TEXT_FIELD_BYTES + 2);

	memset(text, 'x', LIMIT_TEXT_FIELD_BYTES + 1);
	text[LIMIT_TEXT_FIELD_BYTES + 1] = '\0';
	send_envelope_raw(ends->raw, log_message(text), -1, 0);
	assert_refused(ends, "text text of 16385 bytes");
	text[LIMIT_TEXT_FIELD_BYTES] = '\0';
	assert_int_equal(channel_send(ends->inspector, log_message(text), -1), CHANNEL_OK);
	free(text);
}

static void a_url_over_its_own_limit_is_refused_wherever_it_stands(void **state)
{
	struct ends *ends = *state;
	Lt__FoundLink link = LT__FOUND_LINK__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	char url[LIMIT_URL_BYTES + 2];

	make_working(ends);
	memset(url, 'u', sizeof url - 1);
	url[sizeof url - 1] = '\0';
	link.kind = LT__LINK_KIND__LINK_FOLLOW;
	link.url = url;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_LINK;
	envelope.link = &link;
	send_envelope_raw(ends->raw, &envelope, -1, 0);
	assert_refused(ends, "text url of 4097 bytes");
}

static void a_claim_too_large_to_hand_on_is_refused(void **state)
{
	struct ends *ends = *state;
	Lt__Head head = LT__HEAD__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	char column[] = "a column's name";
	char *columns[LIMIT_HEAD_BYTES / sizeof column];

	make_working(ends);
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		columns[i] = column;
	head.n_columns = sizeof columns / sizeof columns[0];
	head.columns = columns;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_HEAD;
	envelope.head = &head;
	send_envelope_raw(ends->raw, &envelope, -1, 0);
	assert_refused(ends, "over its limit");
}

static void a_list_with_too_many_texts_is_refused(void **state)
{
	int pair[2];
	struct ends ends = {0};
	Lt__FetchDone done = LT__FETCH_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	char coding[] = "gzip";
	char *codings[LIMIT_CONTENT_CODINGS + 1];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ends.coordinator = channel_new(pair[0], PEER_FETCH, true);
	send_envelope_raw(pair[1], ready_message(), -1, 0);
	take_ready(ends.coordinator);
	for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++)
		codings[i] = coding;
	done.outcome = LT__FETCH_OUTCOME__FETCH_OK;
	done.n_content_encoding = sizeof codings / sizeof codings[0];
	done.content_encoding = codings;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_DONE;
	envelope.fetch_done = &done;
	send_envelope_raw(pair[1], &envelope, -1, 0);
	assert_refused(&ends, "9 times content_encoding");
	channel_free(ends.coordinator);
	close(pair[1]);
}

static void what_a_worker_cuts_to_size_passes(void **state)
{
	struct ends *ends = *state;
	Lt__Machine machine = LT__MACHINE__INIT;
	Lt__FoundMachine found = LT__FOUND_MACHINE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	char dir[LIMIT_PATH_LABEL_BYTES + 8];
	char name[] = "PC-7";

	make_working(ends);
	memset(dir, 'd', sizeof dir);
	memcpy(dir + LIMIT_PATH_LABEL_BYTES - 1, "\xc3\xa9/", 4); /* the cap falls within a character */
	machine.name = name;
	found.machine_dir = dir;
	found.machine = &machine;
	envelope.body_case = LT__ENVELOPE__BODY_MACHINE;
	envelope.machine = &found;
	legal_cut(&envelope.base);
	assert_int_equal(strlen(dir), LIMIT_PATH_LABEL_BYTES - 1);
	assert_string_equal(name, "PC-7");
	assert_int_equal(channel_send(ends->inspector, &envelope, -1), CHANNEL_OK);
}

static void text_that_is_not_utf8_is_refused_also_deep_within(void **state)
{
	struct ends *ends = *state;
	Lt__Machine machine = LT__MACHINE__INIT;
	Lt__FoundMachine found = LT__FOUND_MACHINE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	char dir[] = "PC-7/";
	char latin1[] = "J\xf6rg";

	make_working(ends);
	machine.user = latin1;
	found.machine_dir = dir;
	found.machine = &machine;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_MACHINE;
	envelope.machine = &found;
	send_envelope_raw(ends->raw, &envelope, -1, 0);
	assert_refused(ends, "text user is not UTF-8");
}

static void text_that_is_not_utf8_is_refused_within_a_list(void **state)
{
	struct ends *ends = *state;
	Lt__Envelope *envelope = ready_message();
	char good[] = "seccomp";
	char broken[] = "\xc0\x80";
	char *walls[] = {good, broken};

	envelope->ready->n_walls = 2;
	envelope->ready->walls = walls;
	send_envelope_raw(ends->raw, envelope, -1, 0);
	envelope->ready->n_walls = 0;
	envelope->ready->walls = NULL;
	assert_refused(ends, "text walls is not UTF-8");
}

static void an_enumeration_without_such_a_value_is_refused(void **state)
{
	struct ends *ends = *state;
	char text[] = "line";
	Lt__Envelope *envelope = log_message(text);

	envelope->log_line->level = (Lt__LogLevel)77;
	send_envelope_raw(ends->raw, envelope, -1, 0);
	assert_refused(ends, "level has no value 77");
}

static void an_unknown_field_is_refused(void **state)
{
	struct ends *ends = *state;
	/* version 1, log_line {level 1, text "a", field 15: 1} */
	static const char bytes[] = VERSION "\xd2\x05\x07\x08\x01\x12\x01"
					    "a\x78\x01";

	send_raw(ends->raw, bytes, sizeof bytes - 1, -1, 0);
	assert_refused(ends, "does not know");
}

static void a_nul_within_a_text_is_refused(void **state)
{
	struct ends *ends = *state;
	/* log_line {level 1, text "a\0b"} */
	static const char bytes[] = VERSION "\xd2\x05\x07\x08\x01\x12\x03"
					    "a\0b";

	send_raw(ends->raw, bytes, sizeof bytes - 1, -1, 0);
	assert_refused(ends, "not encoded as ours");
}

static void a_body_given_twice_is_refused(void **state)
{
	struct ends *ends = *state;
	static const char bytes[] = VERSION "\xd2\x05\x05\x08\x01\x12\x01"
					    "a\xd2\x05\x05\x08\x01\x12\x01"
					    "b";

	send_raw(ends->raw, bytes, sizeof bytes - 1, -1, 0);
	assert_refused(ends, "not encoded as ours");
}

static void a_refused_message_does_not_move_the_conversation(void **state)
{
	struct ends *ends = *state;
	int fd = some_descriptor();

	send_envelope_raw(ends->raw, ready_message(), fd, 1);
	close(fd);
	assert_refused(ends, "unexpected descriptor");
	assert_int_equal(channel_state(ends->coordinator), STATE_STARTING);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_message_arrives_as_it_was_sent),
		CASE(a_descriptor_arrives_close_on_exec_and_readable),
		CASE(the_conversation_moves_from_starting_to_ready_to_working_and_back),
		CASE(what_does_not_fit_the_socket_waits_with_its_descriptor_and_keeps_its_order),
		CASE(nothing_to_read_is_not_an_end),
		CASE(a_peer_that_is_gone_is_closed_both_ways_without_a_signal),
		CASE(every_body_of_the_catalogue_stands_once_in_the_legal_table),
		CASE(a_message_of_another_role_is_refused),
		CASE(an_order_to_the_spawner_from_a_worker_is_refused),
		CASE(a_result_before_ready_is_refused),
		CASE(a_result_without_a_job_is_refused),
		CASE(a_second_ready_is_refused),
		CASE(a_descriptor_nobody_is_due_is_refused_and_closed),
		CASE(several_descriptors_are_refused_and_closed),
		CASE(a_job_with_its_only_part_brings_the_descriptor),
		CASE(an_inspector_that_ends_more_jobs_than_it_has_is_refused),
		CASE(a_job_sent_ahead_keeps_both_ends_working_until_it_is_done),
		CASE(a_job_with_its_only_part_and_no_descriptor_is_refused),
		CASE(a_missing_descriptor_is_refused),
		CASE(another_version_is_refused),
		CASE(garbage_is_refused),
		CASE(an_envelope_without_a_body_is_refused),
		CASE(an_empty_packet_with_a_descriptor_is_refused_and_closed),
		CASE(a_packet_over_the_limit_is_refused),
		CASE(a_text_over_its_limit_is_refused),
		CASE(a_url_over_its_own_limit_is_refused_wherever_it_stands),
		CASE(a_claim_too_large_to_hand_on_is_refused),
		CASE(a_list_with_too_many_texts_is_refused),
		CASE(what_a_worker_cuts_to_size_passes),
		CASE(text_that_is_not_utf8_is_refused_also_deep_within),
		CASE(text_that_is_not_utf8_is_refused_within_a_list),
		CASE(an_enumeration_without_such_a_value_is_refused),
		CASE(an_unknown_field_is_refused),
		CASE(a_nul_within_a_text_is_refused),
		CASE(a_body_given_twice_is_refused),
		CASE(a_refused_message_does_not_move_the_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
