/* Whether a byte is one of a few: sets as bits that the compiler makes, for what is asked of every byte of a line. */
#ifndef LEAKTRAWL_BYTESET_H
#define LEAKTRAWL_BYTESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Character i of a literal, and its bit in the word of 64 it belongs to. */
#define BYTESET_AT(set, i) ((unsigned char)(set)[(i) < sizeof(set) ? (i) : 0])
#define BYTESET_BIT(set, i, word) \
	((i) < sizeof(set) - 1 && BYTESET_AT(set, i) >> 6 == (word) ? UINT64_C(1) << (BYTESET_AT(set, i) & 63) : 0)
#define BYTESET_FOUR(set, i, word) \
	(BYTESET_BIT(set, i, word) | BYTESET_BIT(set, (i) + 1, word) | BYTESET_BIT(set, (i) + 2, word) | BYTESET_BIT(set, (i) + 3, word))
#define BYTESET_WORD(set, word)                                                                                                   \
	(BYTESET_FOUR(set, 0u, word) | BYTESET_FOUR(set, 4u, word) | BYTESET_FOUR(set, 8u, word) | BYTESET_FOUR(set, 12u, word) | \
		BYTESET_FOUR(set, 16u, word) | BYTESET_FOUR(set, 20u, word))

static inline bool byteset_has(unsigned char byte, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	uint64_t word = byte < 64 ? a : byte < 128 ? b : byte < 192 ? c : d;

	return (word >> (byte & 63) & 1) != 0;
}

/* The same for a set that is no literal; strchr() alone would find the 0 at its end. */
static inline bool one_of_text(char byte, const char *set)
{
	return byte != 0 && strchr(set, byte) != NULL;
}

/* set: a literal of up to 24 characters. Its 0 is none of them; one written out, as in ",\0", is. */
#ifdef __cppcheck__ /* takes minutes over the bits of hundreds of sets */
#define one_of(byte, set) one_of_text(byte, "" set)
#else
#define one_of(byte, set)                                                                                             \
	byteset_has((unsigned char)(byte), BYTESET_WORD("" set, 0), BYTESET_WORD("" set, 1), BYTESET_WORD("" set, 2), \
		BYTESET_WORD("" set, 3) + 0 * sizeof(char[sizeof(set) <= 25 ? 1 : -1]))
#endif

#endif
