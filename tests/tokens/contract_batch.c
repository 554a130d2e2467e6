/* SPDX-License-Identifier: Apache-2.0 */
/* The contract's tests of many signatures with one login. */
#include "contract_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pile.h"

static int sign(struct world *w, struct pile *p, struct err *e)
{
    const struct token_batch b = pile_batch(p);

    err_clear(e);
    return w->t->driver->sign_all(w->t->self, &b, e);
}

/* Two keys on token A, which is logged in. */
static struct pile pile_make(struct world *w, struct key *keys[2])
{
    contract_log_in(w->t, CONTRACT_A);
    for (int i = 0; i < 2; i++)
        keys[i] = contract_generate(w, contract_type(w));
    return (struct pile){.keys = {keys[0], keys[1]}, .nkeys = 2, .n = 100, .size = 40};
}

static void pile_end(struct pile *p, struct key *keys[2])
{
    pile_clear(p);
    key_free(keys[0]);
    key_free(keys[1]);
}

void signs_a_batch_in_order(void **state)
{
    struct world *w = *state;
    struct key *keys[2];
    struct pile p = pile_make(w, keys);
    struct err e;

    p.large_at = 50;
    assert_int_equal(sign(w, &p, &e), 0);
    assert_int_equal(p.taken, 100);
    assert_int_equal(sign(w, &p, &e), 0); /* of nothing */
    contract_sign(w, keys[1]);
    pile_end(&p, keys);
}

void a_batch_stops_where_the_taker_stops(void **state)
{
    struct world *w = *state;
    struct key *keys[2];
    struct pile p = pile_make(w, keys);
    struct err e;

    p.stop_at = 8;
    assert_int_equal(sign(w, &p, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.what, "the pile is full");
    assert_int_equal(p.taken, 7);
    contract_sign(w, keys[0]); /* still logged in, and nothing is under way */
    p.stop_at = 0;
    assert_int_equal(sign(w, &p, &e), 0);
    assert_int_equal(p.taken, 100);
    pile_end(&p, keys);
}

void a_paused_batch_takes_what_is_under_way(void **state)
{
    struct world *w = *state;
    struct key *keys[2];
    struct pile p = pile_make(w, keys);
    struct err e;

    p.pause_at = 31;
    assert_int_equal(sign(w, &p, &e), 0);
    assert_int_equal(p.asked, 30);
    assert_int_equal(p.taken, 30);
    p.pause_at = 0;
    assert_int_equal(sign(w, &p, &e), 0);
    assert_int_equal(p.taken, 100);
    pile_end(&p, keys);
}

void a_batch_ends_at_a_key_that_is_not_there(void **state)
{
    struct world *w = *state;
    struct key *keys[2], *other;
    struct pile p;
    struct err e;

    contract_log_in(w->t, CONTRACT_B);
    other = contract_generate(w, contract_type(w));
    p = pile_make(w, keys);
    p.odd = other;
    p.odd_at = 4;
    assert_int_equal(sign(w, &p, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    assert_int_equal(p.taken, 3);
    contract_sign(w, keys[0]);
    p.odd_at = 0;
    assert_int_equal(sign(w, &p, &e), 0);
    assert_int_equal(p.taken, 100);
    key_free(other);
    pile_end(&p, keys);
}

void a_batch_needs_a_login(void **state)
{
    struct world *w = *state;
    struct key *keys[2];
    struct pile p = pile_make(w, keys);
    struct err e;

    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    assert_int_equal(sign(w, &p, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    assert_int_equal(p.taken, 0);
    pile_end(&p, keys);
}
