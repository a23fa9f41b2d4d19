/*
 * Reaching Tor's control port and being let in: by password, by a cookie that both prove to know without saying it
 * (SAFECOOKIE), or by nothing where Tor asks for nothing. Blocking, before the process narrows itself; what fails ends
 * the worker with the reason.
 */
#ifndef LEAKTRAWL_CONTROL_LOGIN_H
#define LEAKTRAWL_CONTROL_LOGIN_H

#include <stdbool.h>
#include <time.h>

#include "messages/messages.pb-c.h"

enum { LOGIN_VERSION_BYTES = 64 };

/* All that is said before the worker is ready shares one deadline: one byte at a time would be endless patience otherwise. */
time_t login_deadline(void);
bool login_overdue(time_t until);

/* A descriptor that Tor has accepted commands on; version gets "tor/0.4.8.16". */
int login(const Lt__ControlSetup *setup, time_t until, char version[LOGIN_VERSION_BYTES]);

#endif
