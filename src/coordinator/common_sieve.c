#include "coordinator/common_sieve.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/mem.h"

enum { NAMES_LEAST = 100 }; /* fewer are compiled in a few milliseconds */

struct common_sieve {
	void (*end)(struct pool_worker *worker);
	enum { EACH_FOR_ITSELF, NOT_BEGUN, COMPILING, COMPILED } state;
	int fd; /* memory file while compiling and compiled, else -1 */
	const struct pool_worker *compiler;
	struct pool_worker **waiting;
	size_t waiting_count;
};

struct common_sieve *common_sieve_new(size_t names, void (*end)(struct pool_worker *worker))
{
	struct common_sieve *common = xcalloc(1, sizeof *common);

	common->end = end;
	common->state = names < NAMES_LEAST ? EACH_FOR_ITSELF : NOT_BEGUN;
	common->fd = -1;
	return common;
}

static void drop_file(struct common_sieve *common)
{
	if (common->fd >= 0)
		close(common->fd);
	common->fd = -1;
}

void common_sieve_free(struct common_sieve *common)
{
	if (common == NULL)
		return;
	drop_file(common);
	free(common->waiting);
	free(common);
}

static void send_file(const struct common_sieve *common, struct pool_worker *worker)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__SetupSieve sieve = LT__SETUP_SIEVE__INIT;

	sieve.compiled = common->state == COMPILED;
	envelope.body_case = LT__ENVELOPE__BODY_SETUP_SIEVE;
	envelope.setup_sieve = &sieve;
	(void)pool_send(worker, &envelope, common->fd);
}

static void begin(struct common_sieve *common, struct pool_worker *worker)
{
	common->fd = memfd_create("leaktrawl-sieve", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (common->fd < 0)
		log_fatal_errno("cannot make a memory file");
	common->state = COMPILING;
	common->compiler = worker;
}

void common_sieve_offer(struct common_sieve *common, struct pool_worker *worker)
{
	if (common->state == COMPILING) {
		common->waiting = xreallocarray(common->waiting, common->waiting_count + 1, sizeof *common->waiting);
		common->waiting[common->waiting_count++] = worker;
		return;
	}
	if (common->state == NOT_BEGUN)
		begin(common, worker);
	if (common->state != EACH_FOR_ITSELF)
		send_file(common, worker);
	common->end(worker);
}

static void no_longer_compiling(struct common_sieve *common, bool compiled)
{
	common->compiler = NULL;
	common->state = compiled ? COMPILED : EACH_FOR_ITSELF;
	if (!compiled)
		drop_file(common);
	for (size_t i = 0; i < common->waiting_count; i++) {
		pool_touch(common->waiting[i]); /* it did not dawdle */
		common_sieve_offer(common, common->waiting[i]);
	}
	common->waiting_count = 0;
}

void common_sieve_ready(struct common_sieve *common, struct pool_worker *worker)
{
	struct stat status;

	if (worker != common->compiler)
		return;
	no_longer_compiling(common, fstat(common->fd, &status) == 0 && status.st_size > 0 &&
					    fcntl(common->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
}

void common_sieve_dead(struct common_sieve *common, const struct pool_worker *worker)
{
	for (size_t i = 0; i < common->waiting_count; i++)
		if (common->waiting[i] == worker) {
			common->waiting[i--] = common->waiting[--common->waiting_count];
		}
	if (worker == common->compiler)
		no_longer_compiling(common, false);
}
