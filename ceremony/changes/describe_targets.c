/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/changes/describe_part.h"
#include "metadata/base/plain.h"

/* Delegated roles, several lines each. */
struct roles {
    const struct targets *targets;
    struct targets own; /* when nobody else holds them */
    struct describe_names names;
    size_t *starts; /* the first line of each role */
};

static void roles_free(void *self)
{
    struct roles *x = self;

    targets_clear(&x->own);
    free(x->starts);
    free(x);
}

static void put_share(struct bytes *out, const struct delegation *d)
{
    struct json list = d->paths.n > 0 ? d->paths : d->prefixes, item;
    struct json_iter it;

    if (d->bit_length > 0) {
        bytes_printf(out, "    2^%u bins by hash\n", d->bit_length);
        return;
    }
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item)) {
        bytes_put_str(out, d->paths.n > 0 ? "    path " : "    hash prefix ");
        plain_put(out, json_span(item));
        bytes_put_u8(out, '\n');
    }
    if (d->terminating)
        bytes_put_str(out, "    terminating: nothing behind it is asked\n");
}

/* As many as describe_role and put_share write. */
static size_t lines_of(const struct delegation *d)
{
    return 1 + d->role.n +
           (d->bit_length > 0
                ? 1
                : json_count(d->paths.n > 0 ? d->paths : d->prefixes) + (d->terminating ? 1 : 0));
}

static size_t role_at(const struct roles *x, size_t line)
{
    size_t from = 0, to = x->targets->n;

    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;

        if (x->starts[middle] <= line)
            from = middle;
        else
            to = middle;
    }
    return from;
}

/* The text of that role in the reader's place; `at` begins the line. */
static void role_open(const struct roles *x, size_t role, struct lines_place *place)
{
    const struct delegation *d = &x->targets->delegations[role];
    struct describing s = {.names = x->names, .out = &place->text};

    bytes_truncate(&place->text, 0);
    describe_role(&s, &d->role, &x->targets->keys, NULL);
    put_share(&place->text, d);
    place->there = true;
    place->entry = role;
    place->at = 0;
    place->line = x->starts[role];
}

static size_t line_end(const struct lines_place *place)
{
    const uint8_t *end = memchr(place->text.p + place->at, '\n', place->text.n - place->at);

    return end != NULL ? (size_t)(end - place->text.p) : place->text.n;
}

static void roles_put(const void *self, size_t line, struct lines_place *place, struct bytes *out)
{
    const struct roles *x = self;
    size_t end;

    if (!place->there || place->line != line || place->at >= place->text.n)
        role_open(x, role_at(x, line), place);
    for (; place->line < line && place->at < place->text.n; place->line++)
        place->at = line_end(place) + 1;
    if (place->at >= place->text.n)
        return; /* out of memory */
    end = line_end(place);
    bytes_put(out, place->text.p + place->at, end - place->at);
    place->at = end + 1;
    place->line++;
}

static size_t roles_line(const void *self, size_t entry)
{
    const struct roles *x = self;

    return x->starts[entry];
}

/* Roles stand in the order in which clients ask them, not in that of their names. */
static size_t roles_find(const void *self, struct span text, bool *begins)
{
    const struct roles *x = self;

    for (size_t i = 0; i < x->targets->n; i++)
        if (strncmp(x->targets->delegations[i].role.name, (const char *)text.p, text.n) == 0) {
            *begins = true;
            return i;
        }
    *begins = false;
    return 0;
}

/* `own` (NULL: somebody else holds it) is moved in, also on failure. */
static int add_roles(const struct describing *s, const struct targets *t, struct targets *own,
                     struct err *e)
{
    struct roles *x = calloc(1, sizeof *x);
    struct lines_part part = {x, 0, roles_put, roles_free, t->n, roles_line, roles_find};

    if (x == NULL || (x->starts = calloc(t->n + 1, sizeof *x->starts)) == NULL) {
        if (own != NULL)
            targets_clear(own);
        free(x);
        return err_oom(e);
    }
    x->names = s->names;
    x->targets = t;
    if (own != NULL) {
        x->own = *own;
        x->targets = &x->own;
        *own = (struct targets){0};
    }
    for (size_t i = 0; i < x->targets->n; i++) {
        x->starts[i] = part.n;
        part.n += lines_of(&x->targets->delegations[i]);
    }
    return lines_add(s->lines, &part, e);
}

static void put_file(struct json path, struct json file, struct bytes *out)
{
    struct json length;

    bytes_put_str(out, "    ");
    plain_put(out, json_span(path));
    if (json_get(file, "length", &length))
        bytes_printf(out, "  %" PRId64 " bytes", json_integer(length));
}

/* Adds all; `own` as in add_roles. */
static int describe_model(const struct describing *s, const struct targets *t, struct targets *own,
                          struct err *e)
{
    static const char *const known[] = {"_type",   "spec_version", "version", "expires",
                                        "targets", "delegations",  NULL};
    static const char *const known_below[] = {"keys", "roles", "succinct_roles", NULL};
    struct json object = t->head.object, below;
    size_t n = json_count(t->targets);
    int rc;

    describe_head(s, &t->head);
    bytes_printf(s->out, "%zu target file%s\n", n, n == 1 ? "" : "s");
    rc = lines_add_text(s->lines, s->out, e);
    if (rc == 0)
        rc = lines_add_entries(s->lines, t->targets, put_file, e);
    bytes_printf(s->out, "%zu delegation%s\n", t->n, t->n == 1 ? "" : "s");
    if (rc == 0)
        rc = lines_add_text(s->lines, s->out, e);
    if (rc == 0)
        rc = add_roles(s, t, own, e);
    else if (own != NULL)
        targets_clear(own);
    if (rc == 0)
        describe_unknown(s, object, known);
    if (rc == 0 && json_get(object, "delegations", &below)) {
        describe_unknown_of(s, "delegations", (struct json){0}, below, known_below);
        rc = describe_members(s, below, e);
    }
    return rc;
}

int describe_targets(const struct describing *s, struct json object, struct err *e)
{
    struct targets t;

    return targets_read(object, &t, e) == 0 ? describe_model(s, &t, &t, e) : -1;
}

int describe_read(const struct targets *t, const struct describe_names *names, utc_t now,
                  struct lines *out, struct err *e)
{
    struct bytes text;
    const struct describing s = {.names = *names, .now = now, .out = &text, .lines = out};
    int rc;

    bytes_init(&text);
    rc = describe_model(&s, t, NULL, e);
    if (rc == 0)
        rc = lines_add_text(out, &text, e);
    bytes_clear(&text);
    return rc;
}
