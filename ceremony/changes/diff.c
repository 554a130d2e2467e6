/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/diff.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/key.h"

/* Leaves out changes that another line of the same diff prints already. */

struct json change_old(const struct changes *c, size_t i)
{
    const struct json none = {0};

    return c->items[i].old != NULL ? json_at(c->old.doc, c->items[i].old) : none;
}

struct json change_new(const struct changes *c, size_t i)
{
    const struct json none = {0};

    return c->items[i].new != NULL ? json_at(c->new.doc, c->items[i].new) : none;
}

size_t change_names(const struct changes *c, size_t i, struct json out[CHANGE_NAMES])
{
    const struct change *ch = &c->items[i];
    size_t n = ch->name != NULL, at;

    for (uint32_t in = ch->in; in != 0; in = c->places[in].in)
        n++;
    at = n;
    if (at > 0)
        out[--at] = json_at(ch->new != NULL ? c->new.doc : c->old.doc, ch->name);
    for (uint32_t in = ch->in; in != 0; in = c->places[in].in)
        out[--at] = json_at(c->places[in].gone ? c->old.doc : c->new.doc, c->places[in].name);
    return n;
}

static bool names_are(const struct json *names, size_t n, const char *first, const char *second)
{
    return n >= 2 && json_text_is(names[0], first) &&
           (second == NULL || json_text_is(names[1], second));
}

/* The keyids that a change says: its own below "keyids", or those of a role that comes or goes. */
static size_t keyids_of(const struct changes *c, size_t i, struct json *out)
{
    struct json names[CHANGE_NAMES], list, id;
    size_t n = change_names(c, i, names), found = 0;
    struct json value = c->items[i].new != NULL ? change_new(c, i) : change_old(c, i);

    if (n >= 2 && json_text_is(names[n - 2], "keyids")) {
        if (out != NULL)
            *out = names[n - 1];
        return 1;
    }
    if (n != 3 || !names_are(names, n, "delegations", "roles") ||
        (c->items[i].old != NULL && c->items[i].new != NULL) || !json_get(value, "keyids", &list) ||
        json_kind(list) != JSON_ARRAY)
        return 0;
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &id);)
        if (json_kind(id) == JSON_STRING) {
            if (out != NULL)
                out[found] = id;
            found++;
        }
    return found;
}

static int by_text(const void *a, const void *b)
{
    const struct json *x = a, *y = b;

    return json_text_cmp(*x, *y);
}

/* Is it a key object that comes or goes? `*id` is its keyid. */
static bool is_key(const struct changes *c, size_t i, struct json *id)
{
    struct json names[CHANGE_NAMES];
    size_t n;

    if (c->items[i].old != NULL && c->items[i].new != NULL)
        return false;
    if ((n = change_names(c, i, names)) == 0)
        return false;
    *id = names[n - 1];
    return (n == 2 && names_are(names, n, "keys", NULL)) ||
           (n == 3 && names_are(names, n, "delegations", "keys"));
}

/* What is of no kind that is counted by itself. */
static void count_others(struct changes *c)
{
    struct change_count *k = &c->counts[CHANGE_OTHER];

    for (size_t i = 0; i < c->n; i++) {
        struct json names[CHANGE_NAMES];
        size_t n = change_names(c, i, names);

        if (names_are(names, n, "targets", NULL) || names_are(names, n, "meta", NULL) ||
            (n >= 3 && (names_are(names, n, "delegations", "roles") ||
                        names_are(names, n, "delegations", "keys"))))
            continue;
        k->added += c->items[i].old == NULL;
        k->removed += c->items[i].new == NULL;
        k->changed += c->items[i].old != NULL && c->items[i].new != NULL;
    }
}

/* Drops the key objects that come or go with the roles that name them, and counts what is of no
 * kind. Errors: ERR_INTERNAL. */
static int changes_drop_printed(struct changes *c, struct err *e)
{
    struct json *said, id;
    size_t n = 0, at = 0, kept = 0;

    for (size_t i = 0; i < c->n; i++)
        n += keyids_of(c, i, NULL);
    if ((said = calloc(n + 1, sizeof *said)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < c->n; i++)
        at += keyids_of(c, i, said + at);
    qsort(said, n, sizeof *said, by_text);
    for (size_t i = 0; i < c->n; i++)
        if (!is_key(c, i, &id) || bsearch(&id, said, n, sizeof *said, by_text) == NULL)
            c->items[kept++] = c->items[i];
    c->n = kept;
    free(said);
    count_others(c);
    return 0;
}

/* A member whose name is a string of a document. */
static bool member(struct json object, struct json name, struct json *out)
{
    struct bytes text = {0};
    bool found;

    json_text(name, &text);
    found = !bytes_failed(&text) && json_get(object, bytes_str(&text), out);
    bytes_clear(&text);
    return found;
}

struct key *key_listed(struct json file, struct json keyid)
{
    struct json delegations, keys, object;
    struct key *key = NULL;
    struct err ignored;

    if (json_get(file, "delegations", &delegations))
        file = delegations;
    if (json_get(file, "keys", &keys) && member(keys, keyid, &object))
        (void)key_from_json(object, &key, &ignored);
    return key;
}

bool same_key_in(struct json from, struct json to, struct json role, struct json keyid,
                 struct json *out)
{
    struct key *key = key_listed(from, keyid);
    struct json roles, in, list;
    bool same = false;

    if (key != NULL && json_get(to, "roles", &roles) && member(roles, role, &in) &&
        json_get(in, "keyids", &list) && json_kind(list) == JSON_ARRAY) {
        for (struct json_iter it = json_iter_of(list); !same && json_next(&it, NULL, out);) {
            struct key *other = json_kind(*out) == JSON_STRING ? key_listed(to, *out) : NULL;

            same =
                other != NULL && key_same_material(key, other) && json_text_cmp(*out, keyid) != 0;
            key_free(other);
        }
    }
    key_free(key);
    return same;
}

bool changes_only_renew(const struct changes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct json names[CHANGE_NAMES];
        size_t n = change_names(c, i, names);

        if (n != 1 || (!json_text_is(names[0], "version") && !json_text_is(names[0], "expires")))
            return false;
    }
    return true;
}

#define DEPTH_MAX 12 /* what differs deeper is said as a whole */

/* Where the comparison stands. */
struct level {
    struct json name;
    uint32_t place; /* 0: no change in it yet */
    bool gone;      /* the name is one of the old document */
};

struct comparing {
    struct changes *out;
    struct level levels[DEPTH_MAX];
    size_t depth;
    size_t cap, places_cap;
    struct err *e;
};

void changes_clear(struct changes *c)
{
    free(c->items);
    free(c->places);
    *c = (struct changes){0};
}

/* `*items` with room for one more of `size` bytes. */
static int grow(void **items, size_t n, size_t *cap, size_t size, struct err *e)
{
    size_t more = *cap + *cap / 2 + 16;
    void *grown;

    if (n < *cap)
        return 0;
    if (n >= UINT32_MAX || (grown = realloc(*items, more * size)) == NULL)
        return err_oom(e);
    *items = grown;
    *cap = more;
    return 0;
}

static int place_add(struct comparing *c, struct change_place place, uint32_t *out)
{
    void *places = c->out->places;

    if (grow(&places, c->out->nplaces, &c->places_cap, sizeof *c->out->places, c->e) != 0)
        return -1;
    c->out->places = places;
    *out = (uint32_t)c->out->nplaces++;
    c->out->places[*out] = place;
    return 0;
}

/* The place of the container at that depth. */
static int place_of(struct comparing *c, size_t depth, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < depth; i++) {
        struct level *l = &c->levels[i];
        const struct change_place place = {l->name.p, *out, l->gone};

        if (l->place == 0 && place_add(c, place, &l->place) != 0)
            return -1;
        *out = l->place;
    }
    return 0;
}

/* What is at hand differs. */
static int add(struct comparing *c, struct json old, struct json new, bool order)
{
    struct change ch = {
        .old = old.n > 0 ? old.p : NULL, .new = new.n > 0 ? new.p : NULL, .order = order};
    void *items = c->out->items;

    if (grow(&items, c->out->n, &c->cap, sizeof *c->out->items, c->e) != 0)
        return -1;
    c->out->items = items;
    if (c->depth > 0) {
        ch.name = c->levels[c->depth - 1].name.p;
        if (place_of(c, c->depth - 1, &ch.in) != 0)
            return -1;
    }
    c->out->items[c->out->n++] = ch;
    return 0;
}

static bool is_at(const struct comparing *c, size_t level, const char *name)
{
    return level < c->depth && json_text_is(c->levels[level].name, name);
}

/* What an element of the container at hand is. */
static enum change_kind kind_of(const struct comparing *c)
{
    if (c->depth == 1 && is_at(c, 0, "targets"))
        return CHANGE_FILE;
    if (c->depth == 1 && is_at(c, 0, "meta"))
        return CHANGE_LISTED;
    if (c->depth == 2 && is_at(c, 0, "delegations"))
        return is_at(c, 1, "roles") ? CHANGE_ROLE : is_at(c, 1, "keys") ? CHANGE_KEY : CHANGE_OTHER;
    return CHANGE_OTHER;
}

static void count(struct comparing *c, enum change_kind kind, struct json old, struct json new)
{
    struct change_count *k = &c->out->counts[kind];

    if (kind == CHANGE_OTHER)
        return; /* they may hold each other: see count_others */
    if (old.n == 0)
        k->added++;
    else if (new.n == 0)
        k->removed++;
    else
        k->changed++;
}

static int compare(struct comparing *c, struct json old, struct json new);
static int compare_objects(struct comparing *c, struct json old, struct json new);
static int compare_arrays(struct comparing *c, struct json old, struct json new);

/* Delegations where there were none, or that are no more: each role is a change, not the whole of
 * them. */
static bool is_whole_tree(const struct comparing *c, struct json old, struct json new)
{
    return (old.n == 0 || new.n == 0) && is_at(c, 0, "delegations") &&
           (c->depth == 1 || (c->depth == 2 && (is_at(c, 1, "keys") || is_at(c, 1, "roles"))));
}

static int compare_whole_tree(struct comparing *c, struct json old, struct json new)
{
    size_t before = c->out->n;
    enum json_kind kind = json_kind(new.n > 0 ? new : old);
    int rc = kind == JSON_OBJECT  ? compare_objects(c, old, new)
             : kind == JSON_ARRAY ? compare_arrays(c, old, new)
                                  : 0;

    return rc == 0 && c->out->n == before ? add(c, old, new, false) : rc;
}

/* A member or element that is on one side alone, or differs. A target file is one change. */
static int compare_at(struct comparing *c, struct json name, struct json old, struct json new)
{
    enum change_kind kind = kind_of(c);
    size_t before = c->out->n;
    int rc;

    c->levels[c->depth++] = (struct level){.name = name, .gone = new.n == 0};
    if (is_whole_tree(c, old, new))
        rc = compare_whole_tree(c, old, new);
    else if (old.n == 0 || new.n == 0)
        rc = add(c, old, new, false);
    else if (kind == CHANGE_FILE)
        rc = span_eq(json_span(old), json_span(new)) ? 0 : add(c, old, new, false);
    else
        rc = compare(c, old, new);
    c->depth--;
    if (c->out->n > before)
        count(c, kind, old, new);
    return rc;
}

/* Members are in canonical order on both sides. */
static int compare_objects(struct comparing *c, struct json old, struct json new)
{
    const struct json none = {0};
    struct json_iter a, b;
    struct json an, av, bn, bv;
    bool more_a, more_b;
    int rc = 0;

    a = json_iter_of(old);
    b = json_iter_of(new);
    more_a = json_next(&a, &an, &av);
    more_b = json_next(&b, &bn, &bv);
    while (rc == 0 && (more_a || more_b)) {
        int order = !more_a ? 1 : !more_b ? -1 : json_text_cmp(an, bn);

        rc = order < 0   ? compare_at(c, an, av, none)
             : order > 0 ? compare_at(c, bn, none, bv)
                         : compare_at(c, bn, av, bv);
        if (order <= 0)
            more_a = json_next(&a, &an, &av);
        if (order >= 0)
            more_b = json_next(&b, &bn, &bv);
    }
    return rc;
}

/* A list by the names of its elements. */
struct element {
    struct json name, value;
    size_t at; /* in the list */
};

struct index {
    struct element *items;   /* in the order of the list */
    struct element **sorted; /* by name */
    size_t n;
};

static void index_clear(struct index *x)
{
    free(x->items);
    free(x->sorted);
}

static int by_name(const void *a, const void *b)
{
    const struct element *const *x = a, *const *y = b;

    return json_text_cmp((*x)->name, (*y)->name);
}

/* What an element is called: a string is its own name, an object has a member "name". */
static bool element_name(struct json element, struct json *out)
{
    *out = element;
    return json_kind(element) == JSON_STRING ||
           (json_get(element, "name", out) && json_kind(*out) == JSON_STRING);
}

/* `*named`: every element has a name, and no two the same. */
static int index_of(struct json list, struct index *out, bool *named, struct err *e)
{
    struct index x = {.n = json_count(list)};
    struct json_iter it;
    struct json value;
    size_t at = 0;

    x.items = calloc(x.n + 1, sizeof *x.items);
    x.sorted = calloc(x.n + 1, sizeof *x.sorted);
    *out = x;
    if (x.items == NULL || x.sorted == NULL)
        return err_oom(e);
    *named = true;
    it = json_iter_of(list);
    for (; *named && json_next(&it, NULL, &value); at++) {
        x.items[at] = (struct element){.value = value, .at = at};
        x.sorted[at] = &x.items[at];
        *named = element_name(value, &x.items[at].name);
    }
    if (*named)
        qsort(x.sorted, x.n, sizeof(struct element *), by_name);
    for (size_t i = 1; *named && i < x.n; i++)
        *named = by_name(&x.sorted[i - 1], &x.sorted[i]) != 0;
    return 0;
}

static const struct element *index_find(const struct index *x, const struct element *like)
{
    struct element *const *found =
        bsearch(&like, x->sorted, x->n, sizeof(struct element *), by_name);

    return found != NULL ? *found : NULL;
}

static int compare_named(struct comparing *c, const struct index *a, const struct index *b,
                         struct json old, struct json new)
{
    const struct json none = {0};
    const struct element *other;
    size_t before = c->out->n, last = 0;
    bool moved = false;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < a->n; i++) {
        other = index_find(b, &a->items[i]);
        if (other == NULL)
            rc = compare_at(c, a->items[i].name, a->items[i].value, none);
        else {
            moved = moved || other->at < last;
            last = other->at;
            if (!span_eq(json_span(a->items[i].value), json_span(other->value)))
                rc = compare_at(c, other->name, a->items[i].value, other->value);
        }
    }
    for (size_t i = 0; rc == 0 && i < b->n; i++)
        if (index_find(a, &b->items[i]) == NULL)
            rc = compare_at(c, b->items[i].name, none, b->items[i].value);
    return rc == 0 && (moved || c->out->n == before) ? add(c, old, new, moved) : rc;
}

/* Lists whose elements all have names are compared as sets, and then their order: it says which
 * delegation is asked first. */
static int compare_arrays(struct comparing *c, struct json old, struct json new)
{
    struct index a = {0}, b = {0};
    bool named;
    int rc = index_of(old, &a, &named, c->e);

    if (rc == 0 && named)
        rc = index_of(new, &b, &named, c->e);
    if (rc == 0)
        rc = named ? compare_named(c, &a, &b, old, new) : add(c, old, new, false);
    index_clear(&a);
    index_clear(&b);
    return rc;
}

static int compare(struct comparing *c, struct json old, struct json new)
{
    if (span_eq(json_span(old), json_span(new)))
        return 0;
    if (c->depth < DEPTH_MAX && json_kind(old) == JSON_OBJECT && json_kind(new) == JSON_OBJECT)
        return compare_objects(c, old, new);
    if (c->depth < DEPTH_MAX && json_kind(old) == JSON_ARRAY && json_kind(new) == JSON_ARRAY)
        return compare_arrays(c, old, new);
    return add(c, old, new, false);
}

int diff(struct json old, struct json new, const struct describe_names *names, struct changes *out,
         struct err *e)
{
    struct comparing c = {.out = out, .e = e};
    uint32_t top;

    *out = (struct changes){.old = old, .new = new};
    if (names != NULL)
        out->names = *names;
    if (place_add(&c, (struct change_place){0}, &top) == 0 && compare(&c, old, new) == 0 &&
        changes_drop_printed(out, e) == 0)
        return 0;
    changes_clear(out);
    return -1;
}
