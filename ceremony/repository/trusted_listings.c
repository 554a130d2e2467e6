/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshot and timestamp in force. They are the online side's: what is odd in them is no reason to
 * stop a ceremony. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/repository/trusted_files.h"

static const struct trusted_note note_listing = {
    .todo = "give the one that clients accept today; else it is not looked at"};

struct reading {
    struct store *store;
    struct trusted *trusted;
    enum signed_type type;
};

static struct trusted_listing *slot_of(const struct reading *r)
{
    return r->type == SIGNED_SNAPSHOT ? &r->trusted->snapshot : &r->trusted->timestamp;
}

static void listing_drop(struct trusted_listing *l)
{
    listing_clear(&l->listing);
    envelope_free(l->envelope);
    *l = (struct trusted_listing){0};
}

void trusted_listings_clear(struct trusted *t)
{
    listing_drop(&t->snapshot);
    listing_drop(&t->timestamp);
}

/* Is it "7.snapshot.json" or "snapshot.json"? */
static bool is_named(const char *name, enum signed_type type)
{
    char file[32];

    name += strlen(TRUSTED_FOLDER "/");
    snprintf(file, sizeof file, "%s.json", signed_type_name(type));
    if (*name >= '0' && *name <= '9')
        name += strspn(name, "0123456789");
    return strcmp(*name == '.' ? name + 1 : name, file) == 0;
}

/* Fills `*out`; 0 with `why` when it is not one that clients accept under the root in force. */
static int read_one(const struct reading *r, const char *name, struct trusted_listing *out,
                    struct err *why)
{
    const struct root *root = r->trusted->root;
    struct tally tally;
    bool reached;

    if (trusted_envelope_read(r->store, name, &out->envelope, why) <= 0 ||
        listing_read(envelope_object(out->envelope), r->type, &out->listing, why) != 0 ||
        envelope_tally(out->envelope, &root->roles[r->type], &root->keys, &tally, why) != 0)
        return -1;
    reached = tally_reached(&tally);
    tally_clear(&tally);
    return reached
               ? 0
               : err_set(why, ERR_SIGNATURE, "the root in force does not accept its signatures");
}

static int look_at(void *arg, const char *name, struct err *e)
{
    const struct reading *r = arg;
    struct trusted_listing *slot = slot_of(r), one = {0};
    struct err why;
    char *text;

    if (!is_named(name, r->type))
        return 0;
    err_clear(&why);
    if (read_one(r, name, &one, &why) != 0) {
        listing_drop(&one);
        if (why.code == ERR_NONE) /* it went away */
            return 0;
        if (why.code != ERR_INPUT && why.code != ERR_SIGNATURE) {
            *e = why;
            return -1;
        }
        if (asprintf(&text, "'%s' is not looked at: %s", name, why.what) < 0)
            text = NULL;
        return trusted_note_add(r->trusted, note_listing, text, e);
    }
    if (slot->envelope != NULL && slot->listing.head.version >= one.listing.head.version) {
        listing_drop(&one);
        return 0;
    }
    listing_drop(slot);
    *slot = one;
    return 0;
}

int trusted_listings_read(struct store *s, struct trusted *t, struct err *e)
{
    struct reading r = {s, t, SIGNED_SNAPSHOT};

    if (s->ops->list(s->self, TRUSTED_FOLDER, look_at, &r, e) != 0)
        return -1;
    r.type = SIGNED_TIMESTAMP;
    return s->ops->list(s->self, TRUSTED_FOLDER, look_at, &r, e);
}
