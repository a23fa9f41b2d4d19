/* The cookie catalogue of data/cookies.yml: what a cookie opens, by domain suffix, name and shape of its value. */
#ifndef LEAKTRAWL_COOKIES_H
#define LEAKTRAWL_COOKIES_H

#include <stdbool.h>

#include "shared/slice.h"
#include "shared/yaml.h"

struct engine;
struct cookies;

enum cookie_verdict {
	COOKIE_NO_SESSION, /* tracking, consent, CSRF, load balancer, preferences: no finding */
	COOKIE_UNKNOWN,    /* not in the catalogue and without the look of a session */
	COOKIE_SESSION,    /* opens a session */
};

struct cookie_entry {
	enum cookie_verdict verdict;
	const char *grants; /* "Microsoft Entra ID sign-on"; NULL when only the look is known; lives as long as the engine */
	bool sso;           /* opens a sign-on for more than one service */
	bool by_look;       /* session by its name's look only: lower confidence */
};

struct cookies *cookies_new(void);
void cookies_load(struct cookies *cookies, struct yaml_file *file);
void cookies_free(struct cookies *cookies);

/* domain: lower-case A-label host without leading dot; name and value as in the leak. */
/* Dots around the domain do not matter. */
struct cookie_entry cookie_lookup(const struct engine *engine, struct slice domain, struct slice name, struct slice value);
/* The same over the catalogue itself. */
struct cookie_entry cookies_judge(const struct cookies *cookies, struct slice domain, struct slice name, struct slice value);

/* What a value that is a JWT says of itself (RFC 7519). account and issuer are 0-terminated, "" when absent. */
struct jwt_claims {
	char account[321];
	char issuer[256];
	int64_t expires_ms; /* 0: absent */
};
bool jwt_read(struct slice value, struct jwt_claims *claims);

#endif
