#include "shared/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limits/limits.h"
#include "shared/escape.h"

static const char *process_name = "leaktrawl";
static enum log_level highest = LEVEL_INFO;
static void (*line_sink)(enum log_level level, const char *text, void *context);
static void *line_context;
static void (*clear_screen)(void);

void log_start(const char *name, enum log_level level)
{
	process_name = name;
	highest = level;
}

void log_level_set(enum log_level level)
{
	highest = level;
}

void log_redirect(void (*sink)(enum log_level level, const char *text, void *context), void *context)
{
	line_sink = sink;
	line_context = context;
}

void log_before_line(void (*clear)(void))
{
	clear_screen = clear;
}

static const char *level_prefix(enum log_level level)
{
	switch (level) {
	case LEVEL_ERROR:
		return "error: ";
	case LEVEL_WARNING:
		return "warning: ";
	case LEVEL_INFO:
	case LEVEL_DEBUG:
		break;
	}
	return "";
}

/* journald tells in $JOURNAL_STREAM which stream it reads; it takes a line's priority in front of it. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char here[64];
	struct stat status;

	if (stream == NULL || fstat(STDERR_FILENO, &status) == -1)
		return false;
	(void)snprintf(here, sizeof here, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	return strcmp(stream, here) == 0;
}

static const char *priority(enum log_level level)
{
	static const char *const priorities[] = {
		[LEVEL_ERROR] = "<3>", [LEVEL_WARNING] = "<4>", [LEVEL_INFO] = "<6>", [LEVEL_DEBUG] = "<7>"};
	static enum { UNKNOWN, YES, NO } journal;

	if (journal == UNKNOWN)
		journal = is_journal() ? YES : NO;
	return journal == YES ? priorities[level] : "";
}

static void to_stderr(enum log_level level, const char *text)
{
	char escaped[LIMIT_LOG_LINE_BYTES * 2];

	if (clear_screen != NULL)
		clear_screen();
	fprintf(stderr, "%s%s: %s%s\n", priority(level), process_name, level_prefix(level),
		escape_text(escaped, sizeof escaped, text, strlen(text)));
}

static void log_va(enum log_level level, const char *format, va_list arguments)
{
	char text[LIMIT_LOG_LINE_BYTES];

	(void)vsnprintf(text, sizeof text, format, arguments);
	if (line_sink != NULL)
		line_sink(level, text, line_context);
	else
		to_stderr(level, text);
}

void log_at(enum log_level level, const char *format, ...)
{
	va_list arguments;
	int kept = errno;

	if (level > highest)
		return;
	va_start(arguments, format);
	log_va(level, format, arguments);
	va_end(arguments);
	errno = kept;
}

void log_fatal(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_va(LEVEL_ERROR, format, arguments);
	va_end(arguments);
	exit(EXIT_FAILURE);
}

void log_fatal_errno(const char *format, ...)
{
	char text[LIMIT_LOG_LINE_BYTES];
	va_list arguments;
	int cause = errno;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	log_fatal("%s: %s", text, strerror(cause));
}
