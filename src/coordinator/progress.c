#include "coordinator/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/reading.h"
#include "coordinator/table.h"
#include "shared/log.h"

enum { REDRAW_MS = 200, BAR_CELLS_MAX = 24, BAR_CELLS_MIN = 4, BAR_FRAME = 4 };

static int64_t last_drawn_ms;
static bool drawn; /* it stands on the terminal now */

static bool wanted(const struct run *run)
{
	return !run->options.quiet && isatty(STDERR_FILENO);
}

/* 1536 -> "1.5 KiB". */
static const char *human_bytes(uint64_t bytes, char *text, size_t size)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(text, size, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
	return text;
}

static void print_bar(double part, size_t cells)
{
	char bar[BAR_CELLS_MAX + 1];

	for (size_t i = 0; i < cells; i++)
		bar[i] = i < (size_t)(part * (double)cells) ? '#' : '.';
	bar[cells] = '\0';
	fprintf(stderr, "\r[%s] ", bar);
}

/* The bar takes what the line leaves it; a line that wrapped could not be cleared. */
static void draw(const struct run *run, int64_t now)
{
	struct reading_progress progress = reading_progress(run->reading);
	double part = progress.bytes_known > 0 ? (double)progress.bytes_done / (double)progress.bytes_known : 0;
	double seconds = (double)(now - run->started_ms) / 1000;
	uint64_t rate = seconds > 0 ? (uint64_t)((double)run->counters.bytes / seconds) : 0;
	size_t width = stream_width(stderr), len;
	char done[32], speed[32], left[32] = "", text[200];

	if (part > 0.02 && part < 1)
		(void)snprintf(left, sizeof left, ", %.0f s left", seconds * (1 - part) / part);
	(void)snprintf(text, sizeof text, "%s, %s/s, %" PRIu64 " documents, %" PRIu64 " findings%s",
		human_bytes(run->counters.bytes, done, sizeof done), human_bytes(rate, speed, sizeof speed), progress.documents_done,
		progress.findings, left);
	len = strlen(text);
	if (width > len + BAR_FRAME + BAR_CELLS_MIN)
		print_bar(part, width - len - BAR_FRAME < BAR_CELLS_MAX ? width - len - BAR_FRAME : BAR_CELLS_MAX);
	else
		fputc('\r', stderr);
	fprintf(stderr, "%.*s\033[K", (int)(width - 1 < len ? width - 1 : len), text);
	fflush(stderr);
	drawn = true;
}

void progress_show(const struct run *run)
{
	int64_t now = run_now_ms();

	if (now - last_drawn_ms < REDRAW_MS)
		return;
	last_drawn_ms = now;
	if (wanted(run))
		draw(run, now);
}

void progress_clear(void)
{
	if (drawn)
		fputs("\r\033[K", stderr);
	drawn = false;
}

void progress_start(void)
{
	log_before_line(progress_clear);
}

void progress_summary(const struct run *run)
{
	struct reading_progress progress = reading_progress(run->reading);
	double seconds = (double)(run_now_ms() - run->started_ms) / 1000;
	char bytes[32];

	if (run->options.quiet)
		return;
	fprintf(stderr, "%s: %" PRIu64 " documents, %s in %.1f s", run->options.kind == RUN_SCAN ? "scan" : "crawl",
		run->counters.documents, human_bytes(run->counters.bytes, bytes, sizeof bytes), seconds);
	if (progress.documents_skipped > 0)
		fprintf(stderr, "; %" PRIu64 " read before and skipped", progress.documents_skipped);
	fprintf(stderr, "\nfindings: %" PRIu64 " new, %" PRIu64 " seen before", run->counters.findings_new, run->counters.findings_seen);
	if (run->index != NULL)
		fprintf(stderr, "; %" PRIu64 " alerts owed", run->counters.alerts);
	fputc('\n', stderr);
	if (run->counters.not_inspected > 0)
		fprintf(stderr, "coverage: %" PRIu64 " places were not inspected%s\n", run->counters.not_inspected,
			run->index != NULL ? "; see `leaktrawl runs`" : "");
}
