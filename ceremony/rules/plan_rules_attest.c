/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about what a plan brings to check attestations with. */
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/session/attest.h"

static int pins_there(const struct plan *p, struct findings *out)
{
    char hex[SHA256_HEX_SIZE];

    for (size_t i = 0; i < p->attest.npins; i++) {
        if (plan_attest_has(&p->attest, i))
            continue;
        hex_of(p->attest.pins[i], SHA256_SIZE, hex);
        if (finding_add(out, FINDING_WARNING, "attestation-root",
                        "put the certificate into inputs/vendor-roots",
                        "the plan pins the root %.16s..., and its certificate is not there", hex))
            return -1;
    }
    return 0;
}

/* Certificates that nobody pinned vouch for nothing. */
static int makers_pinned(const struct plan *p, struct findings *out)
{
    struct bytes words = {0};
    int rc = 0;

    if (p->attest.makers.n == 0)
        return 0;
    plan_attest_words(&p->attest, &words);
    if (strstr(bytes_str(&words), "are checked against") == NULL)
        rc = finding_add(out, FINDING_WARNING, "vendor-roots",
                         "put the maker's own root there, or pin this one with 'attestation_roots'",
                         "no certificate in inputs/vendor-roots is a root that is pinned: no "
                         "attestation can be checked");
    bytes_clear(&words);
    return rc;
}

/* Copies the findings, each with whose key it is about. That no token is there yet to compare a
 * serial with goes without saying. */
static int add_about(const struct plan *p, size_t seat, const struct findings *f,
                     struct findings *out)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->items[i].rule, "serial") != 0 &&
            finding_add(out, f->items[i].level, f->items[i].rule, f->items[i].todo,
                        "the key of '%s' for %s: %.300s", p->holders[p->seats[seat].holder].name,
                        p->roles[p->seats[seat].role].name, f->items[i].text) != 0)
            return -1;
    return 0;
}

/* A key that the plan gives as a file: what is vouched for of it. */
static int given_key(const struct plan *p, size_t seat, utc_t now, struct findings *out)
{
    const struct attest_evidence none = {0};
    struct findings f = {0};
    struct attestation a;
    struct err why;
    int rc;

    if (attest_key(p, now, p->seats[seat].key, &none, NULL, NULL, &a, &why) != 0)
        return why.code == ERR_INTERNAL ? -1
                                        : finding_add(out, FINDING_REFUSAL, "attestation",
                                                      err_todo_text(&why), "%s", why.what);
    rc = a.form != NULL ? attest_findings(&a, &f)
                        : finding_add(&f, FINDING_NOTE, "no-attestation", "",
                                      "no attestation is among the inputs: where it was made, and "
                                      "whether it is exportable, is not known here");
    if (rc == 0)
        rc = add_about(p, seat, &f, out);
    findings_clear(&f);
    attestation_clear(&a);
    return rc;
}

int plan_rules_attest(const struct plan *p, utc_t now, struct findings *out)
{
    if (pins_there(p, out) != 0 || makers_pinned(p, out) != 0)
        return -1;
    for (size_t i = 0; i < p->nseats; i++)
        if (plan_seat_given(p, i) && given_key(p, i, now, out) != 0)
            return -1;
    return 0;
}
