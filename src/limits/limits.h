/*
 * Every limit of Leaktrawl, its unit in the name and its reason beside it. A limit that hostile data
 * hits is a recorded result, never silence. Those in the LIMITS table can be set in the configuration
 * (`limits: {name: value}`, the name in lower case without LIMIT_); the others are part of the design.
 */
#ifndef LEAKTRAWL_LIMITS_H
#define LEAKTRAWL_LIMITS_H

#include <stddef.h>
#include <stdint.h>

enum {
	LIMIT_LOG_LINE_BYTES = 2048,         /* a log line is for a person */
	LIMIT_MESSAGE_BYTES = 128 * 1024,    /* below the kernel's default socket buffer of 208 KiB */
	LIMIT_HEAD_BYTES = 16 * 1024,        /* what a worker claims and a job hands on to the next, so that every job ... */
	LIMIT_MACHINE_BYTES = 16 * 1024,     /* ... fits a message whatever the claims are: the head of a file, a machine, ... */
	LIMIT_LINK_BYTES = 40 * 1024,        /* ... a link with what was captured beside it */
	LIMIT_TEXT_FIELD_BYTES = 16 * 1024,  /* any one text in a message */
	LIMIT_BYTES_FIELD_BYTES = 17 * 1024, /* any one byte string: a sealed secret with its nonce and tag */
	LIMIT_URL_BYTES = 4096,              /* longest URL browsers and servers agree on, with slack */
	LIMIT_PATH_LABEL_BYTES = 4096,       /* archive!/member/path shown to a person */
	LIMIT_ACCOUNT_BYTES = 320,           /* RFC 5321: 64 + 1 + 255 */
	LIMIT_SECRET_BYTES = 16 * 1024,      /* a private key or a chunked session cookie fits */
	LIMIT_HOST_BYTES = 253,              /* RFC 1035 */
	LIMIT_WATCH_NAMES = 20000,           /* sieve literals stay in cache up to here */
	LIMIT_RULE_FILE_BYTES = 4 * 1024 * 1024,
	LIMIT_RULES = 10000,
	LIMIT_RULE_FOLDER_DEPTH = 8, /* folders below a folder of rules: a checkout of another tool's */
	LIMIT_PATTERN_BYTES = 16 * 1024,
	LIMIT_WORKERS = 64,
	LIMIT_BUNDLE_PARTS = 2000,       /* files of a machine's folder: one descriptor each; 500 of cookies and 1,000 grabbed were seen */
	LIMIT_BUNDLE_FILES = 100000,     /* ... that are looked at to choose them from */
	LIMIT_WORKER_DESCRIPTORS = 2560, /* of one worker: a bundle's parts, or the sockets and bodies of its transfers */
	LIMIT_WORKER_GRACE_MS = 5000,    /* between the end asked of a worker and the end forced on it */
	LIMIT_RESTART_PAUSE_MS = 400,    /* longest pause before a worker that keeps dying is started again */
	LIMIT_STDERR_LINES = 200,        /* a worker's own or a hook's, then silence: it may be hostile */
	LIMIT_CONFIG_BYTES = 4 * 1024 * 1024,
	LIMIT_HOOK_PAYLOAD_BYTES = 64 * 1024,
	LIMIT_HOOK_GRACE_MS = 2000,                 /* between the end asked of a hook and the end forced on it */
	LIMIT_SIEVE_CORE_BYTES = 1024 * 1024,       /* bytes sieved at a time; fits the second-level cache */
	LIMIT_RECORD_BYTES = 64 * 1024,             /* how far a record reaches from its hit, either way */
	LIMIT_READER_LINE_BYTES = 1024,             /* names on lines longer than this are counted as work for readers */
	LIMIT_READER_WORK_BYTES = 16 * 1024 * 1024, /* credit of that work: a hundred names on one endless line */
	LIMIT_READER_WORK_PER_BYTE = 4,             /* ... and what each byte read earns back */
	LIMIT_READER_NEAR_BYTES = 256,              /* without credit, readers see so much before and behind a name */
	LIMIT_RUN_ON_BYTES = 4 * 1024 * 1024,       /* behind its end a range is read for what began in it and is decoded as it comes */
	LIMIT_JSON_OBJECT_BYTES = 64 * 1024,        /* DESIGN: enclosing JSON object */
	LIMIT_PAGE_BYTES = 8 * 1024 * 1024,         /* a page whose links are read; its text is read whatever its size */
	LIMIT_HELD_LINKS_BYTES = 8 * 1024 * 1024,   /* links of a page that has to prove itself first */
	LIMIT_LOOK_BYTES = 2 * 1024 * 1024,         /* a larger page is like no other */
	LIMIT_LOOK_BITS = 3,                        /* of 64 in which pages differ that look alike */
	LIMIT_LOOKS = 4096,                         /* kinds of pages of a source in a run */
	LIMIT_PAGES_ALIKE = 16,                     /* pages of a kind whose links are followed like any others ... */
	LIMIT_LINKS_ALIKE = 200,                    /* ... and links that are followed of all further ones, after everything else */
	LIMIT_PATH_PARTS = 24,                      /* a path deeper than this repeats itself */
	LIMIT_QUERIES_PER_PATH = 500,               /* links of one run that differ in their query only */
	LIMIT_JAR_COOKIES = 300,                    /* of one source's log-in */
	LIMIT_JAR_BYTES = 64 * 1024,                /* it travels with every request */
	LIMIT_FEED_LINE_BYTES = 16 * 1024 * 1024,   /* one entry of a feed */
	LIMIT_DERIVED_BYTES = 4 * 1024 * 1024,      /* one decoded base64 or hex run */

	/* fetch and notify */
	LIMIT_FETCH_PARALLEL = 1000,               /* transfers of one fetch process: onion services take minutes each */
	LIMIT_REQUEST_HEADERS = 32,                /* extra header lines of one request */
	LIMIT_RESPONSE_LINES = 256,                /* header lines of one answer, interim ones and trailers included */
	LIMIT_RESPONSE_HEADER_BYTES = 128 * 1024,  /* the same in bytes */
	LIMIT_CONTENT_TYPE_BYTES = 256,            /* type and charset with room to spare */
	LIMIT_CONTENT_CODINGS = 8,                 /* codings on top of each other: more is an attack */
	LIMIT_NOTES = 256,                         /* texts of a document that are looked at for the passwords of its archives ... */
	LIMIT_NOTE_BYTES = 64 * 1024,              /* ... and so much of each */
	LIMIT_NOTE_FILE_BYTES = 4 * 1024 * 1024,   /* ... of one that stands beside an archive as a file: the export of a chat */
	LIMIT_CARRIER_BYTES = 2 * 1024 * 1024,     /* of a program, in which the archive it carries begins */
	LIMIT_PIPE_RANGE_BYTES = 16 * 1024 * 1024, /* of a list on a pipe, kept in memory for an inspector at a time */
	LIMIT_FOLDER_NAMES = 4096,                 /* names of a folder that are looked at for such files */
	LIMIT_NOTE_FILES = 8,                      /* files beside an archive that are looked at for its password */
	LIMIT_SHUT_CONTAINERS = 64,                /* of one document, tried again when all of it is read */
	LIMIT_CODING_BYTES = 32,                   /* name of one content coding */
	LIMIT_7ZIP_STREAMS = 128 * 1024,           /* packed streams, and folders, of an encrypted 7z */
	LIMIT_VALIDATOR_BYTES = 1024,              /* ETag or Last-Modified, sent back as it came */
	LIMIT_SET_COOKIES = 16,                    /* cookies taken from one answer; all fit one message */
	LIMIT_SET_COOKIE_BYTES = 4096,             /* RFC 6265 asks browsers for that much */
	LIMIT_PRIVATE_STARTS = 256,                /* of one source, told to fetch in one message with those of others */
	LIMIT_RETRY_AFTER_S = 7 * 24 * 3600,       /* a longer pause is not taken at its word */
	LIMIT_FETCH_ERROR_BYTES = 512,             /* why a transfer failed, for a person */
	LIMIT_CA_BYTES = 4 * 1024 * 1024,          /* bundle of CA certificates */
	LIMIT_CIRCUIT_BYTES = 96,                  /* number and last relay of a Tor circuit */
	LIMIT_CIRCUITS = 1024,                     /* circuits and streams of one Tor that are known at a time */
	LIMIT_CONTROL_LINE_BYTES = 16 * 1024,      /* of Tor's control port; the rest of a longer one is skipped */
	LIMIT_CONTROL_MS = 20000,                  /* until Tor's control port has taken us */
	LIMIT_IDENTITY_MS = 60000,                 /* between two new identities asked of one Tor, which others may use too */
	LIMIT_HOOKS = 64,                          /* webhooks of one notify process */
	LIMIT_HOOK_ANSWER_BYTES = 64 * 1024,       /* what a webhook may answer; nothing of it is kept */
};

/* name, default, reason */
#define LIMITS(X)                                                                                                           \
	X(unpack_bytes, UINT64_C(64) << 30, "bytes produced from one document by all its containers")                       \
	X(unpack_ratio, 2000, "produced bytes per byte read, past the first 64 MiB: a bomb, not a log")                     \
	X(unpack_members, 1000000, "members in one container")                                                              \
	X(unpack_depth, 6, "containers within containers")                                                                  \
	X(held_bytes, UINT64_C(128) << 20, "a 7z or a database within a container, which must be held in memory")           \
	X(input_memory_bytes, UINT64_C(1) << 30, "standard input that is a pipe: a container with --no-index; ranges kept") \
	X(view_depth, 4, "views within views: base64 of gzip of base64 ...")                                                \
	X(unlock_rounds, UINT64_C(1) << 28, "rounds of hashing passwords for the archives of a document")                   \
	X(dictionary_bytes, UINT64_C(256) << 20, "declared dictionary of a container (xz, 7z, zstd)")                       \
	X(fetch_bytes, UINT64_C(64) << 20, "one fetched body")                                                              \
	X(spool_memory_bytes, UINT64_C(4) << 20, "a body past this leaves memory for the spool folder")                     \
	X(fetch_connect_ms, 30000, "until the proxy has reached a clear-web host")                                          \
	X(fetch_total_ms, 300000, "one clear-web transfer")                                                                 \
	X(onion_connect_ms, 120000, "until a circuit to an onion service stands")                                           \
	X(onion_total_ms, 600000, "one onion transfer")                                                                     \
	X(stall_bytes, 50, "fewer bytes a second than this ...")                                                            \
	X(stall_seconds, 120, "... for this long is a stalled transfer")                                                    \
	X(redirects, 8, "hops of one request")                                                                              \
	X(fetch_attempts, 4, "tries of one URL before it waits for its next interval")                                      \
	X(pages_per_run, 20000, "pages one source may fetch in a run")                                                      \
	X(links_per_page, 5000, "links taken from one page")                                                                \
	X(links_per_run, 1000000, "new URLs one source may put into the queue in a run")                                    \
	X(start_ms, 120000, "until a worker has compiled its rules and says Ready")                                         \
	X(progress_ms, 60000, "an inspector without progress for so long is stuck")                                         \
	X(inspect_memory_bytes, UINT64_C(2) << 30, "address space of an inspector, dictionary included")                    \
	X(inspect_jobs, 10000, "jobs before an inspector is replaced by a fresh one")                                       \
	X(split_bytes, UINT64_C(64) << 20, "files of lines and blocks past this are read in ranges")                        \
	X(range_bytes, UINT64_C(64) << 20, "one range")                                                                     \
	X(sha256_bytes, UINT64_C(64) << 20, "documents up to this are named by their digest")                               \
	X(rule_match_steps, 200000, "PCRE2 match limit for one rule at one place")                                          \
	X(rule_heap_kib, 16384, "PCRE2 heap for one match")                                                                 \
	X(findings_per_job, 5000000, "findings one job may report")                                                         \
	X(alerts_per_run, 200, "alerts owed to one hook by one run; the rest is one summary")                               \
	X(hook_deadline_ms, 30000, "an exec hook or webhook call")                                                          \
	X(alert_attempts, 12, "deliveries tried before an alert is dead-lettered")                                          \
	X(document_attempts, 2, "workers one piece may kill before it is quarantined")

struct limits {
#define LIMIT_FIELD(name, value, reason) uint64_t name;
	LIMITS(LIMIT_FIELD)
#undef LIMIT_FIELD
};

struct limit_row {
	const char *name;
	uint64_t standard;
	const char *reason;
	size_t offset; /* of its field in struct limits */
};

extern const struct limit_row limit_rows[];
extern const size_t limit_row_count;

void limits_defaults(struct limits *limits);
/* Returns 0, or -1 when there is no such limit. */
int limits_set(struct limits *limits, const char *name, uint64_t value);

#endif
