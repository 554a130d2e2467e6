/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "ceremony/acts/enrol.h"
#include "ceremony/acts/one_time.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int destroy(struct context *d, const struct invocation *in, size_t *n, struct err *e)
{
    struct token_info t;
    struct secret *pin;
    struct err ignored;
    size_t holder, seat;
    int rc;

    if (context_holder(d, in->args[1], &holder, e) != 0 || act_need(d->c, STATION_ONE_TIME, e) != 0)
        return -1;
    if (!one_time_next(ceremony_session(d->c), holder, &seat)) {
        err_set(e, ERR_INCOMPLETE, "'%s' has no one-time key to destroy", in->args[1]);
        return err_todo(e, "look at 'status'");
    }
    if (context_tokens(d, in, e) != 0)
        return -1;
    rc = context_login_keep(d, holder, seat, &t, &pin, e);
    while (rc == 0 && one_time_next(ceremony_session(d->c), holder, &seat)) {
        rc = one_time_destroy(d->c, seat, &t, pin, d->t, e);
        *n += rc == 0;
    }
    secret_free(pin);
    (void)d->t->driver->logout(d->t->self, &ignored);
    return rc;
}

/* A key that a kill or a refusal left; whoever destroys it names the token. */
static int confirm(const struct invocation *in, const struct token_info *t,
                   const struct token_key *k, struct err *e)
{
    const char *named = in_value(in, "serial");
    char question[160];

    if (named != NULL && strcmp(named, t->id.serial) == 0)
        return 0;
    if (named != NULL) {
        err_set(e, ERR_USAGE, "'%s' is not the serial number of the token that is inserted", named);
        return err_todo(e, "look which token that is with 'tuf-ceremony tokens'");
    }
    snprintf(question, sizeof question,
             "Key %.16s, in no role, will be destroyed. To do it, type the token's serial number",
             key_id(k->key));
    return context_confirm(question, t->id.serial, e);
}

static int destroy_unused(struct context *d, const struct invocation *in, size_t *n, struct err *e)
{
    struct token_key_list keys = {0};
    struct token_info t;
    struct secret *pin;
    struct err ignored;
    size_t holder, seat = 0;
    int rc;

    if (context_holder(d, in->args[1], &holder, e) != 0 ||
        act_need(d->c, STATION_ENROLMENT, e) != 0)
        return -1;
    while (seat + 1 < ceremony_plan(d->c)->nseats &&
           ceremony_plan(d->c)->seats[seat].holder != holder)
        seat++;
    if (context_tokens(d, in, e) != 0)
        return -1;
    rc = context_login_keep(d, holder, seat, &t, &pin, e);
    if (rc == 0)
        rc = d->t->driver->keys(d->t->self, &keys, e);
    for (size_t i = 0; rc == 0 && i < keys.n; i++) {
        if (!enrol_left_over(d->c, &t, &keys.items[i]))
            continue;
        if ((rc = confirm(in, &t, &keys.items[i], e)) == 0)
            rc = enrol_destroy(d->c, holder, d->t, &t, pin, &keys.items[i], e);
        *n += rc == 0;
    }
    token_key_list_clear(&keys);
    secret_free(pin);
    (void)d->t->driver->logout(d->t->self, &ignored);
    if (rc == 0 && *n == 0) {
        err_set(e, ERR_INCOMPLETE, "this token has no key that was made here and is not used");
        return err_todo(e, "look at 'tokens'; other keys are destroyed with the maker's tool");
    }
    return rc;
}

static int run(struct context *d, struct err *e)
{
    size_t n = 0;

    if ((in_has(d->in, "unused") ? destroy_unused : destroy)(d, d->in, &n, e) != 0)
        return -1;
    return out_recorded(in_has(d->in, "json"), e,
                        "destroyed %zu of %s's keys, and saw that they are gone", n,
                        d->in->args[1]);
}

const struct command cmd_destroy = {
    .name = "destroy",
    .args = "DIR KEYHOLDER",
    .summary = "destroy a keyholder's one-time keys on their token, and see that they are gone",
    .details =
        "Only keys of roles with \"one_time\" in the plan, after a client's view accepted\n"
        "what they signed, and only keys that are used nowhere else. With --unused instead: keys\n"
        "that were made here and are in no role, after a kill or a refusal.",
    .options = {{"unused", NULL, "keys that were made here and are in no role"},
                {"serial", "SERIAL", "do not ask: the serial of the token, for --unused"},
                OPTION_TOKEN,
                OPTION_PIN_SOURCE,
                OPTION_LAST_TRY,
                OPTION_MODULE,
                OPTION_NETWORK},
    .act = run,
    .mode = CEREMONY_WORK,
};
