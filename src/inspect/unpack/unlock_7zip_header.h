/* Headers of 7z archives (7zFormat.txt of the LZMA SDK), as far as their ciphers need it. Any byte string is fine. */
#ifndef LEAKTRAWL_UNLOCK_7ZIP_HEADER_H
#define LEAKTRAWL_UNLOCK_7ZIP_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/slice.h"

/* A header that is packed itself; slices point into the header that says so. */
struct sevenzip_packed {
	uint64_t from, packed_size; /* in the archive */
	bool is_shut;               /* by this cipher, which gives so many bytes */
	struct slice cipher_properties;
	uint64_t plain_size;
	bool is_stored, is_lzma2; /* neither: LZMA */
	struct slice properties;
	uint64_t size; /* unpacked */
	bool has_crc;
	uint32_t crc;
};

bool sevenzip_is_packed(struct slice header);
/* False where it is malformed or packed in another way. */
bool sevenzip_packed_header(struct slice header, struct sevenzip_packed *packed);

/* A packed stream of the archive, and the properties of the cipher it is under: SLICE_NONE for none. */
struct sevenzip_stream {
	uint64_t from, size, plain_size;
	struct slice cipher_properties;
};

/*
 * Appends the header to out with the ciphers left out of its coders and packed streams as long as what the ciphers give. on_stream is
 * told of each in the order they stand in. False when that returned false, or the header is malformed or too unusual.
 */
bool sevenzip_without_ciphers(
	struct slice header, struct buf *out, bool (*on_stream)(void *context, const struct sevenzip_stream *stream), void *context);

#endif
