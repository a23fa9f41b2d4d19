#include "coordinator/run.h"

#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "alert/delivery.h"
#include "config/keys.h"
#include "coordinator/printer.h"
#include "coordinator/progress.h"
#include "coordinator/reading.h"
#include "index/outbox.h"
#include "shared/log.h"
#include "shared/mem.h"
#include "spawner/spawner.h"

enum {
	COMMIT_AFTER_MS = 250, /* readers beside us wait for a transaction no longer than this */
	COMMIT_AFTER_WRITES = 2000,
	CANARY_DAY_MS = 26 * 60 * 60 * 1000, /* a nightly run may start late */
};

int run_spool(const struct run *run)
{
	char *folder = xstrdup(run->config->index_path);
	char *slash = strrchr(folder, '/');
	int fd;

	if (slash != NULL)
		*slash = '\0';
	fd = open(slash != NULL ? folder : ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	free(folder);
	return fd;
}

int64_t run_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- transactions ------------------------------------------------------------------------------ */

bool run_checked(struct run *run, enum index_result result)
{
	if (result == INDEX_OK || result == INDEX_NONE)
		return result == INDEX_OK;
	if (!run->broken)
		log_error("%s: %s", run->config->index_path, index_why(run->index));
	run->broken = true;
	run->stop = true;
	return false;
}

void run_write(struct run *run)
{
	if (run->in_transaction || run->broken)
		return;
	if (run_checked(run, index_begin(run->index))) {
		run->in_transaction = true;
		run->transaction_since_ms = run_now_ms();
		run->transaction_writes = 0;
	}
}

void run_commit(struct run *run)
{
	if (!run->in_transaction)
		return;
	run->in_transaction = false;
	(void)run_checked(run, index_commit(run->index));
}

static void commit_when_due(struct run *run)
{
	if (run->in_transaction &&
		(++run->transaction_writes > COMMIT_AFTER_WRITES || run_now_ms() - run->transaction_since_ms >= COMMIT_AFTER_MS))
		run_commit(run);
}

/* ---- start ------------------------------------------------------------------------------------- */

static void on_signal(short events, void *context)
{
	struct run *run = context;
	struct signalfd_siginfo info;

	(void)events;
	if (read(run->signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
		return;
	if (run->stop)
		_exit(128 + (int)info.ssi_signo);
	log_warning("stopping: what is not done is taken up by the next run (again to leave at once)");
	run->stop = true;
}

static void watch_signals(struct run *run)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	run->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signal_fd < 0)
		log_fatal_errno("cannot watch for signals");
	pool_watch(run->pool, run->signal_fd, POLLIN, on_signal, run);
}

static bool open_index(struct run *run, const uint8_t *fingerprint_key)
{
	char *why = NULL;
	struct run_start start = {
		.kind = run->options.kind,
		.baseline = run->options.baseline,
		.unsandboxed = run->context->allow_unsandboxed,
		.version = PACKAGE_VERSION,
		.rules_version = inspect_setup_version(run->setup),
		.now_ms = run_now_ms(),
	};
	unsigned interrupted = 0;

	if (index_open(&run->index, run->config->index_path, INDEX_CREATE, fingerprint_key, &why) != INDEX_OK) {
		log_error("%s", why);
		free(why);
		return false;
	}
	if (index_run_lock(run->index) != INDEX_OK) {
		log_error("%s", index_why(run->index));
		return false;
	}
	if (!run_checked(run, index_run_begin(run->index, &start, &run->id, &interrupted)))
		return false;
	if (interrupted > 0)
		log_info("the last run was interrupted; taking up what it left");
	return true;
}

/* Reads the keys, makes the inspectors' set-up, opens the index; the keys are wiped at once. */
static bool open_keys_and_index(struct run *run)
{
	struct inspect_setup_options options = {.reveal = run->options.reveal, .ephemeral = run->options.no_index, .now_ms = run_now_ms()};
	const struct config *config = run->config;
	uint8_t fingerprint_key[KEY_BYTES];
	uint8_t(*team_keys)[KEY_BYTES] = xcalloc(config->public_keys_count, KEY_BYTES);
	bool good = true;

	if (!run->options.no_index) {
		good = keys_for_index(config, fingerprint_key, team_keys);
		options.fingerprint_key = fingerprint_key;
		options.team_keys = (const uint8_t(*)[KEY_BYTES])team_keys;
		options.team_key_count = config->public_keys_count;
	}
	if (good)
		run->setup = inspect_setup_new(config, &options);
	if (run->setup != NULL && !run->options.no_index)
		good = open_index(run, fingerprint_key);
	mem_wipe(fingerprint_key, sizeof fingerprint_key);
	free(team_keys);
	return good && run->setup != NULL;
}

static uint64_t inspector_count(const struct run_options *options)
{
	cpu_set_t set;
	uint64_t count = options->jobs;

	if (count == 0)
		count = sched_getaffinity(0, sizeof set, &set) == 0 ? (uint64_t)CPU_COUNT(&set) : 1;
	return count < LIMIT_WORKERS ? count : LIMIT_WORKERS;
}

static void run_free(struct run *run)
{
	delivery_free(run->delivery);
	reading_free(run->reading);
	pool_free(run->pool);
	if (run->signal_fd >= 0)
		close(run->signal_fd);
	printer_finish(run->printer);
	inspect_setup_free(run->setup);
	index_close(run->index);
	roster_free(run->roster);
	free(run);
}

struct run *run_new(struct command_context *context, const struct run_options *options, int *status)
{
	struct run *run = xcalloc(1, sizeof *run);
	struct channel *spawner = spawner_start();

	if (sodium_init() < 0)
		log_fatal("libsodium does not start");
	run->context = context;
	run->config = context->config;
	run->options = *options;
	run->signal_fd = -1;
	run->started_ms = run_now_ms();
	run->pool = pool_new(spawner, &run->config->limits, !context->allow_unsandboxed);
	watch_signals(run);
	progress_start();
	if (!open_keys_and_index(run)) {
		*status = STATUS_ERROR;
		run_free(run);
		return NULL;
	}
	run->roster = roster_new(&run->config->watch);
	run->rules = (struct record_rules){
		.hooks = run->config->hooks,
		.hooks_count = options->no_alert ? 0 : run->config->hooks_count,
		.baseline = options->baseline,
		.alerts_per_run = run->config->limits.alerts_per_run,
		.roster = run->roster,
	};
	run->reading = reading_new(run, inspector_count(options));
	if (run->index != NULL && !options->no_alert)
		run->delivery = delivery_new(run);
	return run;
}

/* ---- the loop ---------------------------------------------------------------------------------- */

bool run_turn(struct run *run, int timeout_ms)
{
	reading_dispatch(run->reading);
	if (run->in_transaction && (timeout_ms < 0 || timeout_ms > COMMIT_AFTER_MS))
		timeout_ms = COMMIT_AFTER_MS;
	if (!pool_poll(run->pool, timeout_ms)) {
		log_error("the process that starts the workers is gone");
		run->broken = run->stop = true;
	}
	commit_when_due(run);
	if (run->delivery != NULL && !run->stop)
		delivery_work(run->delivery);
	progress_show(run);
	return !run->stop;
}

/* ---- the end ----------------------------------------------------------------------------------- */

static enum run_outcome outcome_of(const struct run *run)
{
	if (run->broken)
		return RUN_FAILED;
	if (run->stop)
		return RUN_INTERRUPTED;
	return run->incomplete ? RUN_INCOMPLETE : RUN_DONE;
}

/* Where a source is there to prove the pipeline, every crawl of it must find the canaries; else once a day will do. */
static int64_t canaries_since(const struct run *run)
{
	for (size_t i = 0; i < run->config->sources_count; i++)
		if (run->config->sources[i].canary && run->config->sources[i].enabled &&
			(run->options.source == NULL || strcmp(run->options.source, run->config->sources[i].name) == 0))
			return run->started_ms;
	return run->started_ms - CANARY_DAY_MS;
}

/* A canary that was not found means the pipeline is blind: somebody has to look. */
static void check_canaries(struct run *run)
{
	const struct watch *watch = &run->config->watch;

	for (size_t i = 0; i < watch->canaries_count; i++) {
		int64_t last = 0;

		if (index_canary_last_ms(run->index, watch->canaries[i], &last) != INDEX_OK || last >= canaries_since(run))
			continue;
		run->incomplete = true;
		log_warning("the canary %s was not found: the pipeline may be blind", watch->canaries[i]);
		delivery_operator_notice(run, "canary", watch->canaries[i], "the planted canary account was not found");
	}
}

static void end_in_index(struct run *run)
{
	int64_t now = run_now_ms();

	run_commit(run);
	if (run->options.kind == RUN_CRAWL && !run->stop)
		check_canaries(run);
	if (run_checked(run, index_run_end(run->index, run->id, outcome_of(run), &run->counters, NULL, now)) && !run->options.no_alert)
		(void)run_checked(run, index_alert_run_ended(run->index, run->id, run->config->hooks, run->config->hooks_count, now));
	if (run->delivery != NULL && !run->broken)
		delivery_drain(run->delivery);
}

static int status_of(const struct run *run)
{
	if (run->broken)
		return STATUS_ERROR;
	if (run->counters.findings_new > 0)
		return run->incomplete || run->stop ? STATUS_BOTH : STATUS_FINDINGS;
	return run->incomplete || run->stop ? STATUS_INCOMPLETE : STATUS_DONE;
}

int run_finish(struct run *run)
{
	int status;

	progress_clear();
	if (run->index != NULL)
		end_in_index(run);
	status = status_of(run);
	if (run->printer != NULL)
		printer_release(run->printer);
	progress_summary(run);
	run_free(run);
	return status;
}
