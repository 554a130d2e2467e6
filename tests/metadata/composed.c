/* SPDX-License-Identifier: Apache-2.0 */
#include "composed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    for (uint32_t i = 0; i < KEYS; i++)
        f->keys[i] = forge_key(i);
    *state = f;
    return 0;
}

int teardown(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < KEYS; i++)
        key_free(f->keys[i]);
    free(f);
    return 0;
}

void result_clear(struct result *r)
{
    targets_clear(&r->t);
    json_doc_free(r->doc);
}

void compose(const struct compose_targets *t, struct result *out)
{
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    if (compose_targets(t, &text, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
    if (json_doc_take(&text, "composed", JSON_CANONICAL, &out->doc, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
    out->root = json_root(out->doc);
    if (targets_read(out->root, &out->t, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
}

void assert_json(struct json v, const char *canonical)
{
    char *text = strndup((const char *)v.p, v.n);

    assert_string_equal(text, canonical);
    free(text);
}

struct json member(struct json object, const char *name)
{
    struct json v = {0};

    if (!json_get(object, name, &v))
        fail_msg("no member '%s'", name);
    return v;
}
