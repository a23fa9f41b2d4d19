/*
 * A worker for the pool's tests: really started, really narrowed, and as good or bad as it is told. The name of
 * its set-up file says how it begins, a job's source how it goes on.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/mem.h"
#include "shared/worker.h"

extern char **environ;

/* ---- past our own checks --------------------------------------------------------------------------- */

static void send_raw(const Lt__Envelope *envelope, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	uint8_t *bytes = xmalloc(lt__envelope__get_packed_size(envelope));
	struct iovec data = {.iov_base = bytes, .iov_len = lt__envelope__pack(envelope, bytes)};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	if (fd != -1) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
		message.msg_control = control.space;
		message.msg_controllen = sizeof control.space;
	}
	(void)!sendmsg(WORKER_SOCKET, &message, 0);
	free(bytes);
}

static void send_garbage(void)
{
	struct iovec data = {.iov_base = (void *)(uintptr_t) "garbage", .iov_len = 7};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	(void)!sendmsg(WORKER_SOCKET, &message, 0);
}

static void send_ready_raw(const char *build)
{
	Lt__Ready ready = LT__READY__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	ready.protocol = PROTOCOL_VERSION;
	ready.build = (char *)(uintptr_t)build;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_READY;
	envelope.ready = &ready;
	send_raw(&envelope, -1);
}

/* ---- answers --------------------------------------------------------------------------------------- */

static void report(uint64_t job, const char *rule, const char *detail)
{
	Lt__RuleReport answer = LT__RULE_REPORT__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	char outcome[] = "note";

	answer.job = job;
	answer.rule = (char *)(uintptr_t)rule;
	answer.outcome = outcome;
	answer.detail = (char *)(uintptr_t)detail;
	envelope.body_case = LT__ENVELOPE__BODY_RULE_REPORT;
	envelope.rule_report = &answer;
	worker_send(&envelope, -1);
}

static void progress(uint64_t job)
{
	Lt__Checkpoint at = LT__CHECKPOINT__INIT;
	Lt__Progress answer = LT__PROGRESS__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	answer.job = job;
	answer.at = &at;
	envelope.body_case = LT__ENVELOPE__BODY_PROGRESS;
	envelope.progress = &answer;
	worker_send(&envelope, -1);
}

static void done(uint64_t job)
{
	Lt__JobDone answer = LT__JOB_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	answer.job = job;
	answer.ok = true;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	envelope.job_done = &answer;
	worker_send(&envelope, -1);
}

static void another_roles_message(void)
{
	Lt__FetchDone answer = LT__FETCH_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_FETCH_DONE;
	envelope.fetch_done = &answer;
	answer.outcome = LT__FETCH_OUTCOME__FETCH_OK;
	send_raw(&envelope, -1);
}

static void descriptor_nobody_asked_for(uint64_t job)
{
	Lt__JobDone answer = LT__JOB_DONE__INIT;
	Lt__Envelope envelope = LT__ENVELOPE__INIT;

	answer.job = job;
	envelope.version = PROTOCOL_VERSION;
	envelope.body_case = LT__ENVELOPE__BODY_JOB_DONE;
	envelope.job_done = &answer;
	send_raw(&envelope, STDERR_FILENO);
}

static void tell_surroundings(uint64_t job)
{
	char descriptors[64] = "";

	for (char **variable = environ; *variable != NULL; variable++)
		report(job, "environment", *variable);
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			snprintf(descriptors + strlen(descriptors), sizeof descriptors - strlen(descriptors), "%d ", fd);
	report(job, "descriptors", descriptors);
}

static void attempt(const Lt__Job *job)
{
	char answer[16];

	snprintf(answer, sizeof answer, "%d", sandbox_attempt(job->attempt));
	report(job->id, job->attempt, answer);
}

static void hang(void)
{
	for (;;)
		sleep(1000);
}

static void crash(void)
{
	volatile uintptr_t nowhere = 16;

	signal(SIGSEGV, SIG_DFL); /* sanitizers have a handler of their own */
	*(volatile int *)nowhere = 0;
}

static void work(const Lt__Job *job)
{
	const char *manner = job->source;

	if (strcmp(manner, "well") == 0)
		progress(job->id);
	else if (strcmp(manner, "hang") == 0)
		hang();
	else if (strcmp(manner, "creep") == 0)
		for (;;)
			progress(job->id);
	else if (strcmp(manner, "crash") == 0)
		crash();
	else if (strcmp(manner, "report then crash") == 0) {
		for (int i = 0; i < 100; i++)
			report(job->id, "last", "words");
		crash();
	} else if (strcmp(manner, "exit") == 0)
		_exit(3);
	else if (strcmp(manner, "garbage") == 0)
		send_garbage();
	else if (strcmp(manner, "role") == 0)
		another_roles_message();
	else if (strcmp(manner, "descriptor") == 0)
		descriptor_nobody_asked_for(job->id);
	else if (strcmp(manner, "ready") == 0)
		send_ready_raw("0");
	else if (strcmp(manner, "log") == 0)
		for (int i = 0; i < 100000; i++)
			log_info("line %d\x1b[2J", i);
	else if (strcmp(manner, "surroundings") == 0)
		tell_surroundings(job->id);
	else if (strcmp(manner, "attempt") == 0)
		attempt(job);
	done(job->id);
}

static void begin(const char *manner)
{
	static const struct sandbox_plan plan = {.profile = SANDBOX_INSPECT};

	if (strcmp(manner, "refuse") == 0)
		worker_refuse("the rules do not compile");
	if (strcmp(manner, "print and exit") == 0) {
		fprintf(stderr, "cannot load library: \x1b[31mno\n");
		_exit(4);
	}
	if (strcmp(manner, "hang") == 0)
		hang();
	if (strcmp(manner, "other version") == 0)
		send_ready_raw("9.9.9");
	if (strcmp(manner, "no walls") == 0)
		send_ready_raw(PACKAGE_VERSION);
	if (strcmp(manner, "early") == 0)
		another_roles_message();
	worker_ready(&plan, NULL);
}

int main(int argc, char **argv)
{
	Lt__Envelope *message;
	int fd;

	worker_start(argc, argv, "fake-worker", PEER_COORDINATOR_OF_INSPECT);
	message = worker_receive(&fd);
	close(fd);
	begin(message->setup_file->name);
	channel_message_free(message);
	for (;;) {
		message = worker_receive(&fd);
		if (message->body_case == LT__ENVELOPE__BODY_JOB)
			work(message->job);
		channel_message_free(message);
	}
}
