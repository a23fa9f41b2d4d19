#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	CREATE_RULESET_VERSION = 1U << 0,
	RULE_PATH_BENEATH = 1,
	RULE_NET_PORT = 2,

	ABI_FIRST = 1,
	ABI_REFER = 2,
	ABI_TRUNCATE = 3,
	ABI_NET = 4,
	ABI_IOCTL_DEV = 5,
	ABI_SCOPE = 6,
};

/* LANDLOCK_ACCESS_FS_*: EXECUTE is bit 0, MAKE_SYM bit 12; one bit came with each of three later ABIs. */
static const uint64_t FS_FIRST = (UINT64_C(1) << 13) - 1;
static const uint64_t FS_REFER = UINT64_C(1) << 13;
static const uint64_t FS_TRUNCATE = UINT64_C(1) << 14;
static const uint64_t FS_IOCTL_DEV = UINT64_C(1) << 15;
static const uint64_t FS_READ_FILE = UINT64_C(1) << 2;
static const uint64_t NET_BIND_TCP = UINT64_C(1) << 0;
static const uint64_t NET_CONNECT_TCP = UINT64_C(1) << 1;
static const uint64_t SCOPE_ABSTRACT_UNIX = UINT64_C(1) << 0;
static const uint64_t SCOPE_SIGNAL = UINT64_C(1) << 1;

/* struct landlock_ruleset_attr of ABI 6; older kernels take the beginning they know. */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};
struct path_rule {
	uint64_t access;
	int32_t parent;
} __attribute__((packed));
struct port_rule {
	uint64_t access;
	uint64_t port;
};

/* What glibc's resolver reads. */
static const char *const resolver_files[] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/nsswitch.conf",
	"/etc/host.conf",
	"/etc/gai.conf",
	"/etc/services",
};

static int create_ruleset(const struct ruleset *ruleset, size_t size, uint32_t flags)
{
	return (int)syscall(SYS_landlock_create_ruleset, ruleset, size, flags);
}

static int add_rule(int ruleset, int type, const void *rule)
{
	return (int)syscall(SYS_landlock_add_rule, ruleset, type, rule, 0);
}

static size_t ruleset_size(int abi)
{
	if (abi >= ABI_SCOPE)
		return sizeof(struct ruleset);
	return abi >= ABI_NET ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net);
}

static struct ruleset everything(int abi, const struct sandbox_plan *plan)
{
	struct ruleset ruleset = {.fs = FS_FIRST};

	ruleset.fs |= abi >= ABI_REFER ? FS_REFER : 0;
	ruleset.fs |= abi >= ABI_TRUNCATE ? FS_TRUNCATE : 0;
	ruleset.fs |= abi >= ABI_IOCTL_DEV ? FS_IOCTL_DEV : 0;
	if (abi >= ABI_NET)
		ruleset.net = NET_BIND_TCP | (sandbox_offline(plan->profile) || plan->ports != NULL ? NET_CONNECT_TCP : 0);
	if (abi >= ABI_SCOPE)
		ruleset.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	return ruleset;
}

static int allow_ports(int ruleset, const struct sandbox_plan *plan)
{
	for (size_t i = 0; i < plan->port_count; i++) {
		struct port_rule rule = {NET_CONNECT_TCP, plan->ports[i]};

		if (add_rule(ruleset, RULE_NET_PORT, &rule) == -1)
			return -1;
	}
	return 0;
}

/* Opened here, so that a link such as systemd's resolv.conf allows what it points at. */
static int allow_resolver_files(int ruleset)
{
	for (size_t i = 0; i < sizeof resolver_files / sizeof resolver_files[0]; i++) {
		struct path_rule rule = {FS_READ_FILE, open(resolver_files[i], O_PATH | O_CLOEXEC)};
		int result;

		if (rule.parent == -1)
			continue; /* not there: nothing to read */
		result = add_rule(ruleset, RULE_PATH_BENEATH, &rule);
		close(rule.parent);
		if (result == -1)
			return -1;
	}
	return 0;
}

int landlock_enter(const struct sandbox_plan *plan, struct landlock_stands *stands)
{
	int abi = create_ruleset(NULL, 0, CREATE_RULESET_VERSION);
	struct ruleset wanted;
	int ruleset;
	int result = 0;

	*stands = (struct landlock_stands){0};
	if (abi < ABI_FIRST)
		return 0;
	wanted = everything(abi, plan);
	ruleset = create_ruleset(&wanted, ruleset_size(abi), 0);
	if (ruleset == -1 && wanted.scoped != 0) {
		/* Red Hat's 5.14 announces ABI 6 and lacks a part of it. */
		wanted.scoped = 0;
		ruleset = create_ruleset(&wanted, ruleset_size(ABI_NET), 0);
	}
	if (ruleset == -1)
		return -1;
	if ((wanted.net & NET_CONNECT_TCP) != 0)
		result = allow_ports(ruleset, plan);
	if (result == 0 && plan->resolves_names)
		result = allow_resolver_files(ruleset);
	if (result == 0)
		result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
	if (result == 0)
		*stands = (struct landlock_stands){true, (wanted.net & NET_CONNECT_TCP) != 0, wanted.scoped != 0};
	return result;
}
