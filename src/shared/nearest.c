#include "shared/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { LONGEST_WORD = 64 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Edits that turn a into b: insert, remove, replace, swap two neighbours (optimal string alignment). */
static unsigned edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][LONGEST_WORD + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *freed = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(least(row[j - 1], last[j]) + 1, last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = freed;
	}
	return last[b_len];
}

void nearest_start(struct nearest *nearest, const char *word)
{
	*nearest = (struct nearest){.word = word, .distance = (unsigned)strlen(word) / 3 + 2};
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t word_len = strlen(nearest->word);
	size_t candidate_len = strlen(candidate);
	unsigned distance;

	if (word_len > LONGEST_WORD || candidate_len > LONGEST_WORD)
		return;
	distance = edits(nearest->word, word_len, candidate, candidate_len);
	if (distance < nearest->distance && distance < candidate_len) {
		nearest->distance = distance;
		nearest->best = candidate;
	}
}
