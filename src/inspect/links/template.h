/*
 * Templates of URLs and form fields: text with {name}, whose value is percent-encoded, and {+name}, whose value stands as
 * it is (RFC 6570, levels 1 and 2).
 */
#ifndef LEAKTRAWL_TEMPLATE_H
#define LEAKTRAWL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/buf.h"
#include "shared/slice.h"

struct template;

enum { TEMPLATE_ERROR_BYTES = 120 };

struct template *template_new(struct slice text, char error[TEMPLATE_ERROR_BYTES]);
void template_free(struct template *template); /* NULL is fine */

/* The names it uses: template_name(t, 0), ... until NULL. */
const char *template_name(const struct template *template, size_t i);

/* Value of a name; absent (data NULL) where there is none. */
typedef struct slice template_value(void *context, const char *name);
/* Appends to out. False where a value is absent or out is full. */
bool template_fill(const struct template *template, template_value *value, void *context, struct buf *out);

/* Appends percent-encoded: all but the unreserved characters of RFC 3986. */
bool percent_encode(struct slice text, struct buf *out);

#endif
