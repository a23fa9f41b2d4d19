/* How long an answer may take. */
#ifndef LEAKTRAWL_PATIENCE_H
#define LEAKTRAWL_PATIENCE_H

#include <stdbool.h>

#include "config/config.h"
#include "messages/messages.pb-c.h"

/* The limits' times, those of onion services where it is one. */
void patience_fill(Lt__FetchRequest *fetch, const struct limits *limits, bool onion);

#endif
