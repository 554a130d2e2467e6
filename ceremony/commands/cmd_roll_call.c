/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int call(struct context *d, struct err *e)
{
    const struct invocation *in = d->in;
    const char *witnesses[COMMAND_VALUES], *administrator = in_value(in, "administrator");
    size_t n = in_values(in, "witness", witnesses, COMMAND_VALUES), holder;
    bool *present = calloc(ceremony_plan(d->c)->nholders + 1, sizeof *present);
    int rc = 0;

    if (present == NULL)
        return err_oom(e);
    for (unsigned i = 1; rc == 0 && i < in->nargs; i++) {
        rc = context_holder(d, in->args[i], &holder, e);
        if (rc == 0)
            present[holder] = true;
    }
    if (rc == 0)
        rc = act_roll_call(d->c, present, administrator != NULL ? administrator : "", witnesses, n,
                           e);
    free(present);
    if (rc == 0)
        rc = out_recorded(in_has(in, "json"), e, "%u keyholders are present", in->nargs - 1);
    return rc;
}

const struct command cmd_roll_call = {
    .name = "roll-call",
    .args = "DIR [KEYHOLDER...]",
    .summary = "record who is in the room",
    .options = {{"administrator", "NAME", "who leads the room"},
                {"witness", "NAME", "who watches; may be repeated"}},
    .act = call,
    .mode = CEREMONY_WORK,
};
