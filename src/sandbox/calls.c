#include "sandbox/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* clang-format off */
/*
 * What reading, computing and talking over descriptors in hand needs. Measured with libxml2, PCRE2, libarchive
 * (zip, 7z, tar, gzip, bzip2, xz, zstd), libbrotlidec, libqpdf, libhs, jansson and libsodium on Debian 12; what newer C libraries ask
 * for on top is harmless or falls back on ENOSYS.
 */
static const char *const allowed[] = {
	/* descriptors */
	"read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "lseek", "close", "dup", "fstat", "ftruncate", "recvmsg",
	"sendmsg", "poll", "ppoll",
	/* memory */
	"brk", "munmap", "mremap", "madvise", "mlock", "munlock",
	/* itself */
	"futex", "rseq", "sched_yield", "sched_getaffinity", "exit", "exit_group", "rt_sigreturn", "rt_sigaction", "rt_sigprocmask",
	"sigaltstack", "restart_syscall", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrusage",
	/* the world */
	"clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom", "uname", "sysinfo",
	NULL,
};

/* Paths: EACCES, since libraries look for files they can do without. */
static const char *const refused[] = {
	"open", "creat", "access", "faccessat", "faccessat2", "stat", "lstat", "readlink", "readlinkat", "getcwd", "chdir", "fchdir",
	"getdents64", "statfs", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat",
	"symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "lchown", "truncate", "utimensat",
	"mknod", "mknodat",
	NULL,
};

/* What only an intruder asks for: the end of the process. */
static const char *const deadly[] = {
	/* programs and processes */
	"execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill", "rt_sigqueueinfo",
	"rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
	/* wide doors into the kernel */
	"io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "userfaultfd", "add_key", "keyctl",
	"request_key", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
	/* other name spaces */
	"unshare", "setns", "mount", "umount2", "move_mount", "open_tree", "fsopen", "fsmount", "pivot_root", "chroot",
	"open_by_handle_at", "name_to_handle_at",
	/* servers */
	"listen", "accept", "accept4",
	NULL,
};

static const char *const deadly_without_network[] = {"socket", "socketpair", "connect", "bind", NULL};
static const char *const allowed_with_network[] = {
	"connect", "getsockopt", "setsockopt", "getsockname", "getpeername", "sendto", "recvfrom", "shutdown", "select", "pselect6",
	"eventfd2", "pipe2",
	NULL,
};
static const char *const allowed_resolving[] = {"bind", "sendmmsg", "set_robust_list", "newfstatat", NULL};
/* clang-format on */

enum { CONDITIONS = 3, SOCKET_TYPE_MASK = 0xf };

/* An answer under conditions that must all hold. */
struct answer {
	const char *call;
	uint32_t action;
	unsigned conditions;
	struct scmp_arg_cmp when[CONDITIONS];
};

/* clang-format off */
#define ALLOW_IF(call, ...) ANSWER_IF(call, SCMP_ACT_ALLOW, __VA_ARGS__)
#define ANSWER_IF(call, action, ...) \
	{call, action, sizeof((struct scmp_arg_cmp[]){__VA_ARGS__}) / sizeof(struct scmp_arg_cmp), {__VA_ARGS__}}
#define EQUALS(argument, value) {argument, SCMP_CMP_EQ, (scmp_datum_t)(value), 0}
#define DIFFERS(argument, value) {argument, SCMP_CMP_NE, (scmp_datum_t)(value), 0}
#define BITS(argument, mask, value) {argument, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value)}
#define END {NULL, 0, 0, {{0}}}
#define ALLOW_SOCKET(family, type, protocol) \
	ALLOW_IF("socket", EQUALS(0, family), BITS(1, SOCKET_TYPE_MASK, type), EQUALS(2, protocol))
#define FAMILY_ENDS(family) ANSWER_IF("socket", SCMP_ACT_KILL_PROCESS, EQUALS(0, family))
/* clang-format on */

static const struct answer always[] = {
	ALLOW_IF("prlimit64", EQUALS(2, 0)),
	ALLOW_IF("prctl", EQUALS(0, PR_SET_VMA)),
	ALLOW_IF("prctl", EQUALS(0, PR_SET_NAME)),
	ALLOW_IF("prctl", EQUALS(0, PR_GET_DUMPABLE)),
	ALLOW_IF("fcntl", EQUALS(1, F_GETFD)),
	ALLOW_IF("fcntl", EQUALS(1, F_SETFD)),
	ALLOW_IF("fcntl", EQUALS(1, F_GETFL)),
	ALLOW_IF("fcntl", EQUALS(1, F_SETFL)),
	ALLOW_IF("fcntl", EQUALS(1, F_DUPFD_CLOEXEC)),
	ALLOW_IF("fcntl", EQUALS(1, F_GET_SEALS)),
	ALLOW_IF("ioctl", EQUALS(1, FIONREAD)),
	ALLOW_IF("ioctl", EQUALS(1, FIONBIO)),
	ANSWER_IF("ioctl", SCMP_ACT_ERRNO(ENOTTY), EQUALS(1, TCGETS)),
	ALLOW_IF("mmap", BITS(2, PROT_EXEC, 0)),
	ALLOW_IF("mprotect", BITS(2, PROT_EXEC, 0)),
	ANSWER_IF("mmap", SCMP_ACT_ERRNO(EACCES), BITS(2, PROT_EXEC, PROT_EXEC)),
	ANSWER_IF("mprotect", SCMP_ACT_ERRNO(EACCES), BITS(2, PROT_EXEC, PROT_EXEC)),
	END,
};

/* TCP by its two names: MPTCP would slip past Landlock's port rules, so the protocol counts. */
static const struct answer with_tcp[] = {
	ALLOW_SOCKET(AF_INET, SOCK_STREAM, 0),
	ALLOW_SOCKET(AF_INET, SOCK_STREAM, IPPROTO_TCP),
	ALLOW_SOCKET(AF_INET6, SOCK_STREAM, 0),
	ALLOW_SOCKET(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
	ALLOW_IF("socketpair", EQUALS(0, AF_UNIX)),
	FAMILY_ENDS(AF_PACKET),
	FAMILY_ENDS(AF_ALG),
	FAMILY_ENDS(AF_VSOCK),
	END,
};

/* A name server is asked over datagrams only as glibc does it; threads, because libcurl's resolver is one. */
static const struct answer resolving[] = {
	ALLOW_SOCKET(AF_INET, SOCK_DGRAM, 0),
	ALLOW_SOCKET(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
	ALLOW_SOCKET(AF_INET6, SOCK_DGRAM, 0),
	ALLOW_SOCKET(AF_INET6, SOCK_DGRAM, IPPROTO_UDP),
	ALLOW_IF("socket", EQUALS(0, AF_NETLINK), EQUALS(2, 0)),
	ANSWER_IF("socket", SCMP_ACT_ERRNO(EACCES), EQUALS(0, AF_UNIX)),
	ALLOW_IF("openat", BITS(2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY)),
	ALLOW_IF("clone", BITS(0, CLONE_THREAD | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS, CLONE_THREAD)),
	ANSWER_IF("clone", SCMP_ACT_KILL_PROCESS, BITS(0, CLONE_THREAD, 0)),
	END,
};

static const struct answer not_resolving[] = {
	/* fstat of newer C libraries; a path beside the flag can be measured, not opened */
	ALLOW_IF("newfstatat", EQUALS(3, AT_EMPTY_PATH)),
	ANSWER_IF("newfstatat", SCMP_ACT_ERRNO(EACCES), DIFFERS(3, AT_EMPTY_PATH)),
	END,
};

/* Foreign families end a process that has no business with name services; glibc's resolver tries some of them. */
static const struct answer only_tcp[] = {FAMILY_ENDS(AF_UNIX), FAMILY_ENDS(AF_NETLINK), END};

static int add(scmp_filter_ctx filter, const struct answer *answer)
{
	int number = seccomp_syscall_resolve_name(answer->call);

	if (number < 0)
		return 0; /* this architecture, or this libseccomp, does not have it: ENOSYS is the answer */
	return seccomp_rule_add_array(filter, answer->action, number, answer->conditions, answer->when);
}

static int add_all(scmp_filter_ctx filter, const struct answer *answers)
{
	int result = 0;

	for (; result == 0 && answers->call != NULL; answers++)
		result = add(filter, answers);
	return result;
}

static int add_named(scmp_filter_ctx filter, uint32_t action, const char *const *calls)
{
	int result = 0;

	for (; result == 0 && *calls != NULL; calls++)
		result = add(filter, &(struct answer){.call = *calls, .action = action});
	return result;
}

/* abort() signals its own thread. */
static int allow_abort(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp itself = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &itself);
}

static int fill_common(scmp_filter_ctx filter)
{
	int result = add_named(filter, SCMP_ACT_ALLOW, allowed);

	if (result == 0)
		result = add_named(filter, SCMP_ACT_ERRNO(EACCES), refused);
	if (result == 0)
		result = add_named(filter, SCMP_ACT_KILL_PROCESS, deadly);
	if (result == 0)
		result = add_all(filter, always);
	return result == 0 ? allow_abort(filter) : result;
}

static int fill_network(scmp_filter_ctx filter, const struct sandbox_plan *plan)
{
	int result;

	if (sandbox_offline(plan->profile))
		return add_named(filter, SCMP_ACT_KILL_PROCESS, deadly_without_network);
	result = add_named(filter, SCMP_ACT_ALLOW, allowed_with_network);
	if (result == 0)
		result = add_all(filter, with_tcp);
	return result == 0 && !plan->resolves_names ? add_all(filter, only_tcp) : result;
}

static int fill_resolver(scmp_filter_ctx filter, const struct sandbox_plan *plan)
{
	int result;

	if (plan->resolves_names) {
		result = add_named(filter, SCMP_ACT_ALLOW, allowed_resolving);
		return result == 0 ? add_all(filter, resolving) : result;
	}
	result = add_all(filter, not_resolving);
	if (result == 0)
		result = add(filter, &(struct answer){.call = "openat", .action = SCMP_ACT_ERRNO(EACCES)});
	return result == 0 ? add(filter, &(struct answer){.call = "clone", .action = SCMP_ACT_KILL_PROCESS}) : result;
}

static int fill(scmp_filter_ctx filter, const struct sandbox_plan *plan)
{
	int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (result == 0)
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (result == 0)
		result = fill_common(filter);
	if (result == 0)
		result = fill_network(filter, plan);
	return result == 0 ? fill_resolver(filter, plan) : result;
}

int calls_filter(const struct sandbox_plan *plan)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int result = filter != NULL ? fill(filter, plan) : -ENOMEM;

	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}
