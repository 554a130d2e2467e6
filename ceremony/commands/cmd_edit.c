/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/draft.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/plan/plan_change.h"

/* The options are the verbs; what they make together is judged. */
static int edit(struct draft *d, const struct invocation *in, struct err *e)
{
    struct plan_edit *edits = calloc(in->ngiven + 1U, sizeof *edits);
    size_t n = 0;
    int rc;

    if (edits == NULL)
        return err_oom(e);
    for (unsigned i = 0; i < in->ngiven; i++)
        for (unsigned v = 0; v < PLAN_VERBS; v++)
            if (strcmp(in->given[i].name, plan_verb_name((enum plan_verb)v)) == 0)
                edits[n++] = (struct plan_edit){(enum plan_verb)v, in->given[i].value};
    if (n > 0)
        rc = draft_edit(d, edits, n, e);
    else {
        err_set(e, ERR_USAGE, "no change is given");
        rc = err_todo(e, "see 'tuf-ceremony edit --help'");
    }
    free(edits);
    return rc;
}

static int print_result(const struct invocation *in, const struct plan *p, const struct draft *d,
                        struct err *e)
{
    struct bytes text = {0};

    if (in_has(in, "json")) {
        cJSON *tree = cJSON_CreateObject();
        char hex[SHA256_HEX_SIZE];

        hex_of(p->sha256, SHA256_SIZE, hex);
        cJSON_AddStringToObject(tree, "digest", hex);
        cJSON_AddItemToObject(tree, "findings", out_findings_json(&d->findings));
        return out_json(tree, e);
    }
    if (p->trusted != NULL) {
        plan_change_words(p, &text);
        out_line("What changes now against the metadata in force:");
        out_text(&text);
        bytes_clear(&text);
    }
    out_findings(&d->findings);
    out_line("%s", "");
    out_line("The plan is changed. Its digest is a new one, to send around:");
    out_digest(p->sha256, 4);
    return 0;
}

static int run(struct context *d, struct err *e)
{
    const struct env env = env_system();
    struct draft draft = {0};
    utc_t now;
    int rc = -1;

    if (env.now(env.self, &now, e) == 0 && draft_begin(&draft, ceremony_store(d->c), now, e) == 0 &&
        edit(&draft, d->in, e) == 0 && draft_take(&draft, d->c, e) == 0)
        rc = print_result(d->in, ceremony_plan(d->c), &draft, e);
    draft_clear(&draft);
    return rc;
}

const struct command cmd_edit = {
    .name = "edit",
    .args = "DIR",
    .summary = "change the plan by options, before it is accepted",
    .details = "All options are done as one change, or nothing is. What a rule refuses is not\n"
               "done. A key in force that is replaced, or whose holder leaves, signs once more;\n"
               "one that is lost can't. In a ceremony that has begun, the journal records the\n"
               "change. A plan.json can be edited with any editor as well.",
    .options = {{"keep", "NAME", "the keyholder stays, with the key in force"},
                {"replace", "NAME", "stays, and gets a new key"},
                {"lose", "NAME", "stays, has lost the key, and gets a new one"},
                {"leave", "NAME", "leaves"},
                {"leave-lost", "NAME", "leaves, and the key is lost"},
                {"join", "NAME", "a new keyholder of root (ROLE=NAME: of that role)"},
                {"rename", "OLD=NEW", "the keyholder OLD is called NEW from now on"},
                {"threshold", "ROLE=N", "how many must sign, for example root=3"},
                {"expires", "ROLE=WHEN", "for example \"root=18 months\", root=2027-11-23"},
                {"key-type", "ROLE=TYPE", "of keys that are enrolled: root=ed25519"},
                {"sign", "ROLE=yes|no", "whether this ceremony signs it: targets=no"},
                {"moves", "ROLE=FILE", "its projects change by the list of moves in inputs/FILE"},
                {"contents", "ROLE=FILE", "its files and delegations are those of inputs/FILE"},
                {"next-ceremony", "DAY", "when the committee means to meet again"},
                {"online", "NAME=FILE", "the online key is the one in inputs/FILE"},
                {"stolen", "NAME=FILE", "likewise; the one in force is in wrong hands"},
                {"correct-keyids", "yes|no", "keys that stay get the specification's keyids"}},
    .act = run,
    .mode = CEREMONY_REPLAN, /* begins no journal where there is none */
};
