/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int run(const struct invocation *in, struct err *e)
{
    const char *reason = in_value(in, "reason");
    struct context d;
    size_t holder;
    int rc = context_open(&d, in, in->args[0], CEREMONY_WORK, e);

    if (rc == 0 && reason == NULL) {
        err_set(e, ERR_USAGE, "'skip' needs --reason");
        rc = err_todo(e, "give the reason, for the transcript: --reason \"token is locked\"");
    }
    if (rc == 0)
        rc = context_holder(&d, in->args[1], &holder, e);
    if (rc == 0)
        rc = act_skip(d.c, holder, reason, e);
    if (rc == 0)
        rc = out_recorded(in_has(in, "json"), e, "%s is skipped; they can sign later all the same",
                          in->args[1]);
    context_close(&d);
    return rc;
}

const struct command cmd_skip = {
    .name = "skip",
    .args = "DIR KEYHOLDER",
    .summary = "record that a keyholder does not sign now, and why",
    .min = 2,
    .max = 2,
    .options = {{"reason", "TEXT", "for the transcript"}},
    .run = run,
};
