/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/review.h"

#include <inttypes.h>

#include "ceremony/guard.h"

int review_changes(const struct session *s, size_t proposal, struct changes *out, struct err *e)
{
    const struct proposal *p = &s->proposals[proposal];
    const struct envelope *old = trusted_envelope(s->plan->trusted, p->type);
    const struct describe_names names = describe_session(s);

    *out = (struct changes){0};
    return old == NULL ? 0
                       : diff(envelope_object(old), envelope_object(p->envelope), &names, out, e);
}

static int put_changes(const struct session *s, size_t proposal, struct bytes *out, struct err *e)
{
    const struct proposal *p = &s->proposals[proposal];
    struct changes c;

    if (review_changes(s, proposal, &c, e) != 0)
        return -1;
    if (trusted_envelope(s->plan->trusted, p->type) != NULL)
        bytes_printf(out, "What changes against version %" PRId64 ", which is in force:\n",
                     p->version - 1);
    for (size_t i = 0; i < c.n; i++)
        bytes_printf(out, "    %s\n", c.items[i].words);
    if (c.n > 0)
        bytes_put_u8(out, '\n');
    changes_clear(&c);
    return 0;
}

static int put_findings(const struct session *s, size_t proposal, struct bytes *out, struct err *e)
{
    struct findings f;

    if (guard_check(s, proposal, &f, e) != 0)
        return -1;
    for (size_t i = 0; i < f.n; i++)
        bytes_printf(out, "%s: %s\n    %s\n",
                     f.items[i].level == FINDING_REFUSAL   ? "REFUSED"
                     : f.items[i].level == FINDING_WARNING ? "Attention"
                                                           : "Note",
                     f.items[i].text, f.items[i].todo);
    if (f.n > 0)
        bytes_put_u8(out, '\n');
    findings_clear(&f);
    return 0;
}

int review_text(const struct session *s, size_t proposal, struct bytes *out, struct err *e)
{
    const struct describe_names names = describe_session(s);

    if (put_changes(s, proposal, out, e) != 0 || put_findings(s, proposal, out, e) != 0)
        return -1;
    if (trusted_envelope(s->plan->trusted, s->proposals[proposal].type) != NULL)
        bytes_put_str(out, "All of it:\n");
    return describe(envelope_object(s->proposals[proposal].envelope), &names, s->date, out, e);
}
