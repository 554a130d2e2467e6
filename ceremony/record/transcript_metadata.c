/* SPDX-License-Identifier: Apache-2.0 */
/* What was signed, for the transcript. */
#include <inttypes.h>

#include "ceremony/record/transcript_part.h"
#include "ceremony/review/review.h"

static void put_changes(const struct changes *c, const char *indent, struct bytes *out)
{
    if (c->n > CHANGES_FEW)
        changes_summary(c, indent, out);
    for (size_t i = 0; i < c->n && c->n <= CHANGES_FEW; i++) {
        bytes_put_str(out, indent);
        change_words(c, i, out);
        bytes_put_u8(out, '\n');
    }
}

int transcript_file(const struct session *s, size_t proposal, const struct delegation_review *r,
                    struct bytes *out, struct err *e)
{
    const struct proposal *p = &s->proposals[proposal];
    struct changes c;

    bytes_printf(out, "%s version %" PRId64 ", ", p->role, p->version);
    utc_put_expiry(p->expires, out);
    bytes_put_str(out, "\n    SHA-256 of the signed bytes (canonical JSON of 'signed')\n");
    transcript_digest(p->digest, "    ", out);
    for (size_t k = 0; k < p->nobligations; k++)
        bytes_printf(out, "    %s: %u signatures, %u needed\n", p->obligations[k].label,
                     session_reached(s, proposal, k), p->obligations[k].role->threshold);
    delegation_review_words(r, proposal, 1, "    changed: ", out);
    if (review_changes(s, proposal, &c, e) != 0)
        return -1;
    put_changes(&c, "    changed: ", out);
    changes_clear(&c);
    return 0;
}

/* How many signatures the files of a role template have, each. */
static void put_reached(const struct session *s, const struct proposal_group *g, size_t k,
                        struct bytes *out)
{
    const struct obligation *o = &s->proposals[g->first].obligations[k];
    unsigned least = session_reached(s, g->first, k), most = least;

    for (size_t i = g->first; i < g->first + g->n; i++) {
        unsigned n = session_reached(s, i, k);

        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    bytes_put_str(out, "    ");
    if (least < most)
        bytes_printf(out, "%u to ", least);
    bytes_printf(out, "%u signatures each, %u needed\n", most, o->role->threshold);
}

/* What changes in the files of a role template, file by file; `*n` is how many lines that are. */
static int put_each(const struct session *s, const struct proposal_group *g,
                    const struct delegation_review *r, struct bytes *out, size_t *n, size_t *still,
                    struct err *e)
{
    *n = *still = 0;
    for (size_t i = g->first; i < g->first + g->n; i++) {
        struct bytes indent = {0};
        struct changes c;

        if (review_changes(s, i, &c, e) != 0)
            return -1;
        if (c.n > 0 && changes_only_renew(&c))
            ++*still;
        else if (c.n > 0) {
            *n += c.n <= CHANGES_FEW ? c.n : CHANGE_KINDS;
            bytes_printf(&indent, "    changed in %s: ", s->proposals[i].role);
            if (*n <= CHANGES_FEW)
                delegation_review_words(r, i, 1, bytes_str(&indent), out);
            if (*n <= CHANGES_FEW)
                put_changes(&c, bytes_str(&indent), out);
            bytes_done(&indent, out);
        }
        changes_clear(&c);
    }
    return 0;
}

static int put_changes_of_template(const struct session *s, const struct proposal_group *g,
                                   const struct delegation_review *r, struct bytes *out,
                                   struct err *e)
{
    size_t n, still;
    struct bytes each = {0};
    int rc;

    rc = put_each(s, g, r, &each, &n, &still, e);
    delegation_review_words(r, g->first, g->n, "    changed: ", out);
    if (still > 0)
        bytes_printf(out, "    changed: in %zu file%s nothing but version and expiry\n", still,
                     still == 1 ? "" : "s");
    if (n <= CHANGES_FEW)
        bytes_put_span(out, bytes_span(&each));
    else
        bytes_put_str(out, "    changed: more than is listed here; 'tuf-ceremony diff' shows it, "
                           "file by file\n");
    bytes_done(&each, out);
    return rc;
}

int transcript_template(const struct session *s, size_t group, const struct delegation_review *r,
                        struct bytes *out, struct err *e)
{
    const struct proposal_group *g = &s->groups[group];
    const struct proposal *first = &s->proposals[g->first];

    bytes_printf(out, "%s, %zu files from %s to %s, ", session_group_name(s, group), g->n,
                 first->role, s->proposals[g->first + g->n - 1].role);
    utc_put_expiry(first->expires, out);
    bytes_put_str(out, "\n    SHA-256 of the list of the signed bytes, \"<sha256>  "
                       "<version>.<role>\" a line\n");
    transcript_digest(g->digest, "    ", out);
    if (g->n <= CHANGES_FEW)
        session_group_list(s, group, out);
    else
        bytes_put_str(out, "    each file's SHA-256 is with its signatures in the journal\n");
    for (size_t k = 0; k < first->nobligations; k++)
        put_reached(s, g, k, out);
    return put_changes_of_template(s, g, r, out, e);
}
