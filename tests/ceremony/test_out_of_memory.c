/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation fails once: the caller gets ERR_INTERNAL, never a word against a file, a person
 * or a token, nothing leaks, and the ceremony's folder is as it was. The linker puts these
 * allocators in the place of ours (--wrap); libraries keep theirs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/record/bundle.h"
#include "ceremony/record/transcript.h"
#include "metadata/signed.h"
#include "room.h"

static struct {
    bool armed;
    size_t made, fails; /* the one that fails, from 1; 0: none */
} heap;
static uint8_t result[SHA256_SIZE]; /* of what a scene makes, where it makes something */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

static bool fails(void)
{
    return heap.armed && ++heap.made == heap.fails;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

static void made(struct span s)
{
    bool armed = heap.armed;

    heap.armed = false;
    assert_int_equal(sha256(s, result), 0);
    heap.armed = armed;
}

/* What is done while allocations fail; it says what it made, and frees it. */
typedef int scene(void *arg, struct err *e);

static int play(scene *f, void *arg, size_t fails_at, struct err *e)
{
    int rc;

    err_clear(e);
    heap.made = 0;
    heap.fails = fails_at;
    heap.armed = true;
    rc = f(arg, e);
    heap.armed = false;
    return rc;
}

/* `before` makes the world of each try; NULL: it stays as it is. */
static void each_fails(scene *f, void *arg, void (*before)(void *))
{
    uint8_t sound[SHA256_SIZE];
    struct err e;
    size_t all, wrong = 0;

    if (before != NULL)
        before(arg);
    assert_int_equal(play(f, arg, 0, &e), 0);
    memcpy(sound, result, sizeof sound);
    all = heap.made;
    assert_true(all > 0);
    for (size_t n = 1; n <= all; n++) {
        int rc;

        if (before != NULL)
            before(arg);
        rc = play(f, arg, n, &e);
        /* one that is not needed, such as to give room back, may fail: the result is the same */
        if (rc == 0 ? memcmp(sound, result, sizeof sound) == 0 : e.code == ERR_INTERNAL)
            continue;
        print_message("allocation %zu of %zu fails: %s: %s\n", n, all, e.where,
                      rc == 0 ? "nobody says so" : e.what);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static int read_root(void *arg, struct err *e)
{
    const struct bytes *text = arg;
    struct envelope *env;
    struct root root;

    if (envelope_read(bytes_span(text), "1.root.json", &env, e) != 0)
        return -1;
    if (root_read(envelope_object(env), &root, e) != 0) {
        envelope_free(env);
        return -1;
    }
    made(json_span(root.head.object));
    root_clear(&root);
    envelope_free(env);
    return 0;
}

static int read_key(void *arg, struct err *e)
{
    const struct bytes *text = arg;
    struct key *key;

    if (key_from_bytes(bytes_span(text), &key, e) != 0)
        return -1;
    made(span_str(key_id(key)));
    key_free(key);
    return 0;
}

static int open_ceremony(void *arg, struct err *e)
{
    const struct env env = env_system();
    const struct room *r = arg;
    struct ceremony *c;
    struct store *s;

    if (store_open(r->dir, &s, e) != 0 || ceremony_open(s, &env, CEREMONY_READ, &c, e) != 0)
        return -1;
    made(span_str(ceremony_session(c)->proposals[0].sha256));
    ceremony_free(c);
    return 0;
}

static int make_bundle(void *arg, struct err *e)
{
    const struct room *r = arg;
    struct bundle b;

    if (bundle_make(r->c, &b, e) != 0)
        return -1;
    made(span_str(b.manifest_sha256));
    bundle_clear(&b);
    return 0;
}

static int write_transcript(void *arg, struct err *e)
{
    const struct room *r = arg;
    struct bytes text;
    int rc;

    text = (struct bytes){0};
    rc = transcript_write(r->c, ceremony_session(r->c)->covered, &text, e);
    made(bytes_span(&text));
    bytes_clear(&text);
    return rc;
}

static void must(int rc, const struct err *e)
{
    if (rc != 0)
        fail_msg("%s: %s", e->where, e->what);
}

static void reading_metadata_and_keys(void **state)
{
    struct room *r = *state;
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    room_read(r, "inputs/online.pem", &text);
    each_fails(read_key, &text, NULL);
    bytes_clear(&text);
    must(room_open(r, &e), &e);
    must(room_walk(r, STATIONS, &e), &e);
    text = (struct bytes){0};
    room_read(r, "bundle/metadata/1.root.json", &text);
    each_fails(read_root, &text, NULL);
    bytes_clear(&text);
}

static void opening_a_ceremony_plan_and_journal(void **state)
{
    struct room *r = *state;
    struct err e;

    must(room_open(r, &e), &e);
    must(room_walk(r, STATIONS, &e), &e);
    room_close(r);
    each_fails(open_ceremony, r, NULL);
}

static void making_the_bundle_and_the_transcript(void **state)
{
    struct room *r = *state;
    struct err e;

    must(room_open(r, &e), &e);
    must(room_walk(r, STATION_BUNDLE, &e), &e);
    each_fails(make_bundle, r, NULL);
    each_fails(write_transcript, r, NULL);
}

/* A room at Signatures, and its journal as it was then. */
struct turn {
    struct room *r;
    struct bytes journal;
    struct token_info token;
};

static void turn_begin(void *arg)
{
    struct turn *t = arg;
    struct err e;

    room_close(t->r);
    room_write(t->r, "journal.jsonl", bytes_span(&t->journal));
    must(room_open(t->r, &e), &e);
    must(room_log_in(t->r, 0, &t->token, &e), &e);
}

static int collect(void *arg, struct err *e)
{
    struct turn *t = arg;

    return collect_sign(t->r->c, 0, t->r->t, &t->token, NULL, e);
}

/* What stands in the journal is whole, whatever failed: it opens again, in turn_begin. */
static void collecting_signatures(void **state)
{
    struct turn t = {.r = *state};
    struct err e;

    must(room_open(t.r, &e), &e);
    must(room_walk(t.r, STATION_SIGNATURES, &e), &e);
    t.journal = (struct bytes){0};
    room_read(t.r, "journal.jsonl", &t.journal);
    each_fails(collect, &t, turn_begin);
    bytes_clear(&t.journal);
}

static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    room_make(r);
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

int main(void)
{
#define MEMORY(f) cmocka_unit_test_setup_teardown(f, make, clear)
    const struct CMUnitTest tests[] = {
        MEMORY(reading_metadata_and_keys),
        MEMORY(opening_a_ceremony_plan_and_journal),
        MEMORY(making_the_bundle_and_the_transcript),
        MEMORY(collecting_signatures),
    };
#undef MEMORY

    return cmocka_run_group_tests(tests, NULL, NULL);
}
