#include "coordinator/job.h"

static Lt__JobPart describe_part(uint64_t job, const struct part *part, size_t number)
{
	Lt__JobPart message = LT__JOB_PART__INIT;

	message.job = job;
	message.part = (uint32_t)number;
	message.path = part->label;
	message.has_size = true;
	message.size = part->size;
	message.has_outer = message.has_named = true;
	message.outer = (uint32_t)part->outer;
	message.named = part->named;
	message.has_continues = true;
	message.continues = part->continues;
	message.has_begins = true;
	message.begins = part->base;
	message.has_note = true;
	message.note = part->note;
	return message;
}

/* Most jobs have one part, and go out in one packet. */
static bool send_with_part(struct pool_worker *worker, Lt__Job *job, const struct part *part)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__JobOfOne both = LT__JOB_OF_ONE__INIT;
	Lt__JobPart only = describe_part(job->id, part, 0);

	both.job = job;
	both.part = &only;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_OF_ONE;
	envelope.job_of_one = &both;
	return pool_send(worker, &envelope, part->fd);
}

static bool send_with_parts(struct pool_worker *worker, Lt__Job *job, const struct part *parts, size_t count)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	bool sent;

	envelope.body_case = LT__ENVELOPE__BODY_JOB;
	envelope.job = job;
	sent = pool_send(worker, &envelope, -1);
	for (size_t i = 0; i < count && sent; i++) {
		Lt__JobPart part = describe_part(job->id, &parts[i], i);

		envelope.body_case = LT__ENVELOPE__BODY_JOB_PART;
		envelope.job_part = &part;
		sent = pool_send(worker, &envelope, parts[i].fd);
	}
	return sent;
}

static void describe_origin(Lt__Job *job, const struct document *document)
{
	job->source = document->source;
	job->url = document->url;
	job->content_type = document->content_type;
	job->n_content_encoding = document->content_encoding_count;
	job->content_encoding = document->content_encoding;
	job->has_leak_context = true;
	job->leak_context = document->leak_context;
	job->site = document->site;
	job->page_role = document->page_role;
	job->posting_text = document->posting_text;
	job->n_captured = document->captured_count;
	job->captured = document->captured;
	if (document->configured != NULL) {
		job->n_follow = document->configured->follow_count;
		job->follow = document->configured->follow;
	}
	job->has_want_links = true;
	job->want_links = document->want_links;
	job->has_deepest = true;
	job->deepest = document->deepest;
	job->has_status = document->status != 0;
	job->status = document->status;
	job->has_fetched_at_ms = document->fetched_at_ms != 0;
	job->fetched_at_ms = document->fetched_at_ms;
}

bool job_send(struct pool_worker *worker, const struct reading_piece *piece, const struct part *parts, size_t count)
{
	Lt__Job job = LT__JOB__INIT;
	Lt__Checkpoint resume = LT__CHECKPOINT__INIT;

	job.id = piece->job;
	job.kind = piece->kind;
	job.parts = (uint32_t)count;
	describe_origin(&job, piece->document);
	if (piece->kind == LT__JOB_KIND__JOB_RANGE) {
		job.has_range_start = job.has_range_end = true;
		job.range_start = piece->range_start;
		job.range_end = piece->range_end;
		job.head = piece->document->head;
	}
	job.machine_dir = piece->machine_dir;
	job.has_alone = true;
	job.alone = piece->alone;
	if (piece->has_checkpoint) {
		resume.part = piece->checkpoint_part;
		resume.has_member = resume.has_offset = true;
		resume.member = piece->checkpoint_member;
		resume.offset = piece->checkpoint_offset;
		job.resume = &resume;
	}
	return count == 1 ? send_with_part(worker, &job, parts) : send_with_parts(worker, &job, parts, count);
}
