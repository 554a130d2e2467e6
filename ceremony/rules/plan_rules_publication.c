/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rules/plan_rules.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/publication/preview.h"
#include "ceremony/publication/publication.h"
#include "ceremony/rules/proposal_rules.h"

/* Is it a role that keyholders of the plan sign? */
static bool is_ours(const struct plan *p, const char *role)
{
    const struct plan_role *r = plan_role_of(p, role);

    return r != NULL && r->nseats > 0;
}

static int report_anew(const struct plan *p, const struct fitting *file, const char *group,
                       struct findings *out)
{
    if (file->online)
        return finding_add(out, FINDING_NOTE, "made-anew",
                           "let the online side make it, and publish all of it together",
                           "%.120s must be made anew in the same publication: %.200s", group,
                           file->why);
    if (is_ours(p, file->role) && file->version == 0)
        return finding_add(
            out, FINDING_WARNING, "made-anew",
            "put it into inputs/trusted, or add the role to \"sign\"",
            "%.120s is not signed here, and was not given: whether clients will still "
            "accept it was not looked at: %.200s",
            group, file->why);
    if (is_ours(p, file->role))
        return finding_add(out, FINDING_REFUSAL, "made-anew", "add the role to \"sign\"",
                           "%.120s must be signed anew, and is not signed here: %.200s", group,
                           file->why);
    return finding_add(out, FINDING_WARNING, "made-anew",
                       "let its own keyholders sign it, and publish all of it together",
                       "%.120s must be signed anew in the same publication: %.200s", group,
                       file->why);
}

static int report_trusts(const struct plan *p, const struct fitting *file, const char *group,
                         struct findings *out)
{
    const struct plan_role *r = plan_role_of(p, file->role);
    bool signs = r != NULL && r->sign;
    char todo[160];

    if (signs)
        snprintf(todo, sizeof todo,
                 "the plan keeps that key in this role: name another, or nobody");
    else if (is_ours(p, file->role))
        snprintf(todo, sizeof todo, "sign it here as well: 'edit --%s NAME=FILE --sign %.80s=yes'",
                 file->stolen ? "stolen" : "online", r->name);
    else
        snprintf(todo, sizeof todo, "let its own keyholders sign it with the new key first");
    return finding_add(out, file->stolen ? FINDING_REFUSAL : FINDING_WARNING, "old-online-key",
                       todo, "%.120s %s: %.200s%s", group,
                       signs ? "would be signed as the plan has it" : "stays as it is", file->why,
                       file->stolen ? ", which is stolen" : "");
}

static int report_files(const struct plan *p, const struct publication *pub, struct findings *out)
{
    for (size_t i = 0; i < pub->n;) {
        const struct fitting *file = &pub->files[i];
        struct bytes group = {0};
        int rc;

        i += publication_group(pub, i, &group);
        if (file->fit == FIT_ANEW)
            rc = report_anew(p, file, bytes_str(&group), out);
        else if (file->fit == FIT_TRUSTS)
            rc = report_trusts(p, file, bytes_str(&group), out);
        else if (file->fit == FIT_UNSEEN)
            rc = finding_add(out, FINDING_NOTE, "not-given",
                             "put it into inputs/trusted to have it looked at",
                             "%.200s was not given: whether clients accept it beside the new files "
                             "was not looked at",
                             bytes_str(&group));
        else
            rc =
                finding_add(out, FINDING_WARNING, "unreached",
                            "see that this is what is wanted; its files are lost to clients",
                            "%.200s is in force, and no role will delegate to it any more: clients "
                            "can't reach it",
                            bytes_str(&group));
        bytes_clear(&group);
        if (rc != 0)
            return -1;
    }
    return 0;
}

/* What the review would refuse is refused before anybody enrols a key. It warns of tokens, too:
 * those are not known before; of a file's length that is known, it is warned of here. */
#include "ceremony/rules/plan_rules.h"

static int report_proposal_rules(const struct session *s, struct findings *out, struct err *e)
{
    for (size_t g = 0; g < s->ngroups; g++) {
        struct findings f;
        int rc = proposal_rules_check(s, g, &f, e);

        for (size_t i = 0; rc == 0 && i < f.n; i++) {
            size_t from = out->n;

            if (f.items[i].level != FINDING_REFUSAL &&
                (f.items[i].level == FINDING_NOTE || strcmp(f.items[i].rule, "client-limit") != 0))
                continue;
            rc = finding_add(out, f.items[i].level, f.items[i].rule, f.items[i].todo, "%s",
                             f.items[i].text);
            findings_protect(out, from, f.items[i].protects);
        }
        findings_clear(&f);
        if (rc != 0)
            return -1;
    }
    return 0;
}

int plan_rules_publication(const struct plan *p, utc_t now, struct findings *out, struct err *e)
{
    struct publication pub = {0};
    struct session *s;
    size_t from = out->n;
    int rc;

    if (session_preview(p, now, &s, e) != 0) {
        if (e->code == ERR_INTERNAL)
            return -1;
        rc = finding_add(out, FINDING_REFUSAL, "composed", e->todo, "%s", e->what);
        err_clear(e);
        return rc != 0 ? err_oom(e) : 0;
    }
    rc = publication_check(s, &pub, e);
    if (rc == 0 && report_files(p, &pub, out) != 0)
        rc = err_oom(e);
    findings_protect(out, from, "every client: what does not fit together is refused");
    if (rc == 0)
        rc = report_proposal_rules(s, out, e);
    publication_clear(&pub);
    session_free(s);
    return rc;
}
