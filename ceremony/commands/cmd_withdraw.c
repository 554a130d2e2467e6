/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/enrol.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int withdraw(struct context *d, const char *name, struct err *e)
{
    const struct session *s = ceremony_session(d->c);
    size_t holder;

    if (context_holder(d, name, &holder, e) != 0)
        return -1;
    for (size_t i = s->plan->nseats; i-- > 0;)
        if (s->plan->seats[i].holder == holder && s->seats[i].key != NULL && !s->seats[i].from_file)
            return enrol_withdraw(d->c, i, e);
    err_set(e, ERR_INCOMPLETE, "'%s' has no key that was enrolled here", name);
    return err_todo(e, "look at 'status'");
}

static int run(const struct invocation *in, struct err *e)
{
    struct context d;
    int rc = context_open(&d, in, in->args[0], CEREMONY_WORK, e);

    if (rc == 0)
        rc = withdraw(&d, in->args[1], e);
    if (rc == 0)
        rc = out_recorded(in_has(in, "json"), e,
                          "the key of %s is withdrawn; it stays on the token", in->args[1]);
    context_close(&d);
    return rc;
}

const struct command cmd_withdraw = {
    .name = "withdraw",
    .args = "DIR KEYHOLDER",
    .summary = "take an enrolled key back, as long as nothing is signed",
    .min = 2,
    .max = 2,
    .run = run,
};
