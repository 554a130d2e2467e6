/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int run(struct context *d, struct err *e)
{
    const char *const *args = d->in->args;
    size_t holder;

    if (context_holder(d, args[1], &holder, e) != 0 || act_bag(d->c, holder, args[2], e) != 0)
        return -1;
    return out_recorded(in_has(d->in, "json"), e, "the token of %s goes into bag %s", args[1],
                        args[2]);
}

const struct command cmd_bag = {
    .name = "bag",
    .args = "DIR KEYHOLDER NUMBER",
    .summary = "record the new bag that a keyholder's token goes into",
    .details = "From the signatures on, and before the bundle is written: the transcript and the\n"
               "plan of the next ceremony have the number. After it, the bundle is written again.",
    .act = run,
    .mode = CEREMONY_WORK,
};
