#include "messages/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "limits/limits.h"
#include "messages/legal.h"
#include "shared/log.h"
#include "shared/mem.h"

enum { WHY_BYTES = 256 };

/* A packet that waits for room in the socket. */
struct packet {
	STAILQ_ENTRY(packet) next;
	int fd; /* -1 or ours */
	size_t len;
	uint8_t data[];
};

struct channel {
	int fd;
	enum peer peer;
	enum peer_state state;
	unsigned jobs; /* under way: those of one part may be sent ahead */
	bool nonblocking;
	STAILQ_HEAD(, packet) outgoing;
	char why[WHY_BYTES];
	uint8_t incoming[LIMIT_MESSAGE_BYTES];
};

/* ---- memory of messages: it may hold secrets, so it is wiped when it goes -------------------------- */

struct sized {
	size_t size;
	max_align_t data[];
};

static void *sized_alloc(void *context, size_t size)
{
	struct sized *block = xmalloc(sizeof *block + size);

	(void)context;
	block->size = size;
	return block->data;
}

static void sized_free(void *context, void *data)
{
	struct sized *block;

	(void)context;
	if (data == NULL)
		return;
	block = (struct sized *)((uint8_t *)data - offsetof(struct sized, data));
	mem_wipe(block, sizeof *block + block->size);
	free(block);
}

static ProtobufCAllocator wiping = {.alloc = sized_alloc, .free = sized_free};

void channel_message_free(Lt__Envelope *message)
{
	if (message != NULL)
		lt__envelope__free_unpacked(message, &wiping);
}

/* ---- a channel ------------------------------------------------------------------------------------- */

struct channel *channel_new(int fd, enum peer peer, bool nonblocking)
{
	struct channel *channel = xcalloc(1, sizeof *channel);

	channel->fd = fd;
	channel->peer = peer;
	channel->state = STATE_STARTING;
	channel->nonblocking = nonblocking;
	STAILQ_INIT(&channel->outgoing);
	return channel;
}

static void packet_free(struct packet *packet)
{
	if (packet->fd != -1)
		close(packet->fd);
	mem_wipe(packet->data, packet->len);
	free(packet);
}

static struct packet *packet_pop(struct channel *channel)
{
	struct packet *packet = STAILQ_FIRST(&channel->outgoing);

	STAILQ_REMOVE_HEAD(&channel->outgoing, next);
	return packet;
}

void channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	while (!STAILQ_EMPTY(&channel->outgoing))
		packet_free(packet_pop(channel));
	close(channel->fd);
	mem_wipe(channel->incoming, sizeof channel->incoming);
	free(channel);
}

int channel_fd(const struct channel *channel)
{
	return channel->fd;
}

enum peer_state channel_state(const struct channel *channel)
{
	return channel->state;
}

const char *channel_why(const struct channel *channel)
{
	return channel->why;
}

/* The end of a job leads back to ready when no other was sent ahead. */
static void move_on(struct channel *channel, const struct legal_row *row)
{
	if (row->next == STATE_WORKING)
		channel->jobs++;
	if (row->body == LT__ENVELOPE__BODY_JOB_DONE && --channel->jobs > 0)
		return;
	if (row->next != 0)
		channel->state = (enum peer_state)row->next;
}

/* ---- sending --------------------------------------------------------------------------------------- */

static enum channel_result transmit(struct channel *channel, const struct packet *packet)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec data = {.iov_base = (void *)(uintptr_t)packet->data, .iov_len = packet->len};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	if (packet->fd != -1) {
		message.msg_control = control.space;
		message.msg_controllen = sizeof control.space;
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &packet->fd, sizeof(int));
	}
	while (sendmsg(channel->fd, &message, MSG_NOSIGNAL | (channel->nonblocking ? MSG_DONTWAIT : 0)) == -1) {
		if (errno == EINTR)
			continue;
		/* ETOOMANYREFS: too many descriptors of this user are on their way; it passes as they arrive. */
		if (channel->nonblocking && (errno == EAGAIN || errno == ETOOMANYREFS || errno == ENOBUFS))
			return CHANNEL_AGAIN;
		if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
			return CHANNEL_CLOSED;
		log_fatal_errno("cannot send a message of %zu bytes", packet->len);
	}
	return CHANNEL_OK;
}

/* Checks what we are about to say against the same table the receiver uses, and encodes it. */
static struct packet *encode(struct channel *channel, Lt__Envelope *message, int fd)
{
	char why[WHY_BYTES];
	const struct legal_row *row;
	struct packet *packet;
	size_t len;

	message->version = PROTOCOL_VERSION;
	row = legal_check(message->body_case, peer_opposite(channel->peer), channel->state, fd != -1, why, sizeof why);
	if (row == NULL || !legal_content(&message->base, why, sizeof why))
		log_fatal("would send a bad message (%s): %s", legal_name(message->body_case), why);
	len = lt__envelope__get_packed_size(message);
	if (len > legal_size(message->body_case))
		log_fatal("would send %s of %zu bytes, over its limit", legal_name(message->body_case), len);
	packet = xmalloc(sizeof *packet + len);
	packet->fd = fd;
	packet->len = lt__envelope__pack(message, packet->data);
	move_on(channel, row);
	return packet;
}

enum channel_result channel_send(struct channel *channel, Lt__Envelope *message, int fd)
{
	struct packet *packet = encode(channel, message, fd);
	enum channel_result result = CHANNEL_AGAIN;

	if (STAILQ_EMPTY(&channel->outgoing))
		result = transmit(channel, packet);
	if (result == CHANNEL_AGAIN) {
		packet->fd = fd != -1 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
		if (fd != -1 && packet->fd == -1)
			log_fatal_errno("cannot keep a descriptor to send");
		STAILQ_INSERT_TAIL(&channel->outgoing, packet, next);
		return CHANNEL_AGAIN;
	}
	packet->fd = -1; /* the caller's */
	packet_free(packet);
	return result;
}

bool channel_wants_write(const struct channel *channel)
{
	return !STAILQ_EMPTY(&channel->outgoing);
}

enum channel_result channel_flush(struct channel *channel)
{
	while (!STAILQ_EMPTY(&channel->outgoing)) {
		enum channel_result result = transmit(channel, STAILQ_FIRST(&channel->outgoing));

		if (result != CHANNEL_OK)
			return result;
		packet_free(packet_pop(channel));
	}
	return CHANNEL_OK;
}

/* ---- receiving ------------------------------------------------------------------------------------- */

/* Takes every descriptor that came: the first into *fd, the others closed. Returns how many there were. */
static size_t take_descriptors(struct msghdr *message, int *fd)
{
	size_t count = 0;

	*fd = -1;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= part->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
			int one;

			memcpy(&one, CMSG_DATA(part) + at, sizeof one);
			if (count++ == 0)
				*fd = one;
			else
				close(one);
		}
	}
	return count;
}

static bool bad(struct channel *channel, const char *why)
{
	snprintf(channel->why, sizeof channel->why, "%s", why);
	return false;
}

static bool check(struct channel *channel, Lt__Envelope *message, size_t len, bool fd)
{
	const struct legal_row *row;

	if (message == NULL)
		return bad(channel, "bytes that are no message of the catalogue");
	if (message->version != PROTOCOL_VERSION) {
		snprintf(channel->why, sizeof channel->why, "protocol version %u instead of %d", message->version, PROTOCOL_VERSION);
		return false;
	}
	row = legal_check(message->body_case, channel->peer, channel->state, fd, channel->why, sizeof channel->why);
	if (row == NULL || !legal_content(&message->base, channel->why, sizeof channel->why))
		return false;
	if (len > legal_size(message->body_case)) {
		snprintf(channel->why, sizeof channel->why, "%s of %zu bytes, over its limit", legal_name(message->body_case), len);
		return false;
	}
	/* Our encoder writes each message in one way only: NUL within texts, fields given twice and padded numbers all show here. */
	if (lt__envelope__get_packed_size(message) != len)
		return bad(channel, "a message not encoded as ours are");
	move_on(channel, row);
	return true;
}

static enum channel_result receive(struct channel *channel, Lt__Envelope **message, int *fd, int flags)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {.iov_base = channel->incoming, .iov_len = sizeof channel->incoming};
	struct msghdr packet = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
	bool good;
	ssize_t len;
	size_t descriptors;

	*message = NULL;
	*fd = -1;
	do
		len = recvmsg(channel->fd, &packet, MSG_CMSG_CLOEXEC | flags);
	while (len == -1 && errno == EINTR);
	if (len == -1)
		return errno == EAGAIN ? CHANNEL_AGAIN : CHANNEL_CLOSED;
	descriptors = take_descriptors(&packet, fd);
	if (len == 0 && descriptors == 0)
		return CHANNEL_CLOSED;
	if ((packet.msg_flags & MSG_TRUNC) != 0)
		good = bad(channel, "a message over the size limit");
	else if ((packet.msg_flags & MSG_CTRUNC) != 0 || descriptors > 1)
		good = bad(channel, "more descriptors than one, or none left for one");
	else {
		*message = lt__envelope__unpack(&wiping, (size_t)len, channel->incoming);
		good = check(channel, *message, (size_t)len, *fd != -1);
	}
	mem_wipe(channel->incoming, (size_t)len);
	if (good)
		return CHANNEL_OK;
	channel_message_free(*message);
	*message = NULL;
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return CHANNEL_BAD;
}

enum channel_result channel_receive(struct channel *channel, Lt__Envelope **message, int *fd)
{
	return receive(channel, message, fd, channel->nonblocking ? MSG_DONTWAIT : 0);
}

enum channel_result channel_receive_now(struct channel *channel, Lt__Envelope **message, int *fd)
{
	return receive(channel, message, fd, MSG_DONTWAIT);
}
