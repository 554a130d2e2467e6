/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan_words.h"

#include <inttypes.h>
#include <string.h>

#include "ceremony/plan_change.h"

utc_t plan_role_expiry(const struct plan_role *r, utc_t date)
{
    return r->expires_is_date ? r->expires_at : utc_add(date, r->expires_in);
}

void plan_role_words(const struct plan *p, const struct plan_role *r, struct bytes *out)
{
    size_t n = r->nseats + r->nonline;

    if (r->threshold == n)
        bytes_printf(out, n == 1 ? "" : n == 2 ? "both " : "all of ");
    else
        bytes_printf(out, "any %u of ", r->threshold);
    for (size_t i = 0; i < r->nseats; i++)
        bytes_printf(out, "%s%s", i > 0 ? ", " : "", p->holders[p->seats[r->seats[i]].holder].name);
    for (size_t i = 0; i < r->nonline; i++)
        bytes_printf(out, "%sthe online key '%s'", i > 0 ? ", " : "", p->online[r->online[i]].name);
}

void plan_words(const struct plan *p, utc_t date, struct bytes *out)
{
    static const enum signed_type order[] = {SIGNED_ROOT, SIGNED_TARGETS, SIGNED_SNAPSHOT,
                                             SIGNED_TIMESTAMP};
    char at[UTC_SIZE];

    bytes_printf(out, "%s%s\n\n", p->title, p->rehearsal ? " (REHEARSAL)" : "");
    if (p->trusted != NULL) {
        bytes_printf(out, "What changes against root v%" PRId64 ", which is in force:\n",
                     p->trusted->root->head.version);
        plan_change_words(p, out);
        bytes_put_u8(out, '\n');
    }
    if (p->first_version > 1)
        bytes_printf(out,
                     "A new first root: no client that trusts root v%" PRId64 " or an older one "
                     "follows.\nIt must be shipped to every client by another way.\n\n",
                     p->first_version - 1);
    for (size_t i = 0; i < p->nholders; i++) {
        const struct plan_holder *h = &p->holders[i];

        bytes_printf(out, "%s %s", i == 0 ? "keyholders " : "           ", h->name);
        if (h->bag != NULL)
            bytes_printf(out, ", bag %s", h->bag);
        if (h->token != NULL)
            bytes_printf(out, ", %s", h->token);
        if (h->key_file != NULL)
            bytes_printf(out, ", key in inputs/%s", h->key_file);
        if (h->fate != KEY_KEPT)
            bytes_printf(out, ", %s",
                         h->fate == KEY_LOST ? "has lost the key in force" : "gets a new key");
        bytes_put_u8(out, '\n');
    }
    bytes_put_u8(out, '\n');
    for (size_t i = 0; i < SIGNED_TYPES; i++) {
        const struct plan_role *r = &p->roles[order[i]];

        bytes_printf(out, "%-11s is signed by ", signed_type_name(r->type));
        plan_role_words(p, r, out);
        if (r->sign) {
            utc_format(plan_role_expiry(r, date), at);
            bytes_printf(out,
                         "\n            in this ceremony: version %" PRId64 ", valid until %.10s (",
                         plan_version(p, r->type), at);
            utc_distance(date, plan_role_expiry(r, date), out);
            bytes_put_u8(out, ')');
        }
        bytes_put_u8(out, '\n');
    }
}
