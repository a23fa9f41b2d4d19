/*
 * The certificates to trust, read once: every connection shares the one store. libcurl by itself would copy the bundle for each
 * request and read it anew for each connection.
 */
#ifndef LEAKTRAWL_FETCH_TRUST_H
#define LEAKTRAWL_FETCH_TRUST_H

#include <curl/curl.h>

#include "shared/buf.h"

struct trust;

/* Reads PEM; without a certificate in it nobody is trusted. Before the process narrows itself, since OpenSSL looks around the system. */
struct trust *trust_new(const struct buf *pem);
void trust_free(struct trust *trust);

/* Checks the servers of a handle against it and nothing else; trust has to outlive the handle. */
void trust_apply(struct trust *trust, CURL *curl);

#endif
