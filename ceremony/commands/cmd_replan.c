/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/replan.h"
#include "ceremony/base/memory.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int print_json(const struct plan *p, const struct replan *r, bool taken, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *list;
    char hex[SHA256_HEX_SIZE];

    hex_of(p->sha256, SHA256_SIZE, hex);
    cJSON_AddStringToObject(tree, "digest", hex);
    cJSON_AddBoolToObject(tree, "taken", taken);
    list = cJSON_AddArrayToObject(tree, "items");
    for (size_t i = 0; i < r->n; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "what", r->items[i].text);
        cJSON_AddBoolToObject(item, "kept", r->items[i].kept);
        cJSON_AddItemToArray(list, item);
    }
    return out_json(tree, e);
}

static int replan(struct context *d, const struct invocation *in, const struct replan *r,
                  struct err *e)
{
    const char *word = in_value(in, "accept");
    struct bytes line = {0};

    if (word != NULL && act_plan_changed(d->c, word, e) != 0)
        return -1;
    if (in_has(in, "json"))
        return print_json(ceremony_plan(d->c), r, word != NULL, e);
    if (r->n == 0)
        out_line("No key is enrolled and nothing is signed yet: nothing is lost.");
    for (size_t i = 0; i < r->n; i++) {
        bytes_printf(&line, "%s  %s", r->items[i].kept ? "stays" : "VOID ", r->items[i].text);
        out_line("%s", memory_text(&line));
        bytes_clear(&line);
    }
    out_line("%s", "");
    out_line("digest of the changed plan (SHA-256 of plan.json and the inputs), to send around:");
    out_digest(ceremony_plan(d->c)->sha256, 4);
    out_line("%s", "");
    out_line("%s", word != NULL
                       ? "The plan is changed. Next: accept it, and continue with 'run'."
                       : "Nothing is changed yet. To continue with this plan, give its first word: "
                         "--accept WORD. To continue as before, restore the plan.");
    return 0;
}

static int run(struct context *d, struct err *e)
{
    struct replan r = {0};
    int rc = replan_preview(d->c, &r, e);

    if (rc == 0)
        rc = replan(d, d->in, &r, e);
    replan_clear(&r);
    return rc;
}

const struct command cmd_replan = {
    .name = "replan",
    .args = "DIR",
    .summary = "continue with a plan that changed after the ceremony began",
    .details = "Lists whose keys and signatures stay and whose become void, and changes nothing\n"
               "until --accept gives the first word of the changed plan's digest. A signature\n"
               "over bytes that do not change stays valid.",
    .options = {{"accept", "WORD", "the first word of the changed plan's digest"}},
    .act = run,
    .mode = CEREMONY_REPLAN,
};
