/*
 * One end of a SOCK_SEQPACKET socket between two of our processes. A packet is one Envelope of
 * messages.proto and zero or one descriptor. Everything that arrives is checked: size, version, that the
 * message is legal for this peer in this state (legal.c), that a descriptor came exactly where one is due,
 * lengths of texts. A packet that fails is CHANNEL_BAD: the caller gives up on that peer, never on the run.
 */
#ifndef LEAKTRAWL_CHANNEL_H
#define LEAKTRAWL_CHANNEL_H

#include <stdbool.h>

#include "messages/messages.pb-c.h"

enum { PROTOCOL_VERSION = 4 };

/* Who is at the other end. */
enum peer {
	PEER_COORDINATOR_OF_SPAWNER,
	PEER_COORDINATOR_OF_FETCH,
	PEER_COORDINATOR_OF_INSPECT,
	PEER_COORDINATOR_OF_NOTIFY,
	PEER_COORDINATOR_OF_CONTROL,
	PEER_SPAWNER,
	PEER_FETCH,
	PEER_INSPECT,
	PEER_NOTIFY,
	PEER_CONTROL
};

/*
 * How far the conversation has come. The legal table names the states in which each message may be sent or
 * arrive, and which of them move it on: Ready, a job, the job's end. Channels begin STARTING.
 */
enum peer_state { STATE_STARTING = 1, STATE_READY = 2, STATE_WORKING = 4 };

enum channel_result {
	CHANNEL_OK,
	CHANNEL_AGAIN,  /* nothing to read now, or the send queue is not empty yet */
	CHANNEL_CLOSED, /* the peer is gone */
	CHANNEL_BAD,    /* a message the peer had no right to send; why stands in channel_why */
};

struct channel;

/* Takes ownership of fd. Blocking unless nonblocking is asked for. Writing to a peer that is gone raises no SIGPIPE. */
struct channel *channel_new(int fd, enum peer peer, bool nonblocking);
void channel_free(struct channel *channel); /* closes; drops what was queued; NULL is fine */
int channel_fd(const struct channel *channel);
enum peer_state channel_state(const struct channel *channel);

/*
 * Sends, or queues when nonblocking and the socket is full. fd (or -1) stays the caller's: it is
 * duplicated where it has to wait. version is filled in. Message and fd must fit the catalogue: our own
 * mistake is fatal.
 */
enum channel_result channel_send(struct channel *channel, Lt__Envelope *message, int fd);
bool channel_wants_write(const struct channel *channel);
enum channel_result channel_flush(struct channel *channel);

/*
 * Receives one message. *message is freed by the caller with channel_message_free (which wipes it);
 * *fd is -1 or a descriptor (close-on-exec) the caller owns.
 */
enum channel_result channel_receive(struct channel *channel, Lt__Envelope **message, int *fd);
/* The same without waiting, whatever the channel does. */
enum channel_result channel_receive_now(struct channel *channel, Lt__Envelope **message, int *fd);
void channel_message_free(Lt__Envelope *message);
const char *channel_why(const struct channel *channel);

#endif
