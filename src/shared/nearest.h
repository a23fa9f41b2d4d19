/* The word somebody probably meant: for error messages that suggest it. */
#ifndef LEAKTRAWL_NEAREST_H
#define LEAKTRAWL_NEAREST_H

struct nearest {
	const char *word;
	const char *best; /* NULL while nothing offered is near enough to be a slip */
	unsigned distance;
};

/* word and every candidate stay the caller's and must outlive the struct. */
void nearest_start(struct nearest *nearest, const char *word);
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
