/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/env.h"
#include "ceremony/base/finding.h"
#include "ceremony/cli/command.h"
#include "ceremony/cli/out.h"
#include "ceremony/plan/plan_change.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/publication/publication.h"
#include "ceremony/rules/plan_rules.h"

/* Each file that must be made anew; the findings name them in groups. Of a plan that is refused it
 * is not known. */
static int add_anew(cJSON *tree, const struct plan *p, utc_t now, struct err *e)
{
    cJSON *list = cJSON_AddArrayToObject(tree, "anew");
    struct publication files;

    if (publication_ahead(p, now, &files, e) != 0)
        return -1;
    for (size_t i = 0; i < files.n; i++)
        if (files.files[i].fit == FIT_ANEW) {
            cJSON *file = cJSON_CreateObject();

            cJSON_AddStringToObject(file, "role", files.files[i].role);
            cJSON_AddStringToObject(file, "why", files.files[i].why);
            cJSON_AddBoolToObject(file, "online", files.files[i].online);
            cJSON_AddItemToArray(list, file);
        }
    publication_clear(&files);
    return 0;
}

static int print_json(const struct invocation *in, const struct plan *p, utc_t now,
                      const struct findings *f, const struct err *verdict, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *roles = cJSON_AddObjectToObject(tree, "roles");
    char hex[SHA256_HEX_SIZE];

    hex_of(p->sha256, SHA256_SIZE, hex);
    cJSON_AddStringToObject(tree, "title", p->title);
    cJSON_AddStringToObject(tree, "digest", hex);
    for (size_t i = 0; i < p->nroles; i++) {
        const struct plan_role *r = &p->roles[i];
        cJSON *role = cJSON_AddObjectToObject(roles, r->name);

        cJSON_AddNumberToObject(role, "threshold", r->threshold);
        cJSON_AddNumberToObject(role, "keys", (double)(r->nseats + r->nonline));
        cJSON_AddNumberToObject(role, "files", (double)r->ninstances);
        cJSON_AddBoolToObject(role, "signed", r->sign);
    }
    if (p->trusted != NULL) {
        cJSON *list = cJSON_AddArrayToObject(tree, "changes");
        struct bytes text = {0};
        char *rest, *line;

        /* What changes against the metadata in force: a string a line. */
        plan_change_words(p, &text);
        rest = bytes_take_str(&text);
        for (char *at = rest; (line = strsep(&at, "\n")) != NULL && *line != '\0';)
            cJSON_AddItemToArray(list, cJSON_CreateString(line + strspn(line, " ")));
        free(rest);
    }
    cJSON_AddItemToObject(tree, "findings", out_findings_json(f));
    if (verdict == NULL && add_anew(tree, p, now, e) != 0) {
        cJSON_Delete(tree);
        return -1;
    }
    return out_answer(in, tree, verdict, e);
}

static int print(const struct plan *p, utc_t now, const struct findings *f)
{
    struct bytes text = {0};

    plan_words(p, now, &text);
    out_text(&text);
    bytes_clear(&text);
    out_line("%s", "");
    out_line("plan digest (SHA-256 of plan.json and the inputs), to send around:");
    out_digest(p->sha256, 4);
    out_line("%s", "");
    out_findings(f);
    return 0;
}

/* What the exit status says about the findings. */
static int judge(const struct invocation *in, const struct findings *f, struct err *e)
{
    if (!findings_refused(f))
        return 0;
    err_set(e, ERR_PLAN, "the plan is refused");
    err_in(e, "%s/plan.json", in->args[0]);
    return err_todo(e, "fix what is listed above, then check again");
}

static int check(const struct invocation *in, const struct plan *p, utc_t now, struct err *e)
{
    struct findings f;
    struct err why;
    int verdict, rc;

    if (plan_rules_check(p, now, &f, e) != 0)
        return -1;
    err_clear(&why);
    verdict = judge(in, &f, &why);
    if (in_has(in, "json"))
        rc = print_json(in, p, now, &f, verdict != 0 ? &why : NULL, e);
    else
        rc = print(p, now, &f);
    if (rc == 0 && verdict != 0)
        *e = why;
    findings_clear(&f);
    return rc != 0 ? rc : verdict;
}

static int run(const struct invocation *in, struct err *e)
{
    const struct env env = env_system();
    struct store *s = NULL;
    struct plan *p = NULL;
    utc_t now;
    int rc = -1;

    if (store_open(in->args[0], &s, e) == 0 && plan_load(s, &p, e) == 0 &&
        env.now(env.self, &now, e) == 0)
        rc = check(in, p, now, e);
    plan_free(p);
    store_free(s);
    return rc;
}

const struct command cmd_check = {
    .name = "check",
    .args = "DIR",
    .summary = "check a plan against the rules; print what would be signed by whom",
    .details =
        "Prints who holds which key, how many must sign each role, what changes against the\n"
        "metadata in force, what each rule refuses or warns of, and the plan's digest. Send\n"
        "the digest to everybody: in the ceremony they compare it with the one on the\n"
        "screen. Changes nothing; exit status 0 if no rule refuses the plan.",
    .run = run,
};
