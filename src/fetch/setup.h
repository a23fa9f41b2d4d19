/* What fetch and notify do alike while they start. */
#ifndef LEAKTRAWL_FETCH_SETUP_H
#define LEAKTRAWL_FETCH_SETUP_H

#include <stdbool.h>

#include "shared/buf.h"

/* Set-up and command line must say the same of the sandbox; ends the worker where they do not. */
void setup_check_sandbox(bool sandbox);
/* Reads the CA bundle (PEM) and closes fd. On hostile or impossible input ends the worker with the reason. */
void setup_read_ca(int fd, struct buf *ca);

/* "libcurl/7.88.1", "OpenSSL/3.0.19", ended by NULL; static. Only after curl was started. */
const char *const *setup_versions(void);

#endif
