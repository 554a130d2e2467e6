/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/session_fold.h"
#include "metadata/compose.h"

void session_proposals_clear(struct session *s)
{
    for (size_t i = 0; i < s->nproposals; i++) {
        free(s->proposals[i].role);
        envelope_free(s->proposals[i].envelope);
        free(s->proposals[i].seats);
    }
    free(s->proposals);
    free(s->by_role);
    s->by_role = NULL;
    s->proposals = NULL;
    s->nproposals = 0;
    s->next = NULL;
    root_clear(&s->root);
}

static utc_t expiry(const struct session *s, const struct plan_role *r)
{
    return r->expires_is_date ? r->expires_at : utc_add(s->date, r->expires_in);
}

/* The keys of a role, in the plan's order; `keys` holds as many as the role has. */
static void role_keys(const struct session *s, const struct plan_role *r, struct compose_role *out)
{
    out->n = 0;
    out->threshold = r->threshold;
    for (size_t i = 0; i < r->nseats; i++)
        out->keys[out->n++] = s->seats[r->seats[i]].key;
    for (size_t i = 0; i < r->nonline; i++)
        out->keys[out->n++] = s->plan->online[r->online[i]].key;
}

static int put_root(const struct session *s, struct bytes *out, struct err *e)
{
    const struct plan *p = s->plan;
    const struct envelope *base = trusted_envelope(p->trusted, SIGNED_ROOT);
    struct compose_root root = {.version = plan_version(p, SIGNED_ROOT),
                                .expires = expiry(s, &p->roles[SIGNED_ROOT])};
    int rc = -1;

    for (unsigned t = 0; t < SIGNED_TYPES; t++) {
        const struct plan_role *r = &p->roles[t];

        root.roles[t].keys = calloc(r->nseats + r->nonline + 1, sizeof *root.roles[t].keys);
        if (root.roles[t].keys == NULL) {
            err_oom(e);
            goto out;
        }
        role_keys(s, r, &root.roles[t]);
    }
    if (base != NULL)
        root.base = envelope_object(base);
    rc = compose_root(&root, out, e);
out:
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        free(root.roles[t].keys);
    return rc;
}

/* What each seat is to the proposal. */
static int note_seats(const struct session *s, struct proposal *p, struct err *e)
{
    if ((p->seats = calloc(s->plan->nseats + 1, 1)) == NULL)
        return err_oom(e);
    for (size_t k = 0; k < s->plan->nseats; k++)
        for (size_t o = 0; o < p->nobligations; o++)
            if (obligation_has(&p->obligations[o], s->seats[k].key)) {
                p->seats[k] |= (uint8_t)(SEAT_COUNTS << o);
                if (!s->plan->seats[k].lost)
                    p->seats[k] |= SEAT_SIGNS;
            }
    return 0;
}

/* What is shown, signed and verified from here on is parsed from the bytes that were composed. */
static int add_proposal(struct session *s, enum signed_type type, struct bytes *canonical,
                        struct err *e)
{
    struct proposal *p = &s->proposals[s->nproposals];
    struct signed_head head;
    char name[64];

    *p = (struct proposal){.type = type, .role = strdup(signed_type_name(type))};
    if (p->role == NULL) {
        bytes_clear(canonical);
        return err_oom(e);
    }
    s->nproposals++;
    snprintf(name, sizeof name, "the proposed %s", p->role);
    if (envelope_new(canonical, name, &p->envelope, e) != 0 ||
        signed_head_expect(envelope_object(p->envelope), type, &head, e) != 0)
        return -1;
    if (type == SIGNED_ROOT && root_read(envelope_object(p->envelope), &s->root, e) != 0)
        return -1;
    p->version = head.version;
    p->expires = head.expires;
    if (type == SIGNED_ROOT)
        s->next = &s->root;
    p->nobligations = obligations_of(type, s->plan->trusted != NULL ? s->plan->trusted->root : NULL,
                                     s->next, p->obligations);
    if (sha256(envelope_signed(p->envelope), p->digest) != 0)
        return err_oom(e);
    hex_of(p->digest, sizeof p->digest, p->sha256);
    return note_seats(s, p, e);
}

static int by_role(const void *a, const void *b, void *proposals)
{
    const size_t *x = a, *y = b;
    const struct proposal *p = proposals;

    return strcmp(p[*x].role, p[*y].role);
}

static int index_roles(struct session *s, struct err *e)
{
    if ((s->by_role = calloc(s->nproposals + 1, sizeof *s->by_role)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < s->nproposals; i++)
        s->by_role[i] = i;
    qsort_r(s->by_role, s->nproposals, sizeof *s->by_role, by_role, s->proposals);
    return 0;
}

static int put_targets(const struct session *s, struct bytes *out, struct err *e)
{
    const struct plan *p = s->plan;
    const struct envelope *base =
        p->content != NULL ? p->content : trusted_envelope(p->trusted, SIGNED_TARGETS);
    struct compose_targets t = {.version = plan_version(p, SIGNED_TARGETS),
                                .expires = expiry(s, &p->roles[SIGNED_TARGETS])};

    if (base != NULL)
        t.base = envelope_object(base);
    return compose_targets(&t, out, e);
}

static int propose_all(struct session *s, struct err *e)
{
    static const struct {
        enum signed_type type;
        int (*put)(const struct session *s, struct bytes *out, struct err *e);
    } order[] = {{SIGNED_ROOT, put_root}, {SIGNED_TARGETS, put_targets}};
    struct bytes canonical;

    if ((s->proposals = calloc(SIGNED_TYPES, sizeof *s->proposals)) == NULL)
        return err_oom(e);
    s->next = s->plan->trusted != NULL ? s->plan->trusted->root : NULL;
    bytes_init(&canonical);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (!s->plan->roles[order[i].type].sign)
            continue;
        if (order[i].put(s, &canonical, e) != 0) {
            bytes_clear(&canonical);
            return -1;
        }
        if (add_proposal(s, order[i].type, &canonical, e) != 0)
            return -1;
    }
    return index_roles(s, e);
}

int session_propose(struct session *s, struct err *e)
{
    session_proposals_clear(s);
    for (size_t i = 0; i < s->nsignatures; i++)
        free(s->signatures[i].keyid);
    s->nsignatures = 0;
    if (!s->plan_accepted || !s->date_confirmed || !session_enrolled(s))
        return 0;
    if (propose_all(s, e) == 0 && carry_onto_proposals(s, e) == 0)
        return 0;
    session_proposals_clear(s);
    return -1;
}
