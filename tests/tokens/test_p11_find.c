/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tokens/pkcs11/p11.h"
#include "tokens/pkcs11/softhsm.h"

static void found_modules_are_there_once_and_hold_keys(void **state)
{
    char **found = p11_modules_find(NULL, NULL);
    bool softhsm = softhsm_module() == NULL;
    char want[PATH_MAX] = "", a[PATH_MAX], b[PATH_MAX];

    (void)state;
    assert_non_null(found);
    if (!softhsm)
        assert_non_null(realpath(softhsm_module(), want));
    for (size_t i = 0; found[i] != NULL; i++) {
        assert_int_equal(found[i][0], '/');
        assert_non_null(realpath(found[i], a));
        softhsm = softhsm || strcmp(a, want) == 0;
        assert_null(strstr(a, "p11-kit"));
        assert_null(strstr(a, "pkcs11-spy"));
        for (size_t j = 0; j < i; j++) {
            assert_non_null(realpath(found[j], b));
            assert_string_not_equal(a, b);
        }
    }
    assert_true(softhsm);
    p11_modules_free(found);
}

/* What can't be loaded is a line that says why, and the rest goes on. */
static void modules_that_do_not_load(void **state)
{
    const char *modules[] = {"/nowhere/module.so", "relative.so", "/etc/passwd",
                             "/lib/x86_64-linux-gnu/libm.so.6"};
    struct token_list all;
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(p11_open(modules, 4, &t, &e), 0);
    assert_int_equal(t->driver->list(t->self, &all, &e), 0);
    assert_int_equal(all.n, 0);
    assert_int_equal(all.nproblems, 4);
    for (size_t i = 0; i < all.nproblems; i++)
        assert_non_null(strstr(all.problems[i], modules[i]));
    token_list_clear(&all);
    tokens_free(t);
}

static void put_file(const char *dir, const char *name, const char *text)
{
    char path[PATH_MAX];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static bool has(char *const *lines, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(lines[i], text) != NULL)
            return true;
    return false;
}

/* A folder with the package's configuration, the administrator's, and modules. */
struct machine {
    char top[64], package[96], admin[96], lib[96];
};

static void make_machine(struct machine *m)
{
    char config[PATH_MAX];

    strcpy(m->top, "/tmp/tc-find-XXXXXX");
    assert_non_null(mkdtemp(m->top));
    snprintf(m->package, sizeof m->package, "%s/package", m->top);
    snprintf(m->admin, sizeof m->admin, "%s/admin", m->top);
    snprintf(m->lib, sizeof m->lib, "%s/lib", m->top);
    assert_int_equal(mkdir(m->package, 0700) | mkdir(m->admin, 0700) | mkdir(m->lib, 0700), 0);
    put_file(m->lib, "a.so", "");
    put_file(m->lib, "b.so", "");
    put_file(m->lib, "p11-kit-trust.so", "");
    snprintf(config, sizeof config, "# a token\n  module:  %s/a.so \npriority: 1\n", m->lib);
    put_file(m->package, "a.module", config);
    put_file(m->package, "twin.module", config);
    put_file(m->package, "not-a-config.txt", config);
    snprintf(config, sizeof config, "module: %s/b.so\n", m->lib);
    put_file(m->admin, "b.module", config);
    snprintf(config, sizeof config, "module: %s/p11-kit-trust.so\n", m->lib);
    put_file(m->package, "trust.module", config);
    put_file(m->package, "gone.module", "module: nowhere-to-be-found.so\n");
}

static void find_on(const struct machine *m, size_t want, const char *left_out)
{
    char link[PATH_MAX];
    const char *known[] = {link, "/nowhere/c.so", NULL};
    const struct p11_places places = {m->package, m->admin, known};
    struct token_list notes = {0};
    char **found;
    size_t n = 0;

    snprintf(link, sizeof link, "%s/link.so", m->lib);
    found = p11_modules_find(&places, &notes);
    assert_non_null(found);
    while (found[n] != NULL)
        n++;
    assert_int_equal(n, want);
    assert_true(has(notes.problems, notes.nproblems, "p11-kit-trust.so': it keeps no keys"));
    assert_true(has(notes.problems, notes.nproblems, "nowhere-to-be-found.so"));
    assert_true(left_out == NULL || has(notes.problems, notes.nproblems, left_out));
    assert_int_equal(notes.nproblems, left_out == NULL ? 2 : 3);
    p11_modules_free(found);
    token_list_clear(&notes);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Two names of one file are one; the administrator's file goes over the package's. */
static void p11_kits_configuration_is_read(void **state)
{
    char a[PATH_MAX], link[PATH_MAX];
    struct machine m;

    (void)state;
    make_machine(&m);
    snprintf(a, sizeof a, "%s/a.so", m.lib);
    snprintf(link, sizeof link, "%s/link.so", m.lib);
    assert_int_equal(symlink(a, link), 0);
    find_on(&m, 2, NULL);
    put_file(m.admin, "b.module", "module:\n");
    find_on(&m, 1, NULL);
    put_file(m.package, "b.module", "module: /etc/hostname\ndisable-in: firefox, tuf-ceremony\n");
    assert_int_equal(unlink(strcat(strcpy(a, m.admin), "/b.module")), 0);
    find_on(&m, 1, "/etc/hostname': p11-kit's configuration does not enable it");
    put_file(m.admin, "b.module", "disable-in: tuf-ceremonies\nenable-in: tuf-ceremony\n");
    find_on(&m, 2, NULL);
    put_file(m.admin, "b.module", "disable-in:\nenable-in: firefox\n");
    find_on(&m, 1, "/etc/hostname");
    assert_int_equal(nftw(m.top, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_modules_are_there_once_and_hold_keys),
        cmocka_unit_test(modules_that_do_not_load),
        cmocka_unit_test(p11_kits_configuration_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
