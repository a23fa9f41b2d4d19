/* The compressed RTF of Outlook messages. */
#ifndef LEAKTRAWL_LZFU_H
#define LEAKTRAWL_LZFU_H

#include <stdbool.h>

#include "shared/buf.h"
#include "shared/slice.h"

/* Appends the text, up to the buffer's maximum. False where it is damaged, ends early, or is none; what comes before that is there. */
bool lzfu_read(struct slice data, struct buf *out);

#endif
