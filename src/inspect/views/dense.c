#include "inspect/views/dense.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "inspect/views/base64.h"

enum { PROBE = 16, PAIRS = 4, ROUND = 2 * PAIRS * DENSE_STEP };

typedef uint8_t block __attribute__((vector_size(2 * PROBE)));
typedef uint8_t half __attribute__((vector_size(PROBE)));
typedef uint64_t lanes __attribute__((vector_size(2 * PROBE)));

/* Indices that put one behind the other. */
#define BOTH 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31

static bool probe_whole(const char *at)
{
	size_t i = 0;

	while (i < PROBE && base64_byte(at[i]))
		i++;
	return i == PROBE;
}

/* Whether one of the round's probes may be whole. ')' passes for '+': it saves a comparison, and whoever asks looks again. */
static inline __attribute__((always_inline)) bool round_hits(const char *at)
{
	lanes any = {0};

	for (size_t i = 0; i < PAIRS; i++) {
		half one, other;

		memcpy(&one, at + 2 * i * DENSE_STEP, PROBE);
		memcpy(&other, at + (2 * i + 1) * DENSE_STEP, PROBE);
		block bytes = __builtin_shufflevector(one, other, BOTH);

		bytes = (block)((bytes | 0x20) - 'a' < 26) | (block)(bytes - '/' < 11) | (block)((bytes | 6) == '/') |
			(block)((bytes | 0x20) == 0x7f);
		lanes in = (lanes)bytes;

		in &= __builtin_shuffle(in, (lanes){1, 0, 3, 2});
		any |= (lanes)(in == UINT64_MAX);
	}
	return (any[0] | any[2]) != 0;
}

__attribute__((target_clones("avx2", "default"))) size_t dense_next(const char *data, size_t len, size_t at, size_t end)
{
	while (at < end && len - at >= PROBE) {
		if (len - at >= ROUND && !round_hits(data + at)) {
			at += ROUND;
			continue;
		}
		for (size_t i = 0; i < 2 * PAIRS && at < end && len - at >= PROBE; i++, at += DENSE_STEP)
			if (probe_whole(data + at))
				return at;
	}
	return end;
}
