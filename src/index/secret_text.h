/* A revealed secret as JSON has it. */
#ifndef LEAKTRAWL_SECRET_TEXT_H
#define LEAKTRAWL_SECRET_TEXT_H

#include <jansson.h>
#include <stddef.h>

/*
 * Sets "value" of object to the secret. What is no UTF-8 is given as it reads in Windows-1252, as far as it does, and exactly in
 * "value_b64" beside it: stealers and old lists write the bytes of a code page, and only who knows the victim knows which.
 */
void secret_text_set(json_t *object, const void *bytes, size_t len);

#endif
