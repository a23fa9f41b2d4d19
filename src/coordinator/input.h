/* Standard input that is a pipe: inspectors read by place, so it is kept first. */
#ifndef LEAKTRAWL_INPUT_H
#define LEAKTRAWL_INPUT_H

#include <stdbool.h>
#include <stdint.h>

/* Copies up to max bytes and one more, if there is one; *size counts on by them. False with errno when reading or writing fails. */
bool input_copy(int from, int to, uint64_t max, uint64_t *size);

#endif
