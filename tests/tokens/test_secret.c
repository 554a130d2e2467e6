/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* Neither half of a PIN nor the one that was there before stays behind. */
static void is_wiped(const struct secret *s)
{
    assert_int_equal(secret_size(s), 0);
    for (size_t i = 0; i <= SECRET_MAX; i++)
        assert_int_equal(secret_data(s)[i], 0);
}

/* A pipe from which that text comes, and then the end. */
static int pipe_of(const char *text, size_t n)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, n), (ssize_t)n);
    close(ends[1]);
    return ends[0];
}

static void a_source_that_is_none(void **state)
{
    char dir[] = "/tmp/tc-secret-XXXXXX", path[64], much[SECRET_MAX + 1];
    struct secret *s = typed("before");
    struct err e;
    int fd;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/nothing", dir);
    assert_int_equal(secret_read_file(s, path, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.what, path));
    assert_non_null(strstr(e.todo, "fd:N"));

    assert_int_equal(secret_read_file(s, dir, &e), -1); /* a folder */
    assert_int_equal(e.code, ERR_IO);
    is_wiped(s);

    assert_int_equal(secret_read_fd(s, -1, &e), -1);
    assert_int_equal(e.code, ERR_IO);

    memset(much, '1', sizeof much);
    fd = pipe_of(much, SECRET_MAX); /* the longest that there is, without a newline */
    assert_int_equal(secret_read_fd(s, fd, &e), 0);
    assert_int_equal(secret_size(s), SECRET_MAX);
    assert_int_equal(secret_data(s)[SECRET_MAX], 0);
    close(fd);
    fd = pipe_of(much, sizeof much);
    assert_int_equal(secret_read_fd(s, fd, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.what, "longer than"));
    is_wiped(s);
    close(fd);
    rmdir(dir);
    secret_free(s);
}

/* A line ends in LF, in CR LF, or with the file. */
static void a_line_from_elsewhere(void **state)
{
    static const char *const sources[] = {"648219", "648219\n", "648219\r\n", "648219\r\nmore\r\n",
                                          "648219\r"};
    char much[SECRET_MAX + 3];
    struct secret *s = typed("before");
    struct err e;
    int fd;

    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        fd = pipe_of(sources[i], strlen(sources[i]));
        assert_int_equal(secret_read_fd(s, fd, &e), 0);
        assert_int_equal(secret_size(s), 6);
        assert_memory_equal(secret_data(s), "648219", 7);
        close(fd);
    }
    memset(much, '1', sizeof much);
    memcpy(much + SECRET_MAX, "\r\n", 2); /* the longest that there is */
    fd = pipe_of(much, sizeof much);
    assert_int_equal(secret_read_fd(s, fd, &e), 0);
    assert_int_equal(secret_size(s), SECRET_MAX);
    close(fd);
    fd = pipe_of("\r\n", 2);
    assert_int_equal(secret_read_fd(s, fd, &e), -1);
    close(fd);
    secret_free(s);
}

/* What comes over a helper's link is the whole PIN, or nothing. */
static void received_whole_or_not_at_all(void **state)
{
    struct secret *s = typed("before");
    char much[SECRET_MAX + 1] = {0};
    int fd = pipe_of("648219", 6);

    (void)state;
    assert_int_equal(secret_receive(s, fd, 6), 0);
    assert_int_equal(secret_size(s), 6);
    assert_memory_equal(secret_data(s), "648219", 7);
    close(fd);
    fd = pipe_of("648", 3); /* the sender has gone */
    assert_int_equal(secret_receive(s, fd, 6), -1);
    is_wiped(s);
    close(fd);
    fd = pipe_of(much, sizeof much); /* longer than there is room for */
    assert_int_equal(secret_receive(s, fd, sizeof much), -1);
    is_wiped(s);
    close(fd);
    assert_int_equal(secret_receive(s, -1, 1), -1);
    secret_free(s);
}

static void a_copy_is_of_its_own(void **state)
{
    struct secret *s = typed("648219"), *copy;
    struct err e;

    (void)state;
    assert_int_equal(secret_copy(s, &copy, &e), 0);
    assert_true(secret_eq(s, copy));
    secret_wipe(s);
    assert_int_equal(secret_size(copy), 6);
    secret_free(copy);
    secret_free(s);
    secret_free(NULL);
}

#ifndef __SANITIZE_ADDRESS__ /* its mlock locks nothing, and says that it did */
/* In a child: an ordinary user who may lock nothing. */
static int no_memory_to_lock(void)
{
    const struct rlimit none = {0, 0};
    struct secret *s = typed("648219"), *other = s, *copy = s;
    struct err e;

    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
        return 1;
    if (secret_new(&other, &e) != -1 || other != NULL || strstr(e.what, "locked") == NULL ||
        strstr(e.todo, "ulimit -l") == NULL || e.code == ERR_NONE)
        return 2;
    return secret_copy(s, &copy, &e) == -1 && copy == NULL ? 0 : 3;
}

static void no_pin_in_memory_that_is_not_locked(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(no_memory_to_lock());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backspace_removes_a_whole_character),
        cmocka_unit_test(wipe_leaves_nothing),
        cmocka_unit_test(a_full_secret_refuses_more),
        cmocka_unit_test(a_forked_child_sees_nothing),
        cmocka_unit_test(equality_is_by_content),
        cmocka_unit_test(pin_sources),
        cmocka_unit_test(a_source_that_is_none),
        cmocka_unit_test(a_line_from_elsewhere),
        cmocka_unit_test(received_whole_or_not_at_all),
        cmocka_unit_test(a_copy_is_of_its_own),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(no_pin_in_memory_that_is_not_locked),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
