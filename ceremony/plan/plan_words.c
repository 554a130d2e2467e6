/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan/plan_words.h"

#include <inttypes.h>
#include <string.h>

#include "ceremony/plan/plan_change.h"
#include "metadata/base/plain.h"

#define VALUES_SHOWN 40 /* of more, the first and the last */
#define VALUES_FIRST 3

#define COLUMN                                                                                     \
    12 /* where what is said of each role begins; a longer name has a line of its own              \
        */

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

static void put_holder(const struct plan_holder *h, struct bytes *out)
{
    bytes_put_str(out, h->name);
    if (h->bag != NULL)
        bytes_printf(out, ", bag %s", h->bag);
    if (h->token != NULL)
        bytes_printf(out, ", %s", h->token);
    for (size_t i = 0; i < h->ngiven; i++)
        bytes_printf(out, ", %s%skey in inputs/%s",
                     h->given[i].role != NULL ? h->given[i].role : "",
                     h->given[i].role != NULL ? " " : "", h->given[i].file);
    if (h->fate != KEY_KEPT)
        bytes_printf(out, ", %s",
                     h->fate == KEY_LOST ? "has lost the key in force" : "gets a new key");
    bytes_put_u8(out, '\n');
}

/* Do the hash prefixes leave no path out? The sixteen digits do not. */
static bool is_everything(const struct plan_delegation *d)
{
    size_t digits = 0;

    for (size_t i = 0; i < d->nprefixes; i++)
        digits += strlen(d->prefixes[i]) == 1;
    return digits == 16;
}

/* What the variables of a role template stand for: "version: 2.7, source". */
static void put_values(const struct plan_variable *v, struct bytes *out)
{
    bytes_printf(out, "\n            %s:", v->name);
    for (size_t i = 0; i < v->n; i++)
        if (v->n <= VALUES_SHOWN || i < VALUES_FIRST || i + 1 == v->n)
            bytes_printf(out, "%s %s", i > 0 ? "," : "", v->values[i]);
        else if (i == VALUES_FIRST)
            bytes_put_str(out, ", ...");
    if (v->n > VALUES_SHOWN)
        bytes_printf(out, " (%zu)", v->n);
}

/* What of the tree a role is. */
static void put_share(const struct plan *p, const struct plan_delegation *d, size_t members,
                      struct bytes *out)
{
    bytes_printf(out, "\n            ");
    if (d->bit_length > 0)
        bytes_printf(out, "%zu bins %s, ", members,
                     d->succinct ? "as succinct roles" : "by hash prefix");
    else if (members > 1)
        bytes_printf(out, "%zu roles, ", members);
    bytes_printf(out, "delegated by %s", p->roles[d->by].name);
    for (size_t i = 0; i < d->npaths; i++)
        bytes_printf(out, "%s %s", i == 0 ? ", for" : ",", d->paths[i]);
    if (is_everything(d))
        bytes_put_str(out, ", for every path");
    else if (d->nprefixes > 0)
        bytes_printf(out, ", for %zu prefixes of hashes", d->nprefixes);
    if (d->terminating)
        bytes_put_str(out, ", terminating");
    for (size_t i = 0; i < d->nvariables; i++)
        put_values(&d->variables[i], out);
}

/* Where the files and delegations of a role come from. */
static void put_contents(const struct plan *p, const struct plan_role *r, struct bytes *out)
{
    if (r->delegation != NULL)
        put_share(p, r->delegation, r->ninstances, out);
    if (r->file != NULL)
        bytes_printf(out, "\n            contents: inputs/%s", r->file);
    if (r->moves != NULL)
        bytes_printf(out, "\n            moves: inputs/%s", r->moves);
    for (size_t i = 0; i < r->nremoved; i++)
        bytes_printf(out, "\n            %s is delegated to no more", r->removed[i]);
}

static void put_role(const struct plan *p, const struct plan_role *r, utc_t date, struct bytes *out)
{
    bytes_put_str(out, r->name);
    if (plain_width(r->name) < COLUMN)
        bytes_printf(out, "%*sis signed by ", plain_pad(r->name, COLUMN), "");
    else
        bytes_printf(out, "\n%*sis signed by ", COLUMN, "");
    plan_role_words(p, r, out);
    put_contents(p, r, out);
    if (r->sign) {
        bytes_put_str(out, "\n            in this ceremony: ");
        if (r->ninstances == 1)
            bytes_printf(out, "version %" PRId64 ", ", plan_version(p, (size_t)(r - p->roles), 0));
        utc_put_expiry_day(date, plan_role_expiry(r, date), out);
    }
    bytes_put_u8(out, '\n');
}

void plan_words(const struct plan *p, utc_t date, struct bytes *out)
{
    bytes_printf(out, "%s%s\n\n", p->title, p->rehearsal ? " (REHEARSAL)" : "");
    if (p->first_root)
        bytes_printf(out,
                     "A new first root: no client that trusts root v%" PRId64 " or an older one "
                     "follows.\nIt must be shipped to every client by another way.\n\n",
                     p->trusted->root->head.version);
    if (p->trusted != NULL) {
        bytes_printf(out, "What changes against root v%" PRId64 ", which is in force:\n",
                     p->trusted->root->head.version);
        plan_change_words(p, out);
        bytes_put_u8(out, '\n');
    }
    for (size_t i = 0; i < p->nholders; i++) {
        bytes_put_str(out, i == 0 ? "keyholders  " : "            ");
        put_holder(&p->holders[i], out);
    }
    bytes_put_u8(out, '\n');
    for (size_t i = 0; i < p->nroles; i++)
        put_role(p, plan_role_at(p, i), date, out);
    plan_attest_words(&p->attest, out);
}
