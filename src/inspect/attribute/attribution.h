/* What attribution keeps during one job: keys, what was reported already, the machine. */
#ifndef LEAKTRAWL_ATTRIBUTION_H
#define LEAKTRAWL_ATTRIBUTION_H

#include "inspect/engine.h"
#include "inspect/scan.h"

struct attribution;

struct attribution *attribution_new(const struct engine *engine, const Lt__Job *job);
void attribution_free(struct attribution *attribution); /* wipes the data key */

#endif
