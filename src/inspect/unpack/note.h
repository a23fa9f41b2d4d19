/* A text that came with an archive, without what it is wrapped in. */
#ifndef LEAKTRAWL_NOTE_H
#define LEAKTRAWL_NOTE_H

#include "shared/buf.h"
#include "shared/slice.h"

/*
 * Appends the text of a note: of a page without its tags, of JSON its strings, those of one chat message behind one another; anything else
 * as it is. At most as long as text twice over, if the buffer has that much room; what does not fit is left out.
 */
void note_text(struct slice text, struct buf *into);

#endif
