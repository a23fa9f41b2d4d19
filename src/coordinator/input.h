/* Standard input that is a pipe, and what is kept of it. */
#ifndef LEAKTRAWL_INPUT_H
#define LEAKTRAWL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All of it. False with errno. */
bool input_write(int to, const char *data, size_t len);
/* Copies up to max bytes and one more, if there is one; *size counts on by them. False with errno when reading or writing fails. */
bool input_copy(int from, int to, uint64_t max, uint64_t *size);

#endif
