/* SPDX-License-Identifier: Apache-2.0 */
/* Several modules, each in an agent: one that crashes or can't be loaded leaves the others alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faulty.h"
#include "tokens/kind.h"
#include "tokens/pkcs11/modules.h"
#include "tokens/pkcs11/softhsm.h"

static int set_up(void **state)
{
    struct faulty *w = calloc(1, sizeof *w);
    struct tokens *plain;
    struct err e;

    *state = w;
    if (w == NULL || faulty_begin(w, &plain, &e) != 0)
        return -1;
    tokens_free(plain);
    return 0;
}

static int tear_down(void **state)
{
    int rc = faulty_end(*state);

    free(*state);
    return rc;
}

/* How many tokens are there through that module; `problems` lines name it. */
static size_t through(struct tokens *t, const char *module, size_t *problems)
{
    struct token_list l;
    struct err e;
    size_t n = 0;

    assert_int_equal(t->driver->list(t->self, &l, &e), 0);
    for (size_t i = 0; i < l.n; i++)
        n += strcmp(l.items[i].id.module, module) == 0;
    *problems = 0;
    for (size_t i = 0; i < l.nproblems; i++)
        *problems += strstr(l.problems[i], module) != NULL;
    token_list_clear(&l);
    return n;
}

static void two_modules_are_two_agents(void **state)
{
    struct faulty *w = *state;
    const char *paths[] = {FAULTY_MODULE_PATH, softhsm_module(), "/nowhere/module.so",
                           softhsm_module()};
    struct token_id id = {0};
    struct token_list l;
    struct tokens *t;
    enum pin_state state_now;
    struct secret *pin = secret_of(CONTRACT_PIN);
    struct err e;
    size_t n;

    assert_int_equal(modules_open(paths, 4, NULL, NULL, &t, &e), 0);
    assert_int_equal(through(t, paths[0], &n), 3); /* A, B and a free slot */
    assert_int_equal(n, 0);
    assert_int_equal(through(t, paths[1], &n), 3);
    assert_int_equal(n, 0);
    assert_int_equal(through(t, paths[2], &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(t->driver->list(t->self, &l, &e), 0);
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.items[i].id.module, paths[1]) == 0 &&
            strcmp(l.items[i].id.label, CONTRACT_A) == 0)
            id = l.items[i].id;
    token_list_clear(&l);
    assert_int_equal(t->driver->login(t->self, &id, pin, &state_now, &e), 0);

    /* one of them crashes: that is a line, and the login to the other one's token still holds */
    faulty_script(w, "C_GetSlotList crash\n");
    assert_int_equal(through(t, paths[0], &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(through(t, paths[1], &n), 3);
    assert_int_equal(t->driver->keys(t->self, &(struct token_key_list){0}, &e), 0);
    assert_int_equal(
        t->driver->certificates(t->self, span_str("id"), &(struct token_certificates){0}, &e), 0);
    faulty_script(w, "");
    assert_int_equal(through(t, paths[0], &n), 3);
    secret_free(pin);
    tokens_free(t);
}

/* CKR_HOST_MEMORY, _DEVICE_REMOVED, _TOKEN_NOT_PRESENT, _SLOT_ID_INVALID, _FUNCTION_CANCELED. */
static void no_answer_of_one_takes_the_others_tokens(void **state)
{
    static const char *const calls[] = {"C_GetSlotList", "C_GetSlotInfo", "C_GetTokenInfo"};
    static const char *const answers[] = {"0x2", "0x32", "0xe0", "0x3", "0x50"};
    struct faulty *w = *state;
    const char *paths[] = {FAULTY_MODULE_PATH, softhsm_module()};
    struct tokens *t;
    struct err e;
    size_t ignored;

    assert_int_equal(modules_open(paths, 2, NULL, NULL, &t, &e), 0);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (size_t k = 0; k < sizeof answers / sizeof answers[0]; k++) {
            char script[64];

            snprintf(script, sizeof script, "%s %s\n", calls[i], answers[k]);
            faulty_script(w, script);
            (void)through(t, paths[0], &ignored);
            assert_int_equal(through(t, paths[1], &ignored), 3);
            assert_int_equal(ignored, 0);
        }
    tokens_free(t);
}

static struct token_info shown(const char *module, const char *manufacturer, const char *model)
{
    struct token_info t = {.slot_description = "Reader 00 00"};

    snprintf(t.id.module, sizeof t.id.module, "%s", module);
    snprintf(t.manufacturer, sizeof t.manufacturer, "%s", manufacturer);
    snprintf(t.model, sizeof t.model, "%s", model);
    return t;
}

/* One device by two modules is one token, but only those two that do so. */
static void no_module_hides_a_token_by_what_it_says(void **state)
{
    static const struct {
        const char *module;
        size_t left;
    } rows[] = {{"/usr/lib/libykcs11.so.2", 1}, {"/usr/lib/libvendor.so", 2}};
    struct err e;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct token_info card = shown("/usr/lib/opensc-pkcs11.so", "piv_II", "PKCS#15 emulated");
        struct token_info key = shown(rows[i].module, "Yubico (www.yubico.com)", "YubiKey YK5");
        struct token_list l = {0};

        assert_int_equal(token_list_add(&l, &card, &e), 0);
        assert_int_equal(token_list_add(&l, &key, &e), 0);
        assert_int_equal(token_list_each_once(&l, &e), 0);
        assert_int_equal(l.n, rows[i].left);
        token_list_clear(&l);
    }
}

/* A table with a call that is missing crashes in the middle of a ceremony. */
static void every_call_is_there(void **state)
{
    const char *paths[] = {softhsm_module()};
    struct tokens *t;
    struct err e;
    uintptr_t calls[sizeof(struct token_driver) / sizeof(uintptr_t)];

    (void)state;
    assert_int_equal(modules_open(paths, 1, NULL, NULL, &t, &e), 0);
    memcpy(calls, t->driver, sizeof calls);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        assert_int_not_equal(calls[i], 0);
    tokens_free(t);
}

static void one_that_crashes_when_it_is_loaded(void **state)
{
    struct faulty *w = *state;
    const char *paths[] = {FAULTY_MODULE_PATH, softhsm_module()};
    struct token_id id = {0};
    struct tokens *t;
    enum pin_state now;
    struct err e;
    size_t n;

    faulty_script(w, "C_Initialize crash\n");
    assert_int_equal(modules_open(paths, 2, NULL, NULL, &t, &e), 0);
    assert_int_equal(through(t, paths[0], &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(through(t, paths[1], &n), 3);
    strcpy(id.module, paths[0]);
    assert_int_equal(t->driver->login(t->self, &id, NULL, &now, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "not loaded"));
    tokens_free(t);
}

/* One line names it, and says why; the other module is there. */
static void is_left_out(const char *why)
{
    const char *paths[] = {FAULTY_MODULE_PATH, softhsm_module()};
    struct token_list l;
    struct tokens *t;
    struct err e;
    size_t n, said = 0;

    assert_int_equal(modules_open(paths, 2, NULL, NULL, &t, &e), 0);
    assert_int_equal(through(t, paths[0], &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(through(t, paths[1], &n), 3);
    assert_int_equal(t->driver->list(t->self, &l, &e), 0);
    for (size_t i = 0; i < l.nproblems; i++)
        said += strstr(l.problems[i], why) != NULL;
    assert_int_equal(said, 1);
    token_list_clear(&l);
    tokens_free(t);
}

static void why_a_module_is_not_loaded(void **state)
{
    struct faulty *w = *state;

    faulty_script(w, "C_Initialize 0x5\n");
    is_left_out("it can't be initialised");
    faulty_script(w, "");
    setenv("FAULTY_MODULE", "/nowhere/module.so", 1);
    is_left_out("it gives no function list");
}

/* What a token says of itself is shown to people, and written down: none of it moves a cursor. */
static void is_harmless(const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n;) {
        size_t step = utf8_next(span_of((const uint8_t *)text + i, n - i), NULL);

        assert_int_not_equal(step, 0);
        assert_true((uint8_t)text[i] >= 0x20 && (uint8_t)text[i] != 0x7f);
        i += step;
    }
}

static void a_token_that_is_rude(void **state)
{
    struct faulty *w = *state;
    const char *paths[] = {FAULTY_MODULE_PATH};
    struct token_list l;
    struct tokens *t;
    struct err e;

    faulty_script(w, "C_GetTokenInfo rude\n");
    assert_int_equal(modules_open(paths, 1, NULL, NULL, &t, &e), 0);
    assert_int_equal(t->driver->list(t->self, &l, &e), 0);
    assert_int_equal(l.n, 3);
    for (size_t i = 0; i < l.n; i++) {
        is_harmless(l.items[i].model);
        is_harmless(l.items[i].manufacturer);
        is_harmless(l.items[i].id.serial);
        assert_string_equal(l.items[i].model, "????????????????");
        assert_string_equal(l.items[i].id.serial, "?[2J?????0123456");
        assert_int_equal(l.items[i].pin_min, 0); /* no limit that is known */
        assert_int_equal(l.items[i].pin_max, 0);
    }
    token_list_clear(&l);
    tokens_free(t);
}

/* A listener on loopback, and a script by which the faulty module must reach it. */
static int listen_for(const struct faulty *w)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char text[64];

    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    snprintf(text, sizeof text, "C_GetSlotList reach:%u\n", ntohs(a.sin_port));
    faulty_script(w, text);
    return fd;
}

static void loopback_is_for_the_module_that_is_named(void **state)
{
    const char *const whose[] = {NULL, "libsofthsm2.so", "faulty_softhsm.so", FAULTY_MODULE_PATH,
                                 "nobody.so"};
    struct faulty *w = *state;
    const char *paths[] = {FAULTY_MODULE_PATH, softhsm_module()};
    int fd = listen_for(w);

    for (size_t i = 0; i < sizeof whose / sizeof whose[0]; i++) {
        bool its = i == 2 || i == 3;
        struct broker *b;
        struct tokens *t;
        struct err e;
        size_t n;

        assert_int_equal(broker_start(&b, &e), 0);
        assert_int_equal(modules_open(paths, 2, b, whose[i], &t, &e), 0);
        assert_int_equal(through(t, paths[0], &n), its ? 3 : 0);
        assert_int_equal(n, its ? 0 : 1);
        assert_int_equal(through(t, "nobody.so", &n), 0);
        assert_int_equal(n, i == 4);
        tokens_free(t);
        broker_free(b);
    }
    close(fd);
}

/* Two names of one file. */
static void a_link_is_the_same_module(void **state)
{
    struct faulty *w = *state;
    char link[128];
    const char *paths[] = {softhsm_module(), link};
    struct tokens *t;
    struct err e;
    size_t n;

    snprintf(link, sizeof link, "%s/link.so", w->dir);
    assert_int_equal(symlink(softhsm_module(), link), 0);
    assert_int_equal(modules_open(paths, 2, NULL, NULL, &t, &e), 0);
    assert_int_equal(through(t, paths[0], &n), 3);
    assert_int_equal(through(t, link, &n), 0);
    assert_int_equal(n, 0);
    tokens_free(t);
}

int main(void)
{
#define MODULES(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        MODULES(two_modules_are_two_agents),
        MODULES(no_answer_of_one_takes_the_others_tokens),
        MODULES(no_module_hides_a_token_by_what_it_says),
        MODULES(every_call_is_there),
        MODULES(one_that_crashes_when_it_is_loaded),
        MODULES(why_a_module_is_not_loaded),
        MODULES(a_token_that_is_rude),
        MODULES(a_link_is_the_same_module),
        MODULES(loopback_is_for_the_module_that_is_named),
    };
#undef MODULES
    int skip = softhsm_missing();

    return skip != 0 ? skip : cmocka_run_group_tests(tests, NULL, NULL);
}
