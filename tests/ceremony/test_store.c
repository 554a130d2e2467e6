/* SPDX-License-Identifier: Apache-2.0 */
/* Many files at once: each is what it was or what it should be, whatever happens meanwhile, and
 * none has its name before what is in it is on the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ceremony/store/store.h"

#define FILES 1500 /* more than are made lasting together */
#define KILLS 30

struct world {
    char dir[32];
    struct store *s;
    struct store_file files[FILES];
    char names[FILES][32];
    struct bytes old, new;
    const struct bytes *give; /* of the two */
    size_t spoilt;            /* this one can't be given; FILES: none */
    size_t given;
};

/* A source that knows its world and which file it is. */
struct part {
    struct world *w;
    size_t i;
};

static struct part parts[FILES];

static int give(const void *self, store_part *put, void *to, struct err *e)
{
    const struct part *p = self;

    p->w->given++;
    if (p->i == p->w->spoilt)
        return err_set(e, ERR_INPUT, "spoilt");
    return put(to, bytes_span(p->w->give), e);
}

static int make(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct err e;

    assert_non_null(w);
    strcpy(w->dir, "/tmp/store-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    assert_int_equal(store_open(w->dir, &w->s, &e), 0);
    w->old = (struct bytes){0};
    w->new = (struct bytes){0};
    for (unsigned i = 0; i < 600; i++) {
        bytes_printf(&w->old, "old %u\n", i);
        bytes_printf(&w->new, "this is new: %u\n", i);
    }
    for (size_t i = 0; i < FILES; i++) {
        snprintf(w->names[i], sizeof w->names[i], "out/%zu/%zu.json", i % 3, i);
        parts[i] = (struct part){w, i};
        w->files[i] = (struct store_file){w->names[i], {give, &parts[i]}};
    }
    w->give = &w->old;
    w->spoilt = FILES;
    *state = w;
    return 0;
}

static int clear(void **state)
{
    struct world *w = *state;
    char command[64];

    store_free(w->s);
    bytes_clear(&w->old);
    bytes_clear(&w->new);
    snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
    assert_int_equal(system(command), 0);
    free(w);
    return 0;
}

static int write_all(struct world *w, struct err *e)
{
    err_clear(e);
    return w->s->ops->write_many(w->s->self, w->files, FILES, e);
}

/* How many files are new; each is one or the other. */
static size_t count_new(struct world *w)
{
    size_t n = 0;

    for (size_t i = 0; i < FILES; i++) {
        struct bytes text;
        struct err e;

        text = (struct bytes){0};
        assert_int_equal(w->s->ops->read(w->s->self, w->names[i], STORE_MAX_SMALL, &text, &e), 1);
        if (span_eq(bytes_span(&text), bytes_span(&w->new)))
            n++;
        else if (!span_eq(bytes_span(&text), bytes_span(&w->old)))
            fail_msg("'%s' is neither", w->names[i]);
        bytes_clear(&text);
    }
    return n;
}

/* Files in the folder, those too that the store's own listing leaves out. */
static size_t count_all(const struct world *w)
{
    char command[64];
    size_t n = 0;
    FILE *out;

    snprintf(command, sizeof command, "find '%s' -type f | wc -l", w->dir);
    out = popen(command, "r");
    assert_non_null(out);
    assert_int_equal(fscanf(out, "%zu", &n), 1);
    assert_int_equal(pclose(out), 0);
    return n;
}

static void write_old(struct world *w)
{
    struct err e;

    assert_int_equal(write_all(w, &e), 0);
    assert_int_equal(count_new(w), 0);
    w->give = &w->new;
}

static void all_are_written(void **state)
{
    struct world *w = *state;
    struct err e;

    write_old(w);
    assert_int_equal(w->given, FILES);
    assert_int_equal(write_all(w, &e), 0);
    assert_int_equal(count_new(w), FILES);
    assert_int_equal(count_all(w), FILES);
    assert_int_equal(w->s->ops->write_many(w->s->self, w->files, 0, &e), 0);
}

/* A source fails, in each batch: what was before it in the same batch has not its name yet. */
static void one_that_fails_spoils_no_other(void **state)
{
    struct world *w = *state;
    struct err e;

    write_old(w);
    w->spoilt = 700;
    assert_int_equal(write_all(w, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_int_equal(count_new(w), 0);
    w->spoilt = FILES - 1;
    assert_int_equal(write_all(w, &e), -1);
    assert_true(count_new(w) < FILES - 1);
    assert_int_equal(count_all(w), FILES);
}

/* As on a disk that knows two names as one. */
static void none_takes_the_place_of_another(void **state)
{
    struct world *w = *state;
    struct err e;

    write_old(w);
    w->files[9].name = w->files[3].name;
    assert_int_equal(write_all(w, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.what, "another file took the place of 'out/0/3.json'"));
    (void)count_new(w); /* each is whole */
    assert_int_equal(count_all(w), FILES);
}

static void nothing_leads_outside(void **state)
{
    static const char *const bad[] = {"../x", "out/../../x", "out//x", "", "out/0/link/x"};
    struct world *w = *state;
    char path[64];
    struct err e;

    write_old(w);
    snprintf(path, sizeof path, "%s/out/0/link", w->dir);
    assert_int_equal(symlink("/tmp", path), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        w->files[5].name = bad[i];
        assert_int_equal(write_all(w, &e), -1);
        assert_int_equal(e.code, ERR_INPUT);
        assert_int_equal(count_new(w), 0);
    }
    assert_int_equal(access("/tmp/x", F_OK), -1);
}

/* In a child in which that call fails: what write_many returned. */
static int write_without(struct world *w, int call)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
        struct err e;

        if (f == NULL || seccomp_rule_add(f, SCMP_ACT_ERRNO(EIO), call, 0) != 0 ||
            seccomp_load(f) != 0)
            _exit(3);
        _exit(write_all(w, &e) == 0 ? 0 : e.code == ERR_IO ? 1 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A disk that can't make anything lasting: nothing has a new name, and it is said. */
static void no_name_before_it_lasts(void **state)
{
    struct world *w = *state;

    write_old(w);
    assert_int_equal(write_without(w, SCMP_SYS(syncfs)), 1);
    assert_int_equal(count_new(w), 0);
    assert_int_equal(write_without(w, SCMP_SYS(fsync)), 1);
    assert_int_equal(count_new(w), 0);
    assert_int_equal(count_all(w), FILES);
    assert_int_equal(write_without(w, SCMP_SYS(renameat)), 1);
    assert_int_equal(count_new(w), 0);
    assert_int_equal(count_all(w), FILES);
}

/* A child writes and is killed after so many microseconds. True: it had ended. */
static bool write_and_kill(struct world *w, long after)
{
    const struct timespec moment = {0, after * 1000};
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        struct err e;

        _exit(write_all(w, &e) == 0 ? 0 : 1);
    }
    (void)nanosleep(&moment, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFEXITED(status);
}

/* Killed at any instant, again and again: each file is whole, and the next time all are there. */
static void a_kill_tears_no_file(void **state)
{
    struct world *w = *state;
    struct timespec from, to;
    long whole;
    struct err e;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &from), 0);
    write_old(w);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &to), 0);
    whole = (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
    whole = whole < 900000 ? whole : 900000;
    for (long i = 0; i < KILLS; i++) {
        bool ended = write_and_kill(w, whole * i / KILLS);
        size_t n = count_new(w);

        if (ended)
            assert_int_equal(n, FILES);
        if (n == FILES) { /* and back */
            w->give = &w->old;
            assert_int_equal(write_all(w, &e), 0);
            assert_int_equal(count_new(w), 0);
            w->give = &w->new;
        }
    }
    assert_int_equal(write_all(w, &e), 0);
    assert_int_equal(count_new(w), FILES);
    assert_int_equal(count_all(w), FILES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_are_written, make, clear),
        cmocka_unit_test_setup_teardown(one_that_fails_spoils_no_other, make, clear),
        cmocka_unit_test_setup_teardown(none_takes_the_place_of_another, make, clear),
        cmocka_unit_test_setup_teardown(nothing_leads_outside, make, clear),
        cmocka_unit_test_setup_teardown(no_name_before_it_lasts, make, clear),
        cmocka_unit_test_setup_teardown(a_kill_tears_no_file, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
