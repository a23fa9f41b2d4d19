/* leaktrawl-inspect: decides about content. No network, no files, no children. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspect/job.h"
#include "inspect/setup.h"
#include "inspect/versions.h"
#include "limits/limits.h"
#include "shared/mem.h"
#include "shared/worker.h"

static void take_part(const Lt__Job *job, const Lt__JobPart *part, uint32_t number, struct unpack_part *into)
{
	if (part->job != job->id || part->part != number)
		worker_refuse("job %llu: part %u of job %llu came out of order", (unsigned long long)job->id, part->part,
			(unsigned long long)part->job);
	into->part = part->part;
	into->path = part->path;
	into->outer = part->has_outer && part->outer <= strlen(part->path) ? part->outer : 0;
	into->named = part->has_named && part->named;
	into->base = part->has_begins ? part->begins : 0;
	into->note = part->has_note && part->note;
	into->continues = part->has_continues && part->continues;
}

static void run_parts(const struct engine *engine, const Lt__Job *job, const struct unpack_part *parts)
{
	Lt__JobDone done = LT__JOB_DONE__INIT;
	Lt__Envelope answer = LT__ENVELOPE__INIT;

	job_run(engine, job, parts, job->parts, &done);
	for (uint32_t i = 0; i < job->parts; i++)
		close(parts[i].fd);
	answer.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	answer.job_done = &done;
	worker_send(&answer, -1);
}

/* The descriptors follow the job, in order. */
static void run(const struct engine *engine, const Lt__Job *job)
{
	if (job->parts > LIMIT_BUNDLE_PARTS)
		worker_refuse("job %llu has %u parts; %d are the most", (unsigned long long)job->id, job->parts, LIMIT_BUNDLE_PARTS);
	struct unpack_part *parts = xcalloc(job->parts, sizeof *parts);
	Lt__Envelope **messages = xcalloc(job->parts, sizeof(Lt__Envelope *));

	for (uint32_t i = 0; i < job->parts; i++) {
		messages[i] = worker_receive(&parts[i].fd);
		if (messages[i]->body_case != LT__ENVELOPE__BODY_JOB_PART)
			worker_refuse("job %llu: something else came instead of part %u", (unsigned long long)job->id, i);
		take_part(job, messages[i]->job_part, i, &parts[i]);
	}
	run_parts(engine, job, parts);
	for (uint32_t i = 0; i < job->parts; i++)
		channel_message_free(messages[i]);
	free(parts);
	free(messages);
}

static void run_of_one(const struct engine *engine, const Lt__JobOfOne *both, int fd)
{
	struct unpack_part part = {.fd = fd};

	if (both->job->parts != 1)
		worker_refuse("job %llu came with its only part, and has %u", (unsigned long long)both->job->id, both->job->parts);
	take_part(both->job, both->part, 0, &part);
	run_parts(engine, both->job, &part);
}

int main(int argc, char **argv)
{
	worker_start(argc, argv, "leaktrawl-inspect", PEER_COORDINATOR_OF_INSPECT);
	unpack_start();
	const struct engine *engine = setup_receive();
	const struct worker_facts facts = {inspect_versions(), setup_notes(engine)};
	const struct sandbox_plan plan = {.profile = SANDBOX_INSPECT};

	worker_ready(&plan, &facts);
	for (;;) {
		int fd;
		Lt__Envelope *message = worker_receive(&fd);

		if (message->body_case == LT__ENVELOPE__BODY_JOB)
			run(engine, message->job);
		else if (message->body_case == LT__ENVELOPE__BODY_JOB_OF_ONE)
			run_of_one(engine, message->job_of_one, fd);
		else
			worker_refuse("a message that starts no job");
		channel_message_free(message);
	}
}
