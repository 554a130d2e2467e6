/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int run(const struct invocation *in, struct err *e)
{
    struct context d;
    size_t holder;
    int rc = context_open(&d, in, in->args[0], CEREMONY_WORK, e);

    if (rc == 0)
        rc = context_holder(&d, in->args[1], &holder, e);
    if (rc == 0)
        rc = act_bag(d.c, holder, in->args[2], e);
    if (rc == 0)
        rc = out_recorded(in_has(in, "json"), e, "the token of %s goes into bag %s", in->args[1],
                          in->args[2]);
    context_close(&d);
    return rc;
}

const struct command cmd_bag = {
    .name = "bag",
    .args = "DIR KEYHOLDER NUMBER",
    .summary = "record the new bag that a keyholder's token goes into",
    .details = "From the signatures on, and before the bundle is written: the transcript and the\n"
               "plan of the next ceremony have the number. After it, the bundle is written again.",
    .min = 3,
    .max = 3,
    .run = run,
};
