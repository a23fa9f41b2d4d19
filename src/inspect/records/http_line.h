/* A line of a raw request or response. */
#ifndef LEAKTRAWL_HTTP_LINE_H
#define LEAKTRAWL_HTTP_LINE_H

#include <stddef.h>

#include "shared/slice.h"

enum http_kind { HTTP_OTHER, HTTP_BLANK, HTTP_REQUEST, HTTP_STATUS, HTTP_HEADER, HTTP_URL };

struct http_line {
	enum http_kind kind;
	struct slice name, value; /* of a header; value: target of a request, or the URL */
	struct slice text;
	size_t from, to;
};

#endif
