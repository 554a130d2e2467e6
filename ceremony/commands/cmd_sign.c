/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/collect.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

/* Signatures that were told, of those that the session has; all of them are on disk by then. */
struct told {
    const struct context *d;
    size_t n, before;
};

static void done(void *self, const struct collect_progress *p)
{
    struct told *t = self;
    const struct session *s = ceremony_session(t->d->c);

    for (; t->n < p->done - p->before; t->n++)
        if (!in_has(t->d->in, "json"))
            out_line("signed, verified, on disk: %s (%zu of %zu)",
                     s->proposals[s->signatures[t->before + t->n].proposal].role,
                     p->before + t->n + 1, p->total);
}

static int sign(struct context *d, const struct invocation *in, struct err *e)
{
    struct told told = {.d = d};
    const struct collect_watch watch = {&told, done, NULL};
    struct token_info t;
    struct err ignored;
    size_t holder;
    int rc;

    if (context_holder(d, in->args[1], &holder, e) != 0)
        return -1;
    if (ceremony_session(d->c)->closed)
        return act_need(d->c, STATION_SIGNATURES, e);
    if (!session_all_reviewed(ceremony_session(d->c))) {
        err_set(e, ERR_INCOMPLETE, "nothing is signed before everything is reviewed");
        return err_todo(e, "do '%s' first", station_title(session_station(ceremony_session(d->c))));
    }
    if (session_signatures_left(ceremony_session(d->c), holder) == 0) {
        err_set(e, ERR_INCOMPLETE, "'%s' has nothing to sign", in->args[1]);
        return err_todo(e, "look at 'status'");
    }
    if (context_tokens(d, in, e) != 0 || context_login(d, holder, OWNER_SIGNS, &t, e) != 0)
        return -1;
    told.before = ceremony_session(d->c)->nsignatures;
    rc = in_has(in, "replaced-by-backup") || in_has(in, "other-module")
             ? collect_replace(d->c, holder, d->t, &t, e)
             : 0;
    if (rc == 0)
        rc = collect_sign(d->c, holder, d->t, &t, &watch, e);
    (void)d->t->driver->logout(d->t->self, &ignored);
    return rc;
}

static int run(struct context *d, struct err *e)
{
    cJSON *tree;

    if (sign(d, d->in, e) != 0)
        return -1;
    if (!in_has(d->in, "json"))
        return 0;
    tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "holder", d->in->args[1]);
    cJSON_AddBoolToObject(tree, "complete", session_complete(ceremony_session(d->c)));
    return out_json(tree, e);
}

const struct command cmd_sign = {
    .name = "sign",
    .args = "DIR KEYHOLDER",
    .summary = "one keyholder signs all files that their keys sign, with one PIN",
    .details =
        "Another person's token, and one that is not known as theirs, is refused before the\n"
        "PIN. When the room decides that a backup with the same key takes the place of\n"
        "their token, --replaced-by-backup states it, and is recorded. So is --other-module:\n"
        "the token may be used, and its PIN had, by a module that it was not recorded with.",
    .options = {{"replaced-by-backup", NULL, "the room decided: this token replaces theirs"},
                {"other-module", NULL, "the room decided: another module may have the PIN"},
                OPTION_TOKEN,
                OPTION_PIN_SOURCE,
                OPTION_LAST_TRY,
                OPTION_MODULE,
                OPTION_NETWORK},
    .act = run,
    .mode = CEREMONY_WORK,
};
