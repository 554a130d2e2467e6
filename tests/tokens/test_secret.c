/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tokens/secret.h"

static struct secret *typed(const char *text)
{
    struct secret *s;
    struct err e;

    assert_int_equal(secret_new(&s, &e), 0);
    for (; *text; text++)
        assert_int_equal(secret_put(s, (uint8_t)*text), 0);
    return s;
}

static void backspace_removes_a_whole_character(void **state)
{
    struct secret *s = typed("1\xC3\xA4");

    (void)state;
    secret_backspace(s);
    assert_int_equal(secret_size(s), 1);
    secret_backspace(s);
    secret_backspace(s);
    assert_int_equal(secret_size(s), 0);
    secret_free(s);
}

static void wipe_leaves_nothing(void **state)
{
    struct secret *s = typed("123456");

    (void)state;
    secret_wipe(s);
    assert_int_equal(secret_size(s), 0);
    for (size_t i = 0; i <= SECRET_MAX; i++)
        assert_int_equal(secret_data(s)[i], 0);
    secret_free(s);
}

static void a_full_secret_refuses_more(void **state)
{
    struct secret *s = typed("");

    (void)state;
    for (int i = 0; i < SECRET_MAX; i++)
        assert_int_equal(secret_put(s, 'x'), 0);
    assert_int_equal(secret_put(s, 'x'), -1);
    assert_int_equal(secret_size(s), SECRET_MAX);
    secret_free(s);
}

static void a_forked_child_sees_nothing(void **state)
{
    struct secret *s = typed("123456");
    int status;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(secret_size(s) == 0 && secret_data(s)[0] == 0 ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    secret_free(s);
}

static void equality_is_by_content(void **state)
{
    struct secret *a = typed("123456"), *b = typed("123456"), *c = typed("123457");

    (void)state;
    assert_true(secret_eq(a, b));
    assert_false(secret_eq(a, c));
    secret_free(a);
    secret_free(b);
    secret_free(c);
}

static void make_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void pin_sources(void **state)
{
    char dir[] = "/tmp/tc-secret-XXXXXX", path[64], link[64];
    struct secret *s = typed("");
    struct err e;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/pin", dir);
    snprintf(link, sizeof link, "%s/link", dir);

    make_file(path, "648219\nignored", 0600);
    assert_int_equal(secret_read_file(s, path, &e), 0);
    assert_int_equal(secret_size(s), 6);
    assert_memory_equal(secret_data(s), "648219", 7);

    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(secret_read_file(s, link, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);

    make_file(path, "648219\n", 0644);
    assert_int_equal(secret_read_file(s, path, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.what, "can be read by others"));

    make_file(path, "\n", 0600);
    assert_int_equal(secret_read_file(s, path, &e), -1);
    assert_non_null(strstr(e.what, "empty"));

    unlink(link);
    unlink(path);
    rmdir(dir);
    secret_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backspace_removes_a_whole_character),
        cmocka_unit_test(wipe_leaves_nothing),
        cmocka_unit_test(a_full_secret_refuses_more),
        cmocka_unit_test(a_forked_child_sees_nothing),
        cmocka_unit_test(equality_is_by_content),
        cmocka_unit_test(pin_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
