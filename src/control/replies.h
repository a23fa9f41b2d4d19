/*
 * What Tor's control port says, cut into lines (control-spec.txt, "Replies"): answers to commands, and events that come
 * in between. Knows no command and no event.
 */
#ifndef LEAKTRAWL_CONTROL_REPLIES_H
#define LEAKTRAWL_CONTROL_REPLIES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/buf.h"

struct replies {
	/* Set by the caller. Texts are 0-terminated, without line end, valid until the call returns. */
	void (*answer)(unsigned code, bool last, const char *text, void *context); /* a line of an answer */
	void (*data)(const char *text, void *context);                             /* a line of the data block it opened */
	void (*event)(const char *text, void *context);                            /* a whole event, without its 650 */
	void *context;
	/* kept here */
	struct buf line;
	bool overlong; /* the rest of the line is skipped */
	bool in_data;
	bool data_is_event;
};

void replies_init(struct replies *replies);
void replies_free(struct replies *replies);

/* Takes what was read. False: this is not Tor's control protocol. A line longer than its limit is cut. */
bool replies_feed(struct replies *replies, const char *bytes, size_t len);

#endif
