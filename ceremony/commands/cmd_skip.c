/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int run(struct context *d, struct err *e)
{
    const char *reason = in_value(d->in, "reason"), *name = d->in->args[1];
    size_t holder;

    if (reason == NULL) {
        err_set(e, ERR_USAGE, "'skip' needs --reason");
        return err_todo(e, "give the reason, for the transcript: --reason \"token is locked\"");
    }
    if (context_holder(d, name, &holder, e) != 0 || act_skip(d->c, holder, reason, e) != 0)
        return -1;
    return out_recorded(in_has(d->in, "json"), e, "%s is skipped; they can sign later all the same",
                        name);
}

const struct command cmd_skip = {
    .name = "skip",
    .args = "DIR KEYHOLDER",
    .summary = "record that a keyholder does not sign now, and why",
    .options = {{"reason", "TEXT", "for the transcript"}},
    .act = run,
    .mode = CEREMONY_WORK,
};
