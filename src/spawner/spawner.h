/*
 * The one process that starts others: workers by fork and exec, exec hooks with a clean environment. It is
 * forked from the coordinator before that has opened anything, so what it starts can inherit nothing, and
 * the coordinator itself never forks again.
 *
 * It obeys StartWorker and RunHook, answers with WorkerStarted and WorkerPidfd, WorkerDied, HookDone, and
 * hands on as LogLine what its children write on standard error. When the coordinator is gone it kills what
 * it started and ends.
 */
#ifndef LEAKTRAWL_SPAWNER_H
#define LEAKTRAWL_SPAWNER_H

#include "messages/channel.h"

/*
 * Forks the spawner. Call it in main before files, threads, libraries with state. Returns the coordinator's
 * nonblocking end, for pool_new. Failure is fatal.
 */
struct channel *spawner_start(void);

/*
 * Once its channel is closed: waits until the spawner started last, and with it all that it started, is gone, some seconds
 * at most. Who starts many would keep a dead process of each otherwise.
 */
void spawner_wait(void);

#endif
