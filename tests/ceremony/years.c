/* SPDX-License-Identifier: Apache-2.0 */
#include "years.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tree.h"

void years_derive(const struct room *r, const char *folder, const struct derive_wish *wish)
{
    struct store *from, *to;
    struct err e;

    assert_int_equal(store_open(folder, &from, &e), 0);
    assert_int_equal(store_open(r->dir, &to, &e), 0);
    if (plan_derive(from, wish, to, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    store_free(from);
    store_free(to);
}

void years_next(struct room *r, const struct room *before, const struct derive_wish *wish)
{
    char bundle[96];

    room_begin(r, before->t);
    snprintf(bundle, sizeof bundle, "%s/bundle", before->dir);
    years_derive(r, bundle, wish);
}

static int years_of(void (*make)(struct room *r), void **state)
{
    const struct derive_wish wish = {0};
    struct years *y = calloc(1, sizeof *y);
    struct err e;

    if (y == NULL)
        return -1;
    make(&y->first);
    assert_int_equal(room_open(&y->first, &e), 0);
    assert_int_equal(room_walk(&y->first, STATIONS, &e), 0);
    room_close(&y->first);
    years_next(&y->next, &y->first, &wish);
    *state = y;
    return 0;
}

int years_of_root(void **state)
{
    return years_of(room_make, state);
}

int years_of_tree(void **state)
{
    return years_of(tree_make, state);
}

int years_clear(void **state)
{
    struct years *y = *state;

    room_clear(&y->next);
    room_clear(&y->first);
    free(y);
    return 0;
}
