/* What a person sees of a run on standard error: a bar with rate and time left on a terminal, a summary at its end. */
#ifndef LEAKTRAWL_PROGRESS_H
#define LEAKTRAWL_PROGRESS_H

#include "coordinator/run.h"

/* From now on lines of the log clear the bar before them. */
void progress_start(void);
/* Draws the bar anew, a few times a second; nothing unless standard error is a terminal. */
void progress_show(const struct run *run);
/* Takes the bar away, if there is one: before anything else is written to the terminal. */
void progress_clear(void);
/* One or two lines: documents, bytes, rate, findings, what was not inspected. Not under --quiet. */
void progress_summary(const struct run *run);

#endif
