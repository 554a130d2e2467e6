/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/diff.h"

#include <string.h>

#include "ceremony/base/words.h"
#include "ceremony/changes/value.h"
#include "metadata/base/plain.h"
#include "metadata/key.h"

/* One change as it is said. */
struct sentence {
    const struct changes *c;
    struct json names[CHANGE_NAMES];
    size_t n;
    struct json role, part; /* of the names, where a pattern has `*` */
    struct json old, new;
    struct bytes *out;
};

static void put_value(struct json v, struct bytes *out)
{
    value_put((struct json){0}, v, out);
}

static void put_name(struct json name, struct bytes *out)
{
    struct bytes text = {0};

    json_text(name, &text);
    plain_put_exact(out, bytes_span(&text));
    bytes_done(&text, out);
}

/* "Alice's key 9b07 393d" */
static void put_key(const struct sentence *s, struct json keyid)
{
    const struct describe_names *names = &s->c->names;
    struct key *key = key_listed(s->c->new, keyid);
    const char *holder = NULL;
    struct bytes id = {0};

    json_text(keyid, &id);
    if (key == NULL)
        key = key_listed(s->c->old, keyid);
    if (key != NULL && names->holder != NULL)
        holder = names->holder(names->self, key);
    key_free(key);
    if (holder != NULL) {
        plain_put_str(s->out, holder);
        bytes_put_str(s->out, "'s ");
    }
    bytes_put_str(s->out, "key ");
    plain_put_exact(s->out, span_of(bytes_str(&id), holder != NULL && id.n > 8 ? 8 : id.n));
    bytes_clear(&id);
}

static void print_was(const struct sentence *s)
{
    value_put_was((struct json){0}, s->new, s->old, s->out);
}

static void print_version(const struct sentence *s)
{
    bytes_put_str(s->out, "version ");
    print_was(s);
}

static void print_expires(const struct sentence *s)
{
    bytes_put_str(s->out, UTC_EXPIRY_WORDS);
    print_was(s);
}

static void print_threshold(const struct sentence *s)
{
    put_name(s->role, s->out);
    bytes_put_str(s->out, " needs ");
    put_value(s->new, s->out);
    bytes_put_str(s->out, " signatures, it needed ");
    put_value(s->old, s->out);
}

static const char *added_or_removed(const struct sentence *s)
{
    return s->old.n == 0 ? " comes" : " goes";
}

static void print_keyid(const struct sentence *s)
{
    put_name(s->role, s->out);
    bytes_put_str(s->out, ": ");
    put_key(s, s->part);
    bytes_put_str(s->out, added_or_removed(s));
}

/* In a top-level role. A key that changed its id has neither come nor gone. */
static void print_seat(const struct sentence *s)
{
    bool goes = s->old.n > 0;
    struct json from = goes ? s->c->old : s->c->new, to = goes ? s->c->new : s->c->old, other;

    if (!same_key_in(from, to, s->role, s->part, &other)) {
        print_keyid(s);
        return;
    }
    put_name(s->role, s->out);
    bytes_put_str(s->out, ": ");
    put_key(s, s->part);
    bytes_put_str(s->out, goes ? " gets another id: " : " is the same key as ");
    put_key(s, other);
}

static void print_path(const struct sentence *s)
{
    put_name(s->role, s->out);
    bytes_put_str(s->out, ": path ");
    put_name(s->part, s->out);
    bytes_put_str(s->out, added_or_removed(s));
}

static void print_key(const struct sentence *s)
{
    struct key *key = NULL;
    struct err ignored;

    put_key(s, s->part);
    if (s->old.n > 0 && s->new.n > 0)
        bytes_put_str(s->out, " is described in another way");
    else
        bytes_put_str(s->out, s->old.n == 0 ? " is new in the file" : " is no more in the file");
    if (key_from_json(s->old.n == 0 ? s->new : s->old, &key, &ignored) == 0)
        bytes_printf(s->out, " (%s)", key_type_words(key_type(key)));
    key_free(key);
}

/* The elements of a member that is a list of strings, up to a few. */
static void put_strings(const struct sentence *s, struct json role, const char *member,
                        const char *word, bool keys)
{
    struct json list, item;
    struct json_iter it;
    size_t n = 0;

    if (!json_get(role, member, &list) || json_kind(list) != JSON_ARRAY)
        return;
    it = json_iter_of(list);
    for (; json_next(&it, NULL, &item) && json_kind(item) == JSON_STRING; n++) {
        if (n >= 8)
            continue;
        bytes_put_str(s->out, n == 0 ? word : ", ");
        if (keys)
            put_key(s, item);
        else
            put_name(item, s->out);
    }
    if (n > 8)
        bytes_printf(s->out, " and %zu more", n - 8);
}

/* A delegated role that comes or goes. */
static void print_role(const struct sentence *s)
{
    struct json role = s->new.n > 0 ? s->new : s->old, v;

    bytes_put_str(s->out, "delegated role ");
    put_name(s->role.n > 0 ? s->role : s->part, s->out);
    bytes_put_str(s->out, added_or_removed(s));
    if (json_get(role, "threshold", &v)) {
        bytes_put_str(s->out, ": signed by ");
        put_value(v, s->out);
        put_strings(s, role, "keyids", " of ", true);
    }
    put_strings(s, role, "paths", "; path ", false);
    put_strings(s, role, "path_hash_prefixes", "; hash prefix ", false);
    if (json_get(role, "terminating", &v) && json_true(v))
        bytes_put_str(s->out, "; terminating");
}

static void put_names(const struct sentence *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (i > 0)
            bytes_put_str(s->out, " / ");
        put_name(s->names[i], s->out);
    }
}

/* What differs inside of an entry, member by member. */
static void put_inside(struct sentence *s, struct json old, struct json new, const char *sign)
{
    struct json_iter a, b;
    struct json an = {0}, av = {0}, bn = {0}, bv = {0};
    bool more_a, more_b;

    if (json_kind(old) != JSON_OBJECT || json_kind(new) != JSON_OBJECT || s->n == CHANGE_NAMES)
        return;
    a = json_iter_of(old);
    b = json_iter_of(new);
    more_a = json_next(&a, &an, &av);
    more_b = json_next(&b, &bn, &bv);
    while (more_a || more_b) {
        int order = !more_a ? 1 : !more_b ? -1 : json_text_cmp(an, bn);

        if (order != 0 || !span_eq(json_span(av), json_span(bv))) {
            bytes_put_str(s->out, sign);
            sign = "; ";
            put_name(order <= 0 ? an : bn, s->out);
            bytes_put_u8(s->out, ' ');
            s->old = av;
            s->new = bv;
            if (order == 0 && json_kind(av) == JSON_OBJECT && json_kind(bv) == JSON_OBJECT) {
                s->n++;
                put_inside(s, av, bv, "");
                s->n--;
            } else if (order == 0)
                value_put_was(an, bv, av, s->out);
            else {
                bytes_put_str(s->out, order > 0 ? "is new: " : "goes: ");
                value_put(order > 0 ? bn : an, order > 0 ? bv : av, s->out);
            }
        }
        if (order <= 0)
            more_a = json_next(&a, &an, &av);
        if (order >= 0)
            more_b = json_next(&b, &bn, &bv);
    }
}

static void print_other(const struct sentence *s)
{
    struct json name = s->n > 0 ? s->names[s->n - 1] : (struct json){0};

    put_names(s);
    bytes_put_str(s->out, s->old.n == 0 ? " is new: " : s->new.n == 0 ? " goes: " : ": ");
    if (s->old.n > 0 && s->new.n > 0)
        value_put_was(name, s->new, s->old, s->out);
    else
        value_put(name, s->new.n > 0 ? s->new : s->old, s->out);
}

/* A target file that is on both sides. */
static void print_file(const struct sentence *s)
{
    struct sentence inside = *s;

    if (json_kind(s->old) != JSON_OBJECT || json_kind(s->new) != JSON_OBJECT) {
        print_other(s);
        return;
    }
    put_names(s);
    put_inside(&inside, s->old, s->new, ": ");
}

enum sides { ANY, BOTH, ONE };

/* `*` stands for one component: the role, or at the end the part. */
static const struct {
    const char *pattern;
    enum sides sides;
    void (*print)(const struct sentence *s);
} sentences[] = {
    {"version", BOTH, print_version},
    {"expires", BOTH, print_expires},
    {"targets.*", BOTH, print_file},
    {"keys.*", ANY, print_key},
    {"roles.*.threshold", BOTH, print_threshold},
    {"roles.*.keyids.*", ONE, print_seat},
    {"delegations.keys.*", ANY, print_key},
    {"delegations.roles.*", ONE, print_role},
    {"delegations.roles.*.threshold", BOTH, print_threshold},
    {"delegations.roles.*.keyids.*", ONE, print_keyid},
    {"delegations.roles.*.paths.*", ONE, print_path},
};

static bool matches(struct sentence *s, const char *pattern, enum sides sides)
{
    size_t i = 0;

    if (sides != ANY && (s->old.n > 0 && s->new.n > 0) != (sides == BOTH))
        return false;
    s->role = s->part = (struct json){0};
    for (; i < s->n && *pattern != '\0'; i++) {
        size_t n = strcspn(pattern, ".");
        struct span name = span_of(s->names[i].p + 1, s->names[i].n - 2);

        if (n == 1 && pattern[0] == '*') {
            if (i + 1 == s->n)
                s->part = s->names[i];
            else
                s->role = s->names[i];
        } else if (!span_eq(name, span_of(pattern, n)))
            return false;
        pattern += n + (pattern[n] == '.');
    }
    return i == s->n && *pattern == '\0';
}

void change_words(const struct changes *c, size_t i, struct bytes *out)
{
    struct sentence s = {.c = c, .old = change_old(c, i), .new = change_new(c, i), .out = out};

    s.n = change_names(c, i, s.names);
    if (c->items[i].order) {
        bytes_put_str(out, "the order within ");
        put_names(&s);
        bytes_put_str(out, " is another one: ");
        print_was(&s);
        return;
    }
    for (size_t k = 0; k < sizeof sentences / sizeof sentences[0]; k++)
        if (matches(&s, sentences[k].pattern, sentences[k].sides)) {
            sentences[k].print(&s);
            return;
        }
    print_other(&s);
}

void change_path(const struct changes *c, size_t i, struct bytes *out)
{
    struct json names[CHANGE_NAMES];
    size_t n = change_names(c, i, names);

    for (size_t k = 0; k < n; k++) {
        if (k > 0)
            bytes_put_u8(out, '.');
        json_text(names[k], out);
    }
}

void changes_summary(const struct changes *c, const char *indent, struct bytes *out)
{
    static const char *const kinds[] = {
        [CHANGE_FILE] = "target files",   [CHANGE_ROLE] = "delegated roles",
        [CHANGE_KEY] = "delegated keys",  [CHANGE_LISTED] = "files listed",
        [CHANGE_OTHER] = "anything else",
    };

    for (size_t k = 0; k < CHANGE_KINDS; k++) {
        const struct change_count *n = &c->counts[k];
        const struct {
            const char *word;
            size_t n;
        } parts[] = {{"added", n->added}, {"changed", n->changed}, {"removed", n->removed}};
        const char *sign = ": ";

        if (n->added + n->changed + n->removed == 0)
            continue;
        bytes_printf(out, "%s%s", indent, kinds[k]);
        for (size_t i = 0; i < 3; i++)
            if (parts[i].n > 0) {
                bytes_printf(out, "%s%zu %s", sign, parts[i].n, parts[i].word);
                sign = ", ";
            }
        bytes_put_u8(out, '\n');
    }
}
