/* Session ids that a site writes into its links: each visit would see other addresses of the same pages. */
#ifndef LEAKTRAWL_CRAWL_SESSION_H
#define LEAKTRAWL_CRAWL_SESSION_H

/*
 * A canonical URL without them, which the caller frees; NULL: it holds none. What counts is a name that is known for it, in
 * the query or behind a semicolon, with a value that can be nothing else; and ASP.NET's part of a path, "(S(...))".
 */
char *session_strip(const char *url);

#endif
