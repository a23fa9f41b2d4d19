/*
 * Manifests of Kubernetes: the values under `data` of a Secret are base64, so that a token and the name it belongs to stand in
 * different dress. The manifest is read once more with the values as they are meant.
 */
#ifndef LEAKTRAWL_MANIFEST_H
#define LEAKTRAWL_MANIFEST_H

#include "inspect/views/views.h"

struct manifests {
	uint64_t done; /* offset in the lane: all up to here was looked at */
};

/* `kind: Secret` stands at `at`, len bytes long, in YAML or JSON. */
void manifest_around(struct manifests *manifests, struct text *text, size_t at, size_t len);

#endif
