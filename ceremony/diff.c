/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/words.h"
#include "metadata/key.h"
#include "metadata/plain.h"

#define SHOWN 160 /* bytes of a value in words */

struct comparing {
    const struct describe_names *names;
    struct changes *out;
    struct err *e;
};

void changes_clear(struct changes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->items[i].path);
        free(c->items[i].words);
    }
    free(c->items);
    *c = (struct changes){0};
}

static void put_value(struct json v, struct bytes *out)
{
    plain_put(out, span_of(v.p, v.n < SHOWN ? v.n : SHOWN));
    if (v.n >= SHOWN)
        bytes_put_str(out, "...");
}

/* "Alice's key 9b07 393d" */
static void put_key(const struct comparing *c, const char *keyid, struct bytes *out)
{
    const char *holder = c->names != NULL ? c->names->holder(c->names->self, keyid) : NULL;

    if (holder != NULL) {
        plain_put_str(out, holder);
        bytes_put_str(out, "'s ");
    }
    bytes_put_str(out, "key ");
    plain_put(out, span_of(keyid, strnlen(keyid, 8)));
}

/* How a place that the specification names is said. `part` is the last component: a keyid. */
static void say_version(const struct comparing *c, const char *role, const char *part,
                        const struct change *ch, struct bytes *out)
{
    (void)c;
    (void)role;
    (void)part;
    bytes_put_str(out, "version ");
    put_value(ch->new, out);
    bytes_put_str(out, ", it was ");
    put_value(ch->old, out);
}

static void say_expires(const struct comparing *c, const char *role, const char *part,
                        const struct change *ch, struct bytes *out)
{
    (void)c;
    (void)role;
    (void)part;
    bytes_put_str(out, "valid until ");
    put_value(ch->new, out);
    bytes_put_str(out, ", it was ");
    put_value(ch->old, out);
}

static void say_threshold(const struct comparing *c, const char *role, const char *part,
                          const struct change *ch, struct bytes *out)
{
    (void)c;
    (void)part;
    plain_put_str(out, role);
    bytes_put_str(out, " needs ");
    put_value(ch->new, out);
    bytes_put_str(out, " signatures, it needed ");
    put_value(ch->old, out);
}

static void say_keyid(const struct comparing *c, const char *role, const char *part,
                      const struct change *ch, struct bytes *out)
{
    plain_put_str(out, role);
    bytes_put_str(out, ": ");
    put_key(c, part, out);
    bytes_put_str(out, ch->old.n == 0 ? " comes" : " goes");
}

static void say_key(const struct comparing *c, const char *role, const char *part,
                    const struct change *ch, struct bytes *out)
{
    struct key *key = NULL;
    struct err ignored;

    (void)role;
    put_key(c, part, out);
    if (ch->old.n > 0 && ch->new.n > 0)
        bytes_put_str(out, " is described in another way");
    else
        bytes_put_str(out, ch->old.n == 0 ? " is new in the file" : " is no more in the file");
    if (key_from_json(ch->old.n == 0 ? ch->new : ch->old, &key, &ignored) == 0)
        bytes_printf(out, " (%s)", key_type_words(key_type(key)));
    key_free(key);
}

/* `*` stands for one component: the role, or at the end the part. */
static const struct {
    const char *pattern;
    void (*say)(const struct comparing *c, const char *role, const char *part,
                const struct change *ch, struct bytes *out);
} sayings[] = {
    {"version", say_version},
    {"expires", say_expires},
    {"keys.*", say_key},
    {"roles.*.threshold", say_threshold},
    {"roles.*.keyids.*", say_keyid},
    {"delegations.keys.*", say_key},
    {"delegations.roles.*.threshold", say_threshold},
    {"delegations.roles.*.keyids.*", say_keyid},
};

/* A path as it is compared: components of any bytes, kept apart. */
struct path {
    const char *at[12];
    size_t n;
};

static bool matches(const struct path *p, const char *pattern, const char **role, const char **part)
{
    size_t i = 0;

    *role = *part = "";
    for (; i < p->n && *pattern != '\0'; i++) {
        size_t n = strcspn(pattern, ".");

        if (n == 1 && pattern[0] == '*') {
            if (i + 1 == p->n)
                *part = p->at[i];
            else
                *role = p->at[i];
        } else if (strlen(p->at[i]) != n || strncmp(p->at[i], pattern, n) != 0)
            return false;
        pattern += n + (pattern[n] == '.');
    }
    return i == p->n && *pattern == '\0';
}

static void say(const struct comparing *c, const struct path *p, const struct change *ch,
                struct bytes *out)
{
    const char *role, *part;

    for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++)
        if (matches(p, sayings[i].pattern, &role, &part)) {
            sayings[i].say(c, role, part, ch, out);
            return;
        }
    for (size_t i = 0; i < p->n; i++) {
        if (i > 0)
            bytes_put_str(out, " / ");
        plain_put_str(out, p->at[i]);
    }
    bytes_put_str(out, ch->old.n == 0 ? " is new: " : ch->new.n == 0 ? " goes: " : ": ");
    put_value(ch->new.n > 0 ? ch->new : ch->old, out);
    if (ch->old.n > 0 && ch->new.n > 0) {
        bytes_put_str(out, ", it was ");
        put_value(ch->old, out);
    }
}

static int add(struct comparing *c, const struct path *p, struct json old, struct json new)
{
    struct change *more, ch = {.old = old, .new = new};
    struct bytes text;

    bytes_init(&text);
    for (size_t i = 0; i < p->n; i++)
        bytes_printf(&text, "%s%s", i > 0 ? "." : "", p->at[i]);
    ch.path = bytes_take_str(&text);
    say(c, p, &ch, &text);
    ch.words = bytes_take_str(&text);
    more = realloc(c->out->items, (c->out->n + 1) * sizeof *more);
    if (more != NULL)
        c->out->items = more;
    if (more != NULL && ch.path != NULL && ch.words != NULL) {
        more[c->out->n++] = ch;
        return 0;
    }
    free(ch.path);
    free(ch.words);
    return err_oom(c->e);
}

static int compare(struct comparing *c, struct path *p, struct json old, struct json new);

static int compare_at(struct comparing *c, struct path *p, struct json name, struct json old,
                      struct json new)
{
    char *text = json_strdup(name);
    int rc;

    if (text == NULL)
        return err_oom(c->e);
    p->at[p->n++] = text;
    rc = old.n > 0 && new.n > 0 ? compare(c, p, old, new) : add(c, p, old, new);
    p->n--;
    free(text);
    return rc;
}

/* Members are in canonical order on both sides. */
static int name_cmp(struct json a, struct json b)
{
    struct bytes x, y;
    int order;

    bytes_init(&x);
    bytes_init(&y);
    json_text(a, &x);
    json_text(b, &y);
    order = strcmp(bytes_str(&x), bytes_str(&y));
    bytes_clear(&x);
    bytes_clear(&y);
    return order;
}

static int compare_objects(struct comparing *c, struct path *p, struct json old, struct json new)
{
    const struct json none = {0};
    struct json_iter a, b;
    struct json an, av, bn, bv;
    bool more_a, more_b;
    int rc = 0;

    json_iter_init(&a, old);
    json_iter_init(&b, new);
    more_a = json_next(&a, &an, &av);
    more_b = json_next(&b, &bn, &bv);
    while (rc == 0 && (more_a || more_b)) {
        int order = !more_a ? 1 : !more_b ? -1 : name_cmp(an, bn);

        rc = order < 0   ? compare_at(c, p, an, av, none)
             : order > 0 ? compare_at(c, p, bn, none, bv)
                         : compare_at(c, p, an, av, bv);
        if (order <= 0)
            more_a = json_next(&a, &an, &av);
        if (order >= 0)
            more_b = json_next(&b, &bn, &bv);
    }
    return rc;
}

/* What an element is called: a string is its own name, an object has a member "name". */
static bool element_name(struct json element, struct json *out)
{
    *out = element;
    return json_kind(element) == JSON_STRING ||
           (json_get(element, "name", out) && json_kind(*out) == JSON_STRING);
}

static bool element_find(struct json array, struct json name, struct json *out)
{
    struct json_iter it;
    struct json other;

    json_iter_init(&it, array);
    while (json_next(&it, NULL, out))
        if (element_name(*out, &other) && name_cmp(other, name) == 0)
            return true;
    *out = (struct json){0};
    return false;
}

/* Arrays whose elements all have names are compared as sets; the order is said when it is all that
 * differs. `*done` is false for other arrays. */
static int compare_arrays(struct comparing *c, struct path *p, struct json old, struct json new,
                          bool *done)
{
    struct json_iter it;
    struct json element, name, other;
    size_t before = c->out->n;
    int rc = 0;

    *done = true;
    for (unsigned side = 0; side < 2; side++) {
        json_iter_init(&it, side == 0 ? old : new);
        while (json_next(&it, NULL, &element))
            *done = *done && element_name(element, &name);
    }
    if (!*done)
        return 0;
    json_iter_init(&it, old);
    while (rc == 0 && json_next(&it, NULL, &element)) {
        (void)element_name(element, &name);
        (void)element_find(new, name, &other);
        if (other.n == 0 || !span_eq(json_span(element), json_span(other)))
            rc = compare_at(c, p, name, element, other);
    }
    json_iter_init(&it, new);
    while (rc == 0 && json_next(&it, NULL, &element)) {
        (void)element_name(element, &name);
        if (!element_find(old, name, &other))
            rc = compare_at(c, p, name, other, element);
    }
    return rc == 0 && c->out->n == before ? add(c, p, old, new) : rc;
}

static int compare(struct comparing *c, struct path *p, struct json old, struct json new)
{
    bool done = false;
    int rc = 0;

    if (span_eq(json_span(old), json_span(new)))
        return 0;
    if (p->n < sizeof p->at / sizeof p->at[0]) {
        if (json_kind(old) == JSON_OBJECT && json_kind(new) == JSON_OBJECT)
            return compare_objects(c, p, old, new);
        if (json_kind(old) == JSON_ARRAY && json_kind(new) == JSON_ARRAY)
            rc = compare_arrays(c, p, old, new, &done);
    }
    return done || rc != 0 ? rc : add(c, p, old, new);
}

/* Does some role say that this key comes or goes? */
static bool is_said(const struct changes *c, const char *keyid)
{
    for (size_t i = 0; i < c->n; i++) {
        const char *at = strstr(c->items[i].path, ".keyids.");

        if (at != NULL && strcmp(at + strlen(".keyids."), keyid) == 0)
            return true;
    }
    return false;
}

/* A key object that comes or goes with the roles that name it need not be said twice. */
static bool is_twice(const struct changes *c, const struct change *ch)
{
    const char *id = strncmp(ch->path, "keys.", strlen("keys.")) == 0 ? ch->path + strlen("keys.")
                     : strncmp(ch->path, "delegations.keys.", strlen("delegations.keys.")) == 0
                         ? ch->path + strlen("delegations.keys.")
                         : NULL;

    return id != NULL && strchr(id, '.') == NULL && (ch->old.n == 0 || ch->new.n == 0) &&
           is_said(c, id);
}

static void drop_said(struct changes *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->n; i++)
        if (is_twice(c, &c->items[i])) {
            free(c->items[i].words);
            c->items[i].words = NULL; /* goes, when all were looked at */
        }
    for (size_t i = 0; i < c->n; i++)
        if (c->items[i].words != NULL)
            c->items[kept++] = c->items[i];
        else
            free(c->items[i].path);
    c->n = kept;
}

int diff(struct json old, struct json new, const struct describe_names *names, struct changes *out,
         struct err *e)
{
    struct comparing c = {names, out, e};
    struct path p = {.n = 0};

    *out = (struct changes){0};
    if (compare(&c, &p, old, new) == 0) {
        drop_said(out);
        return 0;
    }
    changes_clear(out);
    return -1;
}
