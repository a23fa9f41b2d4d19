/*
 * What a process says on standard error. One line a call; control characters in arguments are escaped
 * after formatting, so untrusted text is safe here. A worker's lines go to the coordinator instead
 * (log_redirect), which escapes them again. Where standard error goes to the journal, each line begins with its
 * priority (sd-daemon(3)).
 */
#ifndef LEAKTRAWL_LOG_H
#define LEAKTRAWL_LOG_H

#include <stdbool.h>

enum log_level { LEVEL_ERROR = 1, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

/* name stands before each line: "leaktrawl", "leaktrawl-inspect". Lines above level are dropped. */
void log_start(const char *name, enum log_level level);
void log_level_set(enum log_level level);

/* Takes lines instead of standard error; text is unescaped. NULL goes back to standard error. */
void log_redirect(void (*sink)(enum log_level level, const char *text, void *context), void *context);

/* Called before each line that goes to standard error: whoever draws there clears it. NULL: nobody. */
void log_before_line(void (*clear)(void));

void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_at(LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_at(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LEVEL_DEBUG, __VA_ARGS__)

/* Our own bug or no memory: says why on standard error and exits 1. Never for hostile data. */
_Noreturn void log_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void log_fatal_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
