/*
 * The catalogue of services that many organisations use (data/services.yml): sign-on, mail, VPN, cloud, code.
 * On a machine that is ours, log-ins and session cookies for them are worth telling.
 */
#ifndef LEAKTRAWL_SERVICES_H
#define LEAKTRAWL_SERVICES_H

#include <stddef.h>

#include "shared/slice.h"
#include "shared/yaml.h"

struct services; /* data/services.yml, compiled; read-only */

struct services *services_new(void);
void services_load(struct services *services, struct yaml_file *file);
void services_free(struct services *services);

struct service {
	char *name;
	char *category; /* "sso", "mail", "vpn", "cloud", "code", "chat", "files", "crm", "support", "admin" */
	char **domains; /* suffixes, lower-case A-labels */
	size_t domains_count;
};

/* The service a host or Android package belongs to, NULL when none. Leading dots and case are ignored. */
const struct service *services_find(const struct services *services, struct slice host);
/* All of them, for the sieve of a bundle job. */
const struct service *services_all(const struct services *services, size_t *count);

#endif
