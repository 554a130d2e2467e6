/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/desk.h"
#include "ceremony/cli/out.h"
#include "ceremony/one_time.h"

static int destroy(struct desk *d, const struct invocation *in, size_t *n, struct err *e)
{
    struct token_info t;
    struct err ignored;
    size_t holder, seat;
    int rc = 0;

    if (desk_holder(d, in->args[1], &holder, e) != 0 || act_need(d->c, STATION_ONE_TIME, e) != 0)
        return -1;
    if (!one_time_next(ceremony_session(d->c), holder, &seat)) {
        err_set(e, ERR_INCOMPLETE, "'%s' has no one-time key to destroy", in->args[1]);
        return err_todo(e, "look at 'status'");
    }
    if (desk_tokens(d, in, e) != 0 || desk_login(d, holder, seat, &t, e) != 0)
        return -1;
    while (rc == 0 && one_time_next(ceremony_session(d->c), holder, &seat)) {
        rc = one_time_destroy(d->c, seat, &t, d->t, e);
        *n += rc == 0;
    }
    (void)d->t->driver->logout(d->t->self, &ignored);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    struct desk d;
    size_t n = 0;
    int rc = desk_open(&d, in, in->args[0], CEREMONY_WORK, e);

    if (rc == 0)
        rc = destroy(&d, in, &n, e);
    if (rc == 0)
        rc = out_recorded(in_has(in, "json"), e,
                          "destroyed %zu of %s's keys, and saw that they are gone", n, in->args[1]);
    desk_close(&d);
    return rc;
}

const struct command cmd_destroy = {
    .name = "destroy",
    .args = "DIR KEYHOLDER",
    .summary = "destroy a keyholder's one-time keys on their token, and see that they are gone",
    .details = "Only keys of roles with \"one_time\" in the plan, after a client's view accepted\n"
               "what they signed, and only keys that are used nowhere else.",
    .min = 2,
    .max = 2,
    .options = {DESK_TOKEN, DESK_PIN_SOURCE, DESK_LAST_TRY, DESK_MODULE, DESK_NETWORK},
    .run = run,
};
