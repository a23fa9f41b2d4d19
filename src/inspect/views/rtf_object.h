/* A document that an RTF document holds as an object: in hex digits, or in bytes as they are. */
#ifndef LEAKTRAWL_RTF_OBJECT_H
#define LEAKTRAWL_RTF_OBJECT_H

#include "inspect/scan.h"
#include "shared/buf.h"

struct rtf_object {
	struct buf bytes;
	int high; /* the digit before, or -1 */
	bool cut;
};

void rtf_object_init(struct rtf_object *object);
void rtf_object_free(struct rtf_object *object);
/* The next character of hex; what is none is passed over. */
void rtf_object_digit(struct rtf_object *object, char digit);
void rtf_object_byte(struct rtf_object *object, char byte);
/* Its end: opens what it holds, which began at offset of the member, and forgets it. */
void rtf_object_end(struct rtf_object *object, struct scan *scan, const struct member *member, uint64_t offset);

#endif
