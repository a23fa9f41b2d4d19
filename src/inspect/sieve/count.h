/* Counts a byte in a window at memory speed; the loop is one compilers turn into vector code. */
#ifndef LEAKTRAWL_COUNT_H
#define LEAKTRAWL_COUNT_H

#include <stddef.h>
#include <stdint.h>

uint64_t count_byte(const char *data, size_t len, char byte);

#endif
