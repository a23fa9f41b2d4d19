/* Maps of character codes: ToUnicode CMaps (ISO 32000-1, 9.10.3) and the code lengths of embedded ones (9.7.5). */
#ifndef LEAKTRAWL_PDF_CMAP_H
#define LEAKTRAWL_PDF_CMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/unpack/source.h"
#include "shared/slice.h"

struct cmap;

/* Reads a CMap to its end; what is more than a font can need is left out. The source stays the caller's. */
struct cmap *cmap_read(struct source *source);
void cmap_free(struct cmap *cmap); /* NULL is fine */
/* It has more entries than are kept. */
bool cmap_is_cut(const struct cmap *cmap);
/* Whether it maps any code to text. */
bool cmap_has_text(const struct cmap *cmap);
/* The bytes of the code that codes begins with: 1 to 4, at most what there is. fallback where no code space fits. */
size_t cmap_code_length(const struct cmap *cmap, struct slice codes, size_t fallback);
/* What a code stands for, in UTF-8, into out (room for CMAP_TEXT_BYTES): its length, 0 where nothing is known. */
size_t cmap_text(const struct cmap *cmap, uint32_t code, char *out);

enum { CMAP_TEXT_BYTES = 64 };

#endif
