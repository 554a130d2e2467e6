/* SPDX-License-Identifier: Apache-2.0 */
/* A list of moves from a stranger's stick: what is taken of it can be composed, and read by
 * everybody. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/moves/moves.h"
#include "harness.h"

#define PEM(base64) "-----BEGIN PUBLIC KEY-----\n" base64 "\n-----END PUBLIC KEY-----\n"

static const struct {
    const char *name, *pem;
} files[] = {
    {"inputs/keys/0.pem", PEM("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")},
    {"inputs/keys/1.pem", PEM("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")},
    {"inputs/keys/2.pem", PEM("MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=")},
};

#define KEYS (sizeof files / sizeof files[0])

static int file_read(void *self, const char *name, size_t limit, struct bytes *out, struct err *e)
{
    const struct span *list = self;

    (void)limit;
    (void)e;
    if (strcmp(name, "inputs/moves.csv") == 0) {
        bytes_put_span(out, *list);
        return 1;
    }
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(name, files[i].name) == 0) {
            bytes_put_str(out, files[i].pem);
            return 1;
        }
    return 0;
}

static void need(int done)
{
    if (done != 0)
        abort();
}

struct composed {
    struct json_doc *doc;
    struct targets t;
};

static void compose(const struct compose_targets *t, struct composed *out)
{
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    need(compose_targets(t, &text, &e));
    need(json_doc_take(&text, "composed", JSON_CANONICAL, &out->doc, &e));
    need(targets_read(json_root(out->doc), &out->t, &e));
}

static void composed_clear(struct composed *c)
{
    targets_clear(&c->t);
    json_doc_free(c->doc);
}

/* A and B are the repository's, C has developers. */
static void compose_base(const struct key *const *keys, struct composed *out)
{
    const struct key *own[] = {keys[0]}, *dev[] = {keys[1], keys[2]};
    const char *paths[] = {"r/A/*", "r/B/*", "elsewhere/*"};
    struct compose_delegation set[] = {
        {.name = "r/A", .who = {own, 1, 1, NULL}, .paths = &paths[0], .npaths = 1},
        {.name = "r/B", .who = {own, 1, 1, NULL}, .paths = &paths[1], .npaths = 1},
        {.name = "r/C",
         .who = {dev, 2, 2, NULL},
         .paths = &paths[2],
         .npaths = 1,
         .terminating = true}};

    compose(&(struct compose_targets){.version = 1, .expires = 1795435200, .set = set, .nset = 3},
            out);
}

static void try(const struct key *const *keys, struct span list, const struct composed *base)
{
    static const struct store_ops ops = {.read = file_read};
    static const char *const paths[] = {"r/*/*"};
    struct moves_role roles[] = {{.name = "r", .targets = &base->t, .paths = paths, .npaths = 1},
                                 {.name = "s", .paths = paths, .npaths = 1}};
    struct store store = {.ops = &ops, .self = &list};
    struct moves_file file = {"moves.csv", "r"};
    struct moves_wish w = {&store, roles, 2, &file, 1, keys, 1};
    struct findings findings;
    struct move_set *set;
    struct composed after;
    struct err e;

    if (moves_read(&w, &set, &findings, &e) != 0) {
        need(set != NULL || findings.n > 0);
        return;
    }
    for (size_t r = 0; r < 2; r++) {
        const struct move_changes *c = move_set_at(set, r);
        struct compose_targets t = {2, 1795435200, {0}, c->set, c->nset, c->removed, c->nremoved};

        if (r == 0)
            t.base = json_root(base->doc);
        compose(&t, &after);
        composed_clear(&after);
    }
    findings_clear(&findings);
    move_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct key *keys[KEYS];
    struct key *owned[KEYS];
    struct composed base;
    struct err e;

    for (size_t i = 0; i < KEYS; i++) {
        need(key_from_pem(span_str(files[i].pem), &owned[i], &e));
        keys[i] = owned[i];
    }
    compose_base(keys, &base);
    try(keys, span_of(data, size), &base);
    composed_clear(&base);
    for (size_t i = 0; i < KEYS; i++)
        key_free(owned[i]);
    return 0;
}
