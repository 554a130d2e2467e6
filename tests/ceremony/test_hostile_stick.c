/* SPDX-License-Identifier: Apache-2.0 */
/* The supplier of the stick attacks: files that change between two looks, that the digest of the
 * plan would not cover, that never end or are no files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ceremony/record/bundle.h"
#include "tree.h"

#define KEY    "inputs/online.pem"
#define SPARSE ((off_t)10 << 30)

static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    if (r == NULL)
        return -1;
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

/* A stick that gives one file as it is at the first look, and at each later one as `later`, or not
 * at all. */
struct stick {
    struct store *below;
    const char *name;
    struct span later;
    bool gone;
    unsigned looks;
};

static int stick_read(void *self, const char *name, size_t limit, struct bytes *out, struct err *e)
{
    struct stick *s = self;

    if (strcmp(name, s->name) != 0 || s->looks++ == 0)
        return s->below->ops->read(s->below->self, name, limit, out, e);
    bytes_put_span(out, s->later);
    return s->gone ? 0 : 1;
}

static int stick_list(void *self, const char *dir,
                      int (*each)(void *arg, const char *name, struct err *e), void *arg,
                      struct err *e)
{
    const struct stick *s = self;

    return s->below->ops->list(s->below->self, dir, each, arg, e);
}

static int load(const struct room *r, struct stick *stick, struct plan **out, struct err *e)
{
    static const struct store_ops ops = {.read = stick_read, .list = stick_list};
    struct store s = {.ops = &ops, .self = stick, .path = (char *)(uintptr_t)r->dir};
    int rc;

    err_clear(e);
    assert_int_equal(store_open(r->dir, &stick->below, e), 0);
    rc = plan_load(&s, out, e);
    store_free(stick->below);
    return rc;
}

static int load_plainly(const struct room *r, struct plan **out, struct err *e)
{
    struct stick honest = {.name = "no such file"};

    return load(r, &honest, out, e);
}

/* The digest that the room reads aloud is that of the key which is in the proposal. */
static void the_digest_is_of_what_was_read(void **state)
{
    static const char *const files[] = {KEY, "plan.json"};
    struct plan *honest, *turned;
    struct err e;

    assert_int_equal(load_plainly(*state, &honest, &e), 0);
    for (size_t i = 0; i < 2; i++) {
        struct stick stick = {.name = files[i], .later = span_str("another file")};

        assert_int_equal(load(*state, &stick, &turned, &e), 0);
        assert_memory_equal(turned->sha256, honest->sha256, SHA256_SIZE);
        assert_true(key_same_material(turned->online[0].key, honest->online[0].key));
        plan_free(turned);
    }
    plan_free(honest);
}

static void a_file_that_goes_away_is_missed(void **state)
{
    struct stick stick = {.name = KEY, .gone = true, .looks = 1};
    struct plan *p;
    struct err e;

    assert_int_equal(load(*state, &stick, &p, &e), -1);
    assert_null(p);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.what, "went away"));
}

/* Two online keys of one file, read twice. */
static void two_looks_must_agree(void **state)
{
    struct stick stick = {.name = KEY};
    struct bytes other;
    struct plan *p;
    struct err e;

    room_edit(*state, "\"online_keys\":\t[{",
              "\"online_keys\":\t[{\"name\": \"again\", \"file\": "
              "\"online.pem\"}, {");
    other = (struct bytes){0};
    room_online_key(*state, "other.pem");
    room_read(*state, "inputs/other.pem", &other);
    stick.later = bytes_span(&other);
    assert_int_equal(load(*state, &stick, &p, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.what, "changed"));
    bytes_clear(&other);
}

static void refused(const struct room *r, const char *says)
{
    struct plan *p;
    struct err e;

    assert_int_equal(load_plainly(r, &p, &e), -1);
    assert_null(p);
    assert_int_equal(e.code, ERR_INPUT);
    if (strstr(e.what, says) == NULL)
        fail_msg("'%s' does not say '%s'", e.what, says);
}

/* Files that lists leave out: whoever brings the stick could change them after the plan was
 * agreed. */
static void what_the_digest_misses_is_not_read(void **state)
{
    static const char *const names[] = {".online.new", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s.pem"};

    for (size_t i = 0; i < 2; i++) {
        struct room *r = *state;
        struct bytes key, name;

        key = (struct bytes){0};
        name = (struct bytes){0};
        room_read(r, KEY, &key);
        bytes_printf(&name, "inputs/%s", names[i]);
        room_write(r, bytes_str(&name), bytes_span(&key));
        bytes_truncate(&name, 0);
        bytes_printf(&name, "\"%s\"", names[i]);
        room_edit(r, i == 0 ? "\"online.pem\"" : "\".online.new\"", bytes_str(&name));
        refused(r, "does not cover");
        bytes_clear(&key);
        bytes_clear(&name);
    }
}

/* One file whose name holds a line of the digest stands for two. */
static void a_name_is_no_line(void **state)
{
    room_write(*state, "inputs/x\n00  inputs/y", span_str("z"));
    refused(*state, "is no name");
}

static void in_place_of_the_key(const struct room *r, void (*put)(const char *path))
{
    char path[128];

    snprintf(path, sizeof path, "%s/" KEY, r->dir);
    assert_int_equal(unlink(path), 0);
    put(path);
}

static void put_pipe(const char *path)
{
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void put_link(const char *path)
{
    assert_int_equal(symlink("/etc/hostname", path), 0);
}

static void put_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
}

static void put_sparse(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, SPARSE), 0);
    close(fd);
}

static void only_files_are_files(void **state)
{
    static const struct {
        void (*put)(const char *path);
        const char *says;
    } rows[] = {
        {put_pipe, "not a regular file"},
        {put_link, "no name inside"},
        {put_folder, "not a regular file"},
        {put_sparse, "at most"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *room = NULL;

        assert_int_equal(make(&room), 0);
        in_place_of_the_key(room, rows[i].put);
        refused(room, rows[i].says);
        clear(&room);
    }
}

/* Also one that nobody asked for, for its digest is taken. */
static void a_file_without_end_is_not_hashed(void **state)
{
    const struct room *r = *state;
    struct store *s;
    struct plan *p;
    struct err e;
    char path[128];

    snprintf(path, sizeof path, "%s/inputs/notes.txt", r->dir);
    put_sparse(path);
    assert_int_equal(store_open(r->dir, &s, &e), 0);
    assert_int_equal(plan_load(s, &p, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.what, "larger than any file"));
    store_free(s);
}

/* What lies in inputs/ when the bundle is made is what the plan was agreed with. */
static void the_bundle_has_the_inputs_of_the_plan(void **state)
{
    struct room *r = *state;
    struct store *to;
    struct bundle b;
    struct bytes key;
    struct err e;

    key = (struct bytes){0};
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_BUNDLE, &e), 0);
    assert_int_equal(store_open(r->dir, &to, &e), 0);
    room_read(r, KEY, &key);
    room_online_key(r, "online.pem");
    assert_int_equal(bundle_write(r->c, to, &b, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    room_write(r, KEY, bytes_span(&key));
    room_write(r, "inputs/more.txt", span_str("never agreed\n"));
    assert_int_equal(bundle_write(r->c, to, &b, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_false(ceremony_session(r->c)->bundle_written);
    store_free(to);
    bytes_clear(&key);
}

/* A stick on which "A.json" is another name for "a.json", as FAT has it. */
struct fat {
    struct store *below;
    char name[1300];
};

static const char *on_fat(struct fat *f, const char *name)
{
    size_t n = (size_t)snprintf(f->name, sizeof f->name, "%s", name);

    if (n > 6 && strcmp(f->name + n - 6, "A.json") == 0)
        f->name[n - 6] = 'a';
    return f->name;
}

static int fat_write_parts(void *self, const char *name, const struct store_source *from,
                           struct err *e)
{
    struct fat *f = self;

    return f->below->ops->write_parts(f->below->self, on_fat(f, name), from, e);
}

static int fat_write_many(void *self, const struct store_file *files, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (fat_write_parts(self, files[i].name, &files[i].from, e) != 0)
            return -1;
    return 0;
}

static int fat_read_parts(void *self, const char *name, store_part *each, void *to, struct err *e)
{
    struct fat *f = self;

    return f->below->ops->read_parts(f->below->self, on_fat(f, name), each, to, e);
}

static int fat_list(void *self, const char *dir,
                    int (*each)(void *arg, const char *name, struct err *e), void *arg,
                    struct err *e)
{
    const struct fat *f = self;

    return f->below->ops->list(f->below->self, dir, each, arg, e);
}

static int make_tree(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    if (r == NULL)
        return -1;
    tree_make(r);
    *state = r;
    return 0;
}

/* Each file read back well, and then another took its place. */
static void a_file_that_took_the_place_of_another_is_missed(void **state)
{
    static const struct store_ops ops = {.write_parts = fat_write_parts,
                                         .write_many = fat_write_many,
                                         .read_parts = fat_read_parts,
                                         .list = fat_list};
    struct room *r = *state;
    struct fat fat = {0};
    struct store s = {.ops = &ops, .self = &fat, .path = r->dir};
    struct bundle b;
    struct err e;

    room_edit(r, "[\"A\", \"D\"]", "[\"A\", \"a\"]");
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_BUNDLE, &e), 0);
    assert_int_equal(store_open(r->dir, &fat.below, &e), 0);
    assert_int_equal(bundle_write(r->c, &s, &b, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.what, "are there"));
    assert_false(ceremony_session(r->c)->bundle_written);
    store_free(fat.below);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_digest_is_of_what_was_read, make, clear),
        cmocka_unit_test_setup_teardown(a_file_that_goes_away_is_missed, make, clear),
        cmocka_unit_test_setup_teardown(two_looks_must_agree, make, clear),
        cmocka_unit_test_setup_teardown(what_the_digest_misses_is_not_read, make, clear),
        cmocka_unit_test_setup_teardown(a_name_is_no_line, make, clear),
        cmocka_unit_test(only_files_are_files),
        cmocka_unit_test_setup_teardown(a_file_without_end_is_not_hashed, make, clear),
        cmocka_unit_test_setup_teardown(the_bundle_has_the_inputs_of_the_plan, make, clear),
        cmocka_unit_test_setup_teardown(a_file_that_took_the_place_of_another_is_missed, make_tree,
                                        clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
