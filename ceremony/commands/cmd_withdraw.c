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

static int run(struct context *d, struct err *e)
{
    if (withdraw(d, d->in->args[1], e) != 0)
        return -1;
    return out_recorded(in_has(d->in, "json"), e,
                        "the key of %s is withdrawn; it stays on the token", d->in->args[1]);
}

const struct command cmd_withdraw = {
    .name = "withdraw",
    .args = "DIR KEYHOLDER",
    .summary = "take an enrolled key back, as long as nothing is signed",
    .act = run,
    .mode = CEREMONY_WORK,
};
