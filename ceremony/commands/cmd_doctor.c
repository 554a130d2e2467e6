/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static const char *const level_words[] = {
    [CHECK_PASS] = "ok", [CHECK_WARN] = "warning", [CHECK_FAIL] = "FAILED"};

static int print_json(const struct invocation *in, const struct readiness *r,
                      const struct err *verdict, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(tree, "checks");

    for (size_t i = 0; i < r->n; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "name", r->items[i].name);
        cJSON_AddStringToObject(item, "level", level_words[r->items[i].level]);
        cJSON_AddStringToObject(item, "text", r->items[i].text);
        cJSON_AddStringToObject(item, "todo", r->items[i].todo);
        cJSON_AddItemToArray(list, item);
    }
    return out_answer(in, tree, verdict, e);
}

/* What the exit status says about the checks. */
static int judge(const struct readiness *r, struct err *e)
{
    if (!readiness_failed(r))
        return 0;
    err_set(e, ERR_NOT_READY, "this machine is not ready for a ceremony");
    return err_todo(e, "fix what FAILED above, then check again");
}

static int answer(const struct invocation *in, const struct readiness *r, struct err *e)
{
    struct err why;
    int verdict, rc = 0;

    err_clear(&why);
    verdict = judge(r, &why);
    if (in_has(in, "json"))
        rc = print_json(in, r, verdict != 0 ? &why : NULL, e);
    else {
        for (size_t i = 0; i < r->n; i++) {
            out_line("%-8s %-16s %s", level_words[r->items[i].level], r->items[i].title,
                     r->items[i].text);
            if (r->items[i].level != CHECK_PASS)
                out_line("         to do: %s", r->items[i].todo);
        }
    }
    if (rc == 0 && verdict != 0)
        *e = why;
    return rc != 0 ? rc : verdict;
}

static int check(struct context *d, const struct invocation *in, struct store *s, struct err *e)
{
    const struct env env = env_system();
    struct readiness r;
    int rc;

    if ((d->c != NULL ? ceremony_check(d->c, d->t, in->broker != NULL, &r, e)
                      : readiness_check(s, &env, d->t, NULL, 0, in->broker != NULL, &r, e)) != 0)
        return -1;
    rc = in_has(in, "record") ? act_readiness(d->c, &r, e) : 0;
    if (rc == 0)
        rc = answer(in, &r, e);
    readiness_clear(&r);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    struct context d = {0};
    struct store *here = NULL;
    int rc = 0;

    if (in->nargs == 0 && in_has(in, "record")) {
        err_set(e, ERR_USAGE, "--record needs the ceremony's folder");
        return err_todo(e, "see 'tuf-ceremony doctor --help'");
    }
    if (in->nargs > 0)
        rc = context_open(&d, in, in->args[0], in_has(in, "record") ? CEREMONY_WORK : CEREMONY_READ,
                          e);
    else
        rc = store_open(".", &here, e);
    if (rc == 0)
        rc = context_tokens(&d, in, e);
    if (rc == 0)
        rc = check(&d, in, d.c != NULL ? ceremony_store(d.c) : here, e);
    context_close(&d);
    store_free(here);
    return rc;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .args = "[DIR]",
    .summary = "is this machine fit for a ceremony?",
    .options = {{"record", NULL, "write the result into the ceremony's journal"},
                OPTION_MODULE,
                OPTION_NETWORK},
    .run = run,
};
