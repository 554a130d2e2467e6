/* SPDX-License-Identifier: Apache-2.0 */
/* Many signatures through the agent, and all that may go wrong in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_token.h"
#include "pile.h"
#include "sign_one.h"
#include "stacks.h"
#include "tokens/worker/agent.h"

#define AGENT_SOCKET 3 /* where the child has its end */

struct scripted {
    struct fake_row row;
    size_t n;
};

static int make_scripted(void *arg, struct tokens **out, struct err *e)
{
    const struct scripted *s = arg;

    if (stack_fake(NULL, out, e) != 0)
        return -1;
    fake_repeatable(*out); /* a new child has the same keys again */
    fake_script(*out, &s->row, s->n);
    return 0;
}

struct world {
    struct scripted script;
    struct tokens *t;
    struct key *key;
    struct pile pile;
};

static int log_in(struct tokens *t)
{
    struct token_id id = id_of(t, CONTRACT_A);
    struct secret *pin = secret_of(CONTRACT_PIN);
    enum pin_state state;
    struct err e;
    int rc = t->driver->login(t->self, &id, pin, &state, &e);

    secret_free(pin);
    return rc;
}

static struct key *generate(struct tokens *t)
{
    struct token_key k;
    struct err e;

    assert_int_equal(t->driver->generate(t->self, KEY_ED25519, "x", &k, &e), 0);
    return k.key;
}

/* 300 messages, and something that happens to a signature. */
static void begin(struct world *w, unsigned nth, enum fake_event event,
                  const struct token_wait *wait)
{
    struct err e;

    *w = (struct world){.script = {{FAKE_SIGN, nth, event}, 1}};
    assert_int_equal(agent_start(make_scripted, &w->script, wait, &w->t, &e), 0);
    assert_int_equal(log_in(w->t), 0);
    w->key = generate(w->t);
    w->pile = (struct pile){.keys = {w->key}, .nkeys = 1, .n = 300, .size = 100};
}

static int sign(struct world *w, struct err *e)
{
    const struct token_batch b = pile_batch(&w->pile);

    err_clear(e);
    return w->t->driver->sign_all(w->t->self, &b, e);
}

/* Goes on where it stopped, with a child that behaves. */
static void finish(struct world *w, bool new_child)
{
    struct err e;

    w->script.n = 0;
    if (new_child) {
        struct key *same;

        assert_int_equal(log_in(w->t), 0);
        same = generate(w->t);
        assert_true(key_same_material(same, w->key));
        key_free(same);
    }
    assert_int_equal(sign(w, &e), 0);
    assert_int_equal(w->pile.taken, 300);
    tokens_free(w->t);
    key_free(w->key);
    pile_clear(&w->pile);
}

static void what_came_before_a_crash_counts(void **state)
{
    struct world w;
    struct err e;

    (void)state;
    for (unsigned nth = 1; nth < 300; nth += 66) {
        begin(&w, nth, FAKE_CRASH, NULL);
        assert_int_equal(sign(&w, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        assert_non_null(strstr(e.what, "crashed"));
        assert_true(e.where[0] != '\0' && e.todo[0] != '\0');
        assert_int_equal(w.pile.taken, nth - 1);
        finish(&w, true);
    }
}

static int give_up(void *self, int fd, const struct token_doing *doing)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    struct world *w = self;
    bool hangs = w->script.n > 0 && w->pile.taken == 99; /* all else is waited for */

    assert_true(doing->now[0] != '\0');
    return poll(&p, 1, hangs ? 300 : -1) == 1 ? 0 : -1;
}

static void a_person_leaves_a_token_that_hangs(void **state)
{
    struct world w;
    const struct token_wait wait = {&w, give_up};
    struct err e;

    (void)state;
    begin(&w, 100, FAKE_HANG, &wait);
    assert_int_equal(sign(&w, &e), -1);
    assert_int_equal(e.code, ERR_LEFT);
    assert_int_equal(w.pile.taken, 99);
    finish(&w, true);
}

static void a_failed_signature_ends_the_batch(void **state)
{
    struct world w;
    struct err e;

    (void)state;
    begin(&w, 100, FAKE_FAILS, NULL);
    assert_int_equal(sign(&w, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_string_equal(e.what, "the token or its reader failed");
    assert_int_equal(w.pile.taken, 99);
    finish(&w, false); /* the login is still there; what was under way is not signed later */
}

static void a_pulled_token_ends_the_batch(void **state)
{
    struct world w;
    struct err e;

    (void)state;
    begin(&w, 7, FAKE_REMOVED, NULL);
    assert_int_equal(sign(&w, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_int_equal(w.pile.taken, 6);
    assert_int_equal(sign(&w, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_int_equal(w.pile.taken, 6);
    tokens_free(w.t);
    key_free(w.key);
    pile_clear(&w.pile);
}

static void a_bad_signature_is_the_takers_to_refuse(void **state)
{
    struct world w;
    struct err e;

    (void)state;
    begin(&w, 100, FAKE_FORGED, NULL);
    assert_int_equal(sign(&w, &e), -1);
    assert_int_equal(e.code, ERR_SIGNATURE);
    assert_int_equal(w.pile.taken, 99);
    finish(&w, false);
}

/* A fast token has many on their way, a slow one two: a pause is there at once. */
static void the_window_is_one_of_time(void **state)
{
    struct world w;
    struct err e;

    (void)state;
    begin(&w, 1, FAKE_SLOW, NULL);
    finish(&w, false);
    assert_in_range(w.pile.most, 3, 66); /* 64, one that waits to be sent, one that is taken */
    begin(&w, 0, FAKE_SLOW, NULL);
    w.pile.n = 20;
    assert_int_equal(sign(&w, &e), 0);
    assert_in_range(w.pile.most, 2, 4);
    w.pile.n = 300;
    w.script.n = 0;
    tokens_free(w.t);
    key_free(w.key);
    pile_clear(&w.pile);
}

static void large_messages_do_not_queue(void **state)
{
    struct world w;

    (void)state;
    begin(&w, 1, FAKE_SLOW, NULL);
    w.pile.size = 9000;
    w.pile.large_at = 150;
    finish(&w, false);
    assert_in_range(w.pile.most_bytes, 100000, (128U << 10) + 2 * 9010 + (1U << 20));
}

/* A module that answers by itself, over our socket. */
struct babble {
    uint8_t bytes[256];
    size_t n, repeat;
    bool ends; /* exits, with a frame half sent */
};

static int babble(void *self, const struct token_batch *b, struct err *e)
{
    const struct babble *what = self;
    const struct key *key;
    struct span message;

    for (size_t i = 0; i < what->repeat; i++)
        if (write(AGENT_SOCKET, what->bytes, what->n) != (ssize_t)what->n)
            return err_set(e, ERR_INTERNAL, "nobody listens");
    if (what->ends)
        _exit(0);
    while (b->next(b->self, &key, &message))
        continue;
    return 0;
}

static void keep(void *self)
{
    (void)self;
}

static int make_babbler(void *arg, struct tokens **out, struct err *e)
{
    static const struct token_driver driver = {.name = "babbler", .free = keep, .sign_all = babble};

    if ((*out = calloc(1, sizeof **out)) == NULL)
        return err_oom(e);
    (*out)->driver = &driver;
    (*out)->self = arg;
    return 0;
}

/* A true signature of the pile's first message, as a frame. */
static void answer_of(struct world *w, struct babble *out)
{
    struct bytes sig, message;
    struct err e;

    sig = (struct bytes){0};
    message = (struct bytes){0};
    bytes_put_str(&message, "{\"n\":0}");
    while (message.n < 100)
        bytes_put_str(&message, "          ");
    w->script.n = 0;
    assert_int_equal(sign_one(w->t, w->key, bytes_span(&message), &sig, &e), 0);
    assert_int_equal(sig.n, 64);
    *out = (struct babble){.bytes = {0, 0, 0, 68, 0, 0, 0, 0, 0, 0, 0, 64}, .n = 76, .repeat = 1};
    memcpy(out->bytes + 12, sig.p, 64);
    bytes_clear(&sig);
    bytes_clear(&message);
}

static void spoken(struct world *w, struct babble *what, size_t n, enum err_code code, size_t taken)
{
    struct token_batch b;
    struct tokens *t;
    struct err e;

    assert_int_equal(agent_start(make_babbler, what, NULL, &t, &e), 0);
    w->pile.n = n;
    w->pile.taken = 0;
    b = pile_batch(&w->pile);
    err_clear(&e);
    assert_int_equal(t->driver->sign_all(t->self, &b, &e), -1);
    assert_int_equal(e.code, code);
    assert_int_equal(w->pile.taken, taken);
    tokens_free(t);
}

static void nonsense_counts_for_nothing(void **state)
{
    static const struct babble nonsense[] = {
        {{0, 0, 0, 0, 77, 0, 0, 0}, 8, 1, false},                 /* a status that is none */
        {{0, 0, 0, 0, 0, 1, 9, 0}, 8, 1, false},                  /* a secret */
        {{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, 8, 1, false},      /* too much */
        {{0, 0, 0, 2, 0, 0, 0, 0, 1, 2}, 10, 1, false},           /* no length */
        {{0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 9}, 12, 1, false},     /* short */
        {{0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 7}, 13, 1, false},  /* something behind it */
        {{0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0}, 12, 1, false},     /* a failure without an error */
        {{0, 0, 0, 68, 0, 0, 0, 0, 0, 0, 0, 64, 1}, 13, 1, true}, /* it leaves in the middle */
    };
    struct world w;

    (void)state;
    begin(&w, 0, FAKE_SLOW, NULL);
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        struct babble b = nonsense[i];

        spoken(&w, &b, 3, ERR_TOKEN, 0);
    }
    tokens_free(w.t);
    key_free(w.key);
    pile_clear(&w.pile);
}

static void an_answer_too_many_counts_for_nothing(void **state)
{
    struct babble again, empty = {{0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0}, 12, 1, false};
    struct world w;

    (void)state;
    begin(&w, 0, FAKE_SLOW, NULL);
    answer_of(&w, &again);
    again.repeat = 2;
    spoken(&w, &again, 2, ERR_SIGNATURE, 1); /* the first again, for the second */
    spoken(&w, &again, 1, ERR_TOKEN, 1);     /* for nothing */
    spoken(&w, &empty, 2, ERR_SIGNATURE, 0);
    tokens_free(w.t);
    key_free(w.key);
    pile_clear(&w.pile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_before_a_crash_counts),
        cmocka_unit_test(a_person_leaves_a_token_that_hangs),
        cmocka_unit_test(a_failed_signature_ends_the_batch),
        cmocka_unit_test(a_pulled_token_ends_the_batch),
        cmocka_unit_test(a_bad_signature_is_the_takers_to_refuse),
        cmocka_unit_test(the_window_is_one_of_time),
        cmocka_unit_test(large_messages_do_not_queue),
        cmocka_unit_test(nonsense_counts_for_nothing),
        cmocka_unit_test(an_answer_too_many_counts_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
