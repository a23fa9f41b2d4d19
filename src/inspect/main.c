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

/* The descriptors that follow a job, in order. */
static void receive_parts(const Lt__Job *job, struct unpack_part *parts, Lt__Envelope **messages)
{
	for (uint32_t i = 0; i < job->parts; i++) {
		messages[i] = worker_receive(&parts[i].fd);
		if (messages[i]->body_case != LT__ENVELOPE__BODY_JOB_PART)
			worker_refuse("job %llu: something else came instead of part %u", (unsigned long long)job->id, i);
		const Lt__JobPart *part = messages[i]->job_part;

		if (part->job != job->id || part->part != i)
			worker_refuse("job %llu: part %u of job %llu came out of order", (unsigned long long)job->id, part->part,
				(unsigned long long)part->job);
		parts[i].part = part->part;
		parts[i].path = part->path;
		parts[i].outer = part->has_outer && part->outer <= strlen(part->path) ? part->outer : 0;
		parts[i].named = part->has_named && part->named;
		parts[i].continues = part->has_continues && part->continues;
	}
}

static void run(const struct engine *engine, const Lt__Job *job)
{
	Lt__JobDone done = LT__JOB_DONE__INIT;
	Lt__Envelope answer = LT__ENVELOPE__INIT;

	if (job->parts > LIMIT_BUNDLE_PARTS)
		worker_refuse("job %llu has %u parts; %d are the most", (unsigned long long)job->id, job->parts, LIMIT_BUNDLE_PARTS);
	struct unpack_part *parts = xcalloc(job->parts, sizeof *parts);
	Lt__Envelope **messages = xcalloc(job->parts, sizeof(Lt__Envelope *));

	receive_parts(job, parts, messages);
	job_run(engine, job, parts, job->parts, &done);
	for (uint32_t i = 0; i < job->parts; i++) {
		close(parts[i].fd);
		channel_message_free(messages[i]);
	}
	free(parts);
	free(messages);
	answer.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	answer.job_done = &done;
	worker_send(&answer, -1);
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
		Lt__Envelope *message = worker_receive(NULL);

		if (message->body_case != LT__ENVELOPE__BODY_JOB)
			worker_refuse("a message that starts no job");
		run(engine, message->job);
		channel_message_free(message);
	}
}
