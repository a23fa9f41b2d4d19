/*
 * What may cross a process border: the table of messages (who may send each, in which state of the
 * conversation, with a descriptor or without, and the state it leads to) and the checks that hold for
 * the content of every message. Used by channel.c for both directions: a breach by the peer is its end,
 * a breach of our own is a bug.
 */
#ifndef LEAKTRAWL_LEGAL_H
#define LEAKTRAWL_LEGAL_H

#include <stdbool.h>
#include <stddef.h>

#include "messages/channel.h"

struct legal_row {
	Lt__Envelope__BodyCase body;
	unsigned senders; /* bits 1 << enum peer */
	unsigned states;  /* of enum peer_state */
	bool fd;          /* exactly one descriptor is due; else none */
	unsigned next;    /* state it leads to; 0: none other */
};

extern const struct legal_row legal_table[];
extern const size_t legal_table_rows;

/* The other end of a conversation with peer. */
enum peer peer_opposite(enum peer peer);
/* "Job"-like name of a body as the catalogue spells it ("start_worker"); "nothing" for none. */
const char *legal_name(Lt__Envelope__BodyCase body);

/*
 * May sender send this body now, with or without a descriptor? Returns its row; or NULL and writes why
 * (cap bytes).
 */
const struct legal_row *legal_check(Lt__Envelope__BodyCase body, enum peer sender, enum peer_state state, bool fd, char *why, size_t cap);

/*
 * Bytes an encoded envelope with this body may have: LIMIT_MESSAGE_BYTES, and less for claims of a worker that are
 * handed on in a message to another.
 */
size_t legal_size(Lt__Envelope__BodyCase body);

/*
 * Walks a message of any type with those inside it: texts are valid UTF-8 and no longer than their
 * cap, lists no longer than theirs, byte strings no longer than LIMIT_BYTES_FIELD_BYTES, enumerations hold known values, and nothing
 * unknown came along. Returns false and writes why.
 */
bool legal_content(const ProtobufCMessage *message, char *why, size_t cap);

/*
 * Cuts, in place, texts over their cap behind the last character that fits. For workers, whose texts come out of
 * hostile data: a name of 20 KiB must not cost the finding beside it.
 */
void legal_cut(ProtobufCMessage *message);

#endif
