#include "inspect/sieve/count.h"

enum { LANES = 32, ROUNDS = 255 };

typedef uint8_t vector __attribute__((vector_size(LANES)));

/* Adds up to 255 rounds in lanes of a byte each before they could overflow. */
static inline __attribute__((always_inline)) uint64_t count_block(const char *data, size_t rounds, char byte)
{
	vector sum = {0};
	vector wanted = {0};
	uint64_t total = 0;

	for (size_t i = 0; i < LANES; i++)
		wanted[i] = (uint8_t)byte;
	for (size_t i = 0; i < rounds; i++) {
		vector piece;

		__builtin_memcpy(&piece, data + i * LANES, LANES);
		sum -= (vector)(piece == wanted); /* all bits set, which is -1, where it is */
	}
	for (size_t i = 0; i < LANES; i++)
		total += sum[i];
	return total;
}

/* It sees every byte of a dump: twice as wide where the processor can. */
__attribute__((target_clones("avx2", "default"))) uint64_t count_byte(const char *data, size_t len, char byte)
{
	uint64_t total = 0;

	while (len >= LANES) {
		size_t rounds = len / LANES < ROUNDS ? len / LANES : ROUNDS;

		total += count_block(data, rounds, byte);
		data += rounds * LANES;
		len -= rounds * LANES;
	}
	for (size_t i = 0; i < len; i++)
		total += data[i] == byte;
	return total;
}
