/* The libraries that read hostile bytes, for `doctor`: "libhs/5.4.9", "PCRE2/10.42", ... */
#ifndef LEAKTRAWL_VERSIONS_H
#define LEAKTRAWL_VERSIONS_H

/* Ends with NULL; static. */
const char *const *inspect_versions(void);

#endif
