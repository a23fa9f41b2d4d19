/* Alerts on their way from the outbox to the hooks: exec hooks by the spawner, webhooks by leaktrawl-notify. */
#ifndef LEAKTRAWL_DELIVERY_H
#define LEAKTRAWL_DELIVERY_H

#include <stdbool.h>

#include "coordinator/run.h"

struct delivery *delivery_new(struct run *run);
void delivery_free(struct delivery *delivery); /* NULL is fine */

/* Takes what is due and hands it out; a few at a time. Alerts wait while a bundle of the same run is to be read. */
void delivery_work(struct delivery *delivery);

/* At the end of a run: delivers what is due now and waits for the answers. What fails stays owed for the next run. */
void delivery_drain(struct delivery *delivery);

/* Owes every hook a notice that something needs a person. key tells notices of one run apart. */
void delivery_operator_notice(struct run *run, const char *what, const char *key, const char *text);

#endif
