/* Values of the header fields of mail: parameters (RFC 2045, 2231) and encoded words (RFC 2047). */
#ifndef LEAKTRAWL_MAIL_FIELD_H
#define LEAKTRAWL_MAIL_FIELD_H

#include <stddef.h>

#include "shared/slice.h"

/* The parameter of "text/plain; charset=utf-8; name=\"a b\"" as it stands; SLICE_NONE where there is none. */
struct slice mail_parameter(struct slice value, const char *name);
/* The same as text in UTF-8, decoded and put together from its pieces: name*, name*0*, name*1. out, of cap bytes, ends with 0. */
void mail_parameter_text(struct slice value, const char *name, char *out, size_t cap);

#endif
