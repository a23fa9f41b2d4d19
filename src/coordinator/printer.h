/*
 * Findings of a scan without an index: each once, at first sight, in the format asked for. Those that stand
 * in a machine's folder are held until its bundle has told what is known of the machine.
 */
#ifndef LEAKTRAWL_PRINTER_H
#define LEAKTRAWL_PRINTER_H

#include <stdbool.h>

#include "coordinator/output.h"
#include "index/findings.h"
#include "index/severity.h"
#include "messages/messages.pb-c.h"

struct printer;

struct printer *printer_new(enum output_format format, const struct roster *roster);

/* Takes a finding; true if it was not seen before. bundle: it comes from the second pass and replaces what is held. */
bool printer_finding(struct printer *printer, const Lt__FoundFinding *found, const struct evidence *evidence, bool bundle);
/* Prints what is held. */
void printer_release(struct printer *printer);
/* Prints what is left and the frame of the format. Frees. NULL is fine. */
void printer_finish(struct printer *printer);

#endif
