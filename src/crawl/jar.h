/*
 * The cookies an operator's log-in at a source left: imported from a Netscape or JSON export, refreshed from what
 * the site sets, sealed on disk beside the index under a key made from the fingerprint key. Nothing is
 * ever logged in by itself.
 */
#ifndef LEAKTRAWL_JAR_H
#define LEAKTRAWL_JAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

enum { JAR_KEY_BYTES = 32 };

struct jar;

/* The key jars are sealed under. False, having said why, where the configuration's fingerprint key cannot be read. */
bool jar_key(const struct config *config, uint8_t key[JAR_KEY_BYTES]);

/* Whether one was kept, so that nobody asks for a key in vain. */
bool jar_kept(const struct config *config, const char *source);

/* A source's jar; empty where none was kept. NULL, having said why, where the file is damaged or sealed under another key. */
struct jar *jar_open(const struct config *config, const char *source, const uint8_t key[JAR_KEY_BYTES]);
void jar_free(struct jar *jar); /* wipes; NULL is fine */

/* Netscape lines; owned by the jar. */
char *const *jar_lines(const struct jar *jar, size_t *count);

/* Puts the cookies in: those of the same domain, path and name are replaced. Lines that are no cookies are left out. */
void jar_merge(struct jar *jar, char *const *lines, size_t count);
/*
 * Reads an export: Netscape lines, or the JSON of a browser extension. onion: secure cookies are sent over plain http too, as the
 * onion circuit is what protects them. Returns how many cookies, or -1 having said why it is no export.
 */
int jar_import(struct jar *jar, const char *text, size_t len, bool onion);

/* Writes it back where it changed. False, having said why. */
bool jar_save(struct jar *jar);
/* Removes the file. */
bool jar_forget(struct jar *jar);

#endif
