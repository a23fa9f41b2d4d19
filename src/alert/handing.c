#include "alert/handing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/mem.h"

static int payload_fd(const struct handed *handed)
{
	int fd = memfd_create("leaktrawl-alert", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		log_fatal_errno("cannot make a memory file");
	for (size_t at = 0; at < handed->payload_len;) {
		ssize_t written = write(fd, handed->payload + at, handed->payload_len - at);

		if (written < 0 && errno != EINTR)
			log_fatal_errno("cannot write to a memory file");
		at += written > 0 ? (size_t)written : 0;
	}
	(void)lseek(fd, 0, SEEK_SET);
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return fd;
}

void hand_to_exec(struct pool *pool, const struct hook *hook, const struct handed *handed, const struct limits *limits,
	void (*done)(const struct hook_result *result, void *context), void *context)
{
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char language[] = "LANG=C.UTF-8";
	char *key = xasprintf("LEAKTRAWL_ALERT=%s", handed->idempotency_key);
	char *env[] = {path, language, key, NULL};
	char **argv = xcalloc(hook->exec_count + 1, sizeof *argv);
	int fd = payload_fd(handed);

	memcpy(argv, hook->exec, hook->exec_count * sizeof *argv);
	pool_run_hook(pool, hook->name, argv, env, fd, (uint32_t)limits->hook_deadline_ms, done, context);
	close(fd);
	free(key);
	free(argv);
}

bool hand_to_webhook(
	struct pool_worker *notify, const struct hook *hook, uint64_t number, const struct handed *handed, const struct limits *limits)
{
	Lt__Envelope envelope = LT__ENVELOPE__INIT;
	Lt__Deliver deliver = LT__DELIVER__INIT;
	int fd = payload_fd(handed);
	bool sent;

	deliver.id = number;
	deliver.hook = hook->name;
	deliver.idempotency_key = (char *)(uintptr_t)handed->idempotency_key;
	deliver.timeout_ms = (uint32_t)limits->hook_deadline_ms;
	envelope.body_case = LT__ENVELOPE__BODY_DELIVER;
	envelope.deliver = &deliver;
	sent = pool_send(notify, &envelope, fd);
	if (sent)
		pool_deadline(notify, limits->hook_deadline_ms * 2);
	close(fd);
	return sent;
}
