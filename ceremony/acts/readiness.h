/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readiness.h - is this machine fit for a ceremony? Each check is a row of a table and passes,
 * warns or fails, with what to do. A rehearsal turns failures that do not matter there into
 * warnings.
 */
#ifndef CEREMONY_READINESS_H
#define CEREMONY_READINESS_H

#include "ceremony/base/env.h"
#include "ceremony/plan/plan.h"
#include "ceremony/store/store.h"
#include "tokens/token.h"

enum check_level { CHECK_PASS, CHECK_WARN, CHECK_FAIL };

struct check {
    const char *name;  /* "network" */
    const char *title; /* "Network cut off" */
    enum check_level level;
    char text[200];
    char todo[200]; /* empty when it passes */
};

struct readiness {
    struct check *items;
    size_t n;
};

/* network, confinement, the modules' user, what modules may reach, swap, clock, core dumps, memory
 * lock, modules and tokens, folder writable and with space. `tokens` and `plan` may be NULL (then
 * their rows are left out); `last` is the time of the journal's last line, before which no clock is
 * right, or 0; `network`: the
 * program was started with --network. Errors: ERR_INTERNAL. */
int readiness_check(struct store *s, const struct env *env, struct tokens *tokens,
                    const struct plan *plan, utc_t last, bool network, struct readiness *out,
                    struct err *e);
/* "pass", "warn", "fail". */
const char *check_level_name(enum check_level level);
/* Are these the checks of a machine for that plan, as they are recorded: each row of the table
 * once, those of its plan, with a level? Errors: ERR_JOURNAL. */
int readiness_record_check(const struct plan *plan, struct json checks, struct err *e);
void readiness_clear(struct readiness *r);
bool readiness_failed(const struct readiness *r);
/* Sets ERR_NOT_READY with the first check that failed, when one did. */
int readiness_need(const struct readiness *r, struct err *e);

enum network { NETWORK_NONE, NETWORK_CONNECTED, NETWORK_UNKNOWN };

/* Is an interface other than the loopback one connected, by a folder as the kernel's
 * /sys/class/net? Its name goes into `name`. */
enum network network_read(const char *folder, char name[64]);

#endif
