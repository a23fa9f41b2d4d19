/*
 * One question to one inspector, outside a run: rules check and test, sources check, doctor's self-test. Needs no
 * index and no keys; the inspector works under a key of its own.
 */
#ifndef LEAKTRAWL_ASK_H
#define LEAKTRAWL_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "coordinator/command.h"
#include "messages/messages.pb-c.h"

struct ask_part {
	const char *label;
	int fd; /* stays the caller's */
	uint64_t size;
};

struct ask {
	Lt__Job *job; /* id and parts are filled in */
	const struct ask_part *parts;
	size_t parts_count;
	/* Any of these may be NULL; each is called with context. */
	void (*ready)(const Lt__Ready *ready, void *context);
	void (*report)(const Lt__RuleReport *report, void *context);
	void (*other)(const Lt__Envelope *message, void *context); /* findings, links, verdicts */
	void *context;
};

enum ask_result {
	ASK_DONE,   /* JobDone said ok */
	ASK_FAILED, /* JobDone said no, or the inspector would not start: said on standard error */
	ASK_DIED,   /* the inspector ended in the middle: *why tells how (owned by the caller) */
};

/* Starts spawner and inspector, asks, waits, ends them. why may be NULL. */
enum ask_result ask_inspector(struct command_context *context, const struct ask *ask, char **why);

#endif
