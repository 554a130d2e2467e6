/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_token.h"
#include "sign_one.h"
#include "stacks.h"
#include "tokens/worker/agent.h"

#define AGENT_SOCKET 3 /* where the child has its end */
#define CANARY_FD    57

/* Says in an error what it finds in the child. */
static int probe(void *arg, struct tokens **out, struct err *e)
{
    struct rlimit core;
    int inet = socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
    int local = socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
    int canary = fcntl(CANARY_FD, F_GETFD) < 0 ? errno : 0;
    int terminal = isatty(0) || isatty(1) || isatty(2);

    (void)arg;
    *out = NULL;
    getrlimit(RLIMIT_CORE, &core);
    return err_set(e, ERR_INPUT, "inet %s, local %d, canary %s, tty %d, dump %d, core %lu",
                   inet == EACCES ? "refused" : "open", local, canary == EBADF ? "closed" : "open",
                   terminal, prctl(PR_GET_DUMPABLE), (unsigned long)core.rlim_max);
}

static void the_child_is_confined(void **state)
{
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(dup2(0, CANARY_FD), CANARY_FD);
    assert_int_equal(agent_start(probe, NULL, NULL, &t, &e), -1);
    close(CANARY_FD);
    assert_null(t);
    assert_int_equal(e.code, ERR_INPUT);
    assert_string_equal(e.what, "inet refused, local 0, canary closed, tty 0, dump 0, core 0");
}

/* A fake with a script. */
struct scripted {
    const struct fake_row *rows;
    size_t n;
};

static int make_scripted(void *arg, struct tokens **out, struct err *e)
{
    const struct scripted *s = arg;

    if (stack_fake(NULL, out, e) != 0)
        return -1;
    fake_script(*out, s->rows, s->n);
    return 0;
}

static int log_in_to(struct tokens *t, const struct token_id *id, struct err *e)
{
    struct secret *pin = secret_of(CONTRACT_PIN);
    enum pin_state state;
    int rc = t->driver->login(t->self, id, pin, &state, e);

    secret_free(pin);
    return rc;
}

static int log_in(struct tokens *t, struct err *e)
{
    struct token_id id = id_of(t, CONTRACT_A);

    return log_in_to(t, &id, e);
}

struct patience {
    unsigned waits;
    bool hangs; /* the token: it is left soon; all else is waited for */
};

static int give_up(void *self, int fd, const struct token_doing *doing)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct patience *patience = self;

    patience->waits++;
    assert_true(doing->now[0] != '\0');
    return poll(&p, 1, patience->hangs ? 300 : -1) == 1 ? 0 : -1;
}

static void a_person_may_leave(void **state)
{
    const struct fake_row rows[] = {{FAKE_LOGIN, 1, FAKE_HANG}};
    struct scripted s = {rows, 1};
    struct patience patience = {0, false};
    const struct token_wait wait = {&patience, give_up};
    struct token_list all;
    struct token_id id;
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(agent_start(make_scripted, &s, &wait, &t, &e), 0);
    id = id_of(t, CONTRACT_A);
    patience.hangs = true;
    assert_int_equal(log_in_to(t, &id, &e), -1);
    assert_int_equal(e.code, ERR_LEFT);
    assert_true(patience.waits > 0);
    patience.hangs = false;
    assert_int_equal(t->driver->list(t->self, &all, &e), 0); /* a new child */
    assert_int_equal(all.n, 4);
    token_list_clear(&all);
    s.n = 0;
    tokens_free(t);
}

static void a_crash_is_an_error_and_the_next_call_works(void **state)
{
    const struct fake_row rows[] = {{FAKE_GENERATE, 0, FAKE_CRASH}};
    struct scripted s = {rows, 1};
    struct token_key k;
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(agent_start(make_scripted, &s, NULL, &t, &e), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(log_in(t, &e), 0);
        assert_int_equal(t->driver->generate(t->self, KEY_P256, "x", &k, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        assert_non_null(strstr(e.what, "crashed"));
        assert_true(e.where[0] != '\0' && e.todo[0] != '\0');
        assert_int_equal(t->driver->logout(t->self, &e), 0);
    }
    tokens_free(t);
}

static void a_forged_signature_is_refused_here(void **state)
{
    const struct fake_row rows[] = {{FAKE_SIGN, 1, FAKE_FORGED}};
    struct scripted s = {rows, 1};
    struct bytes sig;
    struct token_key k;
    struct tokens *t;
    struct err e;

    (void)state;
    sig = (struct bytes){0};
    assert_int_equal(agent_start(make_scripted, &s, NULL, &t, &e), 0);
    assert_int_equal(log_in(t, &e), 0);
    assert_int_equal(t->driver->generate(t->self, KEY_ED25519, "x", &k, &e), 0);
    assert_int_equal(sign_one(t, k.key, span_str("{}"), &sig, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_int_equal(sig.n, 0);
    assert_int_equal(sign_one(t, k.key, span_str("{}"), &sig, &e), 0);
    bytes_clear(&sig);
    token_key_clear(&k);
    tokens_free(t);
}

static void a_large_message_is_signed(void **state)
{
    struct scripted s = {NULL, 0};
    size_t n = (size_t)24 << 20;
    uint8_t *big = calloc(1, n);
    struct bytes sig;
    struct token_key k;
    struct tokens *t;
    struct err e;

    (void)state;
    assert_non_null(big);
    sig = (struct bytes){0};
    assert_int_equal(agent_start(make_scripted, &s, NULL, &t, &e), 0);
    assert_int_equal(log_in(t, &e), 0);
    assert_int_equal(t->driver->generate(t->self, KEY_P256, "x", &k, &e), 0);
    assert_int_equal(sign_one(t, k.key, span_of(big, n), &sig, &e), 0);
    bytes_clear(&sig);
    token_key_clear(&k);
    tokens_free(t);
    free(big);
}

/* A module that answers by itself, over our socket. */
static int babble(void *self, struct token_list *out, struct err *e)
{
    static const uint8_t flood[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    static const uint8_t nonsense[] = {0, 0, 0, 4, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t secret[] = {0, 0, 0, 0, 0, 1, 9, 0};
    static const uint8_t status[] = {0, 0, 0, 0, 77, 0, 0, 0};
    static const uint8_t no_error[] = {0, 0, 0, 0, 1, 0, 0, 0};
    static const struct {
        const uint8_t *p;
        size_t n;
    } all[] = {{flood, sizeof flood},
               {nonsense, sizeof nonsense},
               {secret, sizeof secret},
               {status, sizeof status},
               {no_error, sizeof no_error}};
    const size_t *which = self;

    memset(out, 0, sizeof *out);
    if (write(AGENT_SOCKET, all[*which].p, all[*which].n) != (ssize_t)all[*which].n)
        return err_set(e, ERR_INTERNAL, "nobody listens");
    for (;;)
        pause();
}

static void keep(void *self)
{
    (void)self;
}

static int make_babbler(void *arg, struct tokens **out, struct err *e)
{
    static const struct token_driver driver = {.name = "babbler", .free = keep, .list = babble};

    if ((*out = calloc(1, sizeof **out)) == NULL)
        return err_oom(e);
    (*out)->driver = &driver;
    (*out)->self = arg;
    return 0;
}

static void nonsense_is_an_error(void **state)
{
    (void)state;
    for (size_t which = 0; which < 5; which++) {
        struct token_list all;
        struct tokens *t;
        struct err e;

        assert_int_equal(agent_start(make_babbler, &which, NULL, &t, &e), 0);
        assert_int_equal(t->driver->list(t->self, &all, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        assert_non_null(strstr(e.what, "makes no sense"));
        assert_int_equal(all.n, 0);
        tokens_free(t);
    }
}

static int pretend(void *self, struct token_list *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    return err_set(e, *(const enum err_code *)self, "so it says");
}

static int make_pretender(void *arg, struct tokens **out, struct err *e)
{
    static const struct token_driver driver = {.name = "pretender", .free = keep, .list = pretend};

    if ((*out = calloc(1, sizeof **out)) == NULL)
        return err_oom(e);
    (*out)->driver = &driver;
    (*out)->self = arg;
    return 0;
}

/* That a person left, or that memory is short here, is not for a module to say: both end more than
 * the call. */
static void a_module_speaks_for_itself(void **state)
{
    enum err_code codes[] = {ERR_LEFT, ERR_INTERNAL};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct token_list all;
        struct tokens *t;
        struct err e;

        assert_int_equal(agent_start(make_pretender, &codes[i], NULL, &t, &e), 0);
        assert_int_equal(t->driver->list(t->self, &all, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        assert_string_equal(e.what, "so it says");
        tokens_free(t);
    }
}

static void the_child_dies_with_its_agent(void **state)
{
    struct scripted s = {NULL, 0};
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(agent_start(make_scripted, &s, NULL, &t, &e), 0);
    tokens_free(t);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

#define PIN_SIZE 12

/* A PIN made at runtime, kept masked, so that a hit in memory is a copy of the real one. */
struct masked {
    uint8_t pin[PIN_SIZE];
};

static struct secret *fresh_pin(struct masked *m)
{
    struct secret *s;
    struct err e;

    assert_int_equal(secret_new(&s, &e), 0);
    assert_int_equal(RAND_bytes(m->pin, PIN_SIZE), 1);
    for (size_t i = 0; i < PIN_SIZE; i++) {
        m->pin[i] = (uint8_t)(('0' + m->pin[i] % 10) ^ 0xA5);
        assert_int_equal(secret_put(s, m->pin[i] ^ 0xA5), 0);
    }
    return s;
}

static size_t hits_in(const struct masked *m, const uint8_t *p, size_t n)
{
    size_t hits = 0;

    for (size_t at = 0; at + PIN_SIZE <= n; at++) {
        size_t same = 0;

        while (same < PIN_SIZE && (p[at + same] ^ 0xA5) == m->pin[same])
            same++;
        hits += same == PIN_SIZE;
    }
    return hits;
}

/* Copies of the PIN in all writable memory of this process. The buffer is left out of the search,
 * and wiped. Maps of sanitizers that are not resident are skipped by pread itself. */
static size_t copies(const struct masked *m)
{
    const size_t room = (size_t)1 << 20;
    uint8_t *buffer = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long from, to;
    char line[512], mode[8];
    size_t hits = 0;

    assert_true(buffer != MAP_FAILED && mem >= 0 && maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[1] != 'w')
            continue;
        if (to - from > (1UL << 30))
            continue;
        for (unsigned long at = from; at < to; at += room - PIN_SIZE) {
            size_t n = to - at < room ? to - at : room;
            ssize_t got;

            if ((uintptr_t)buffer < at + n && at < (uintptr_t)buffer + room)
                continue;
            if ((got = pread(mem, buffer, n, (off_t)at)) > 0)
                hits += hits_in(m, buffer, (size_t)got);
            OPENSSL_cleanse(buffer, n);
        }
    }
    fclose(maps);
    close(mem);
    munmap(buffer, room);
    return hits;
}

static void use_the_pin(struct tokens *t, const struct secret *pin)
{
    struct token_id id = id_of(t, CONTRACT_B);
    struct secret *so = secret_of(CONTRACT_SO_PIN);
    struct bytes sig;
    struct token_key k;
    enum pin_state state;
    struct err e;

    sig = (struct bytes){0};
    assert_int_equal(t->driver->initialise(t->self, &id, so, "pin test", pin, &e), 0);
    secret_free(so);
    id = id_of(t, "pin test");
    assert_int_equal(t->driver->login(t->self, &id, pin, &state, &e), 0);
    assert_int_equal(t->driver->generate(t->self, KEY_P256, "x", &k, &e), 0);
    assert_int_equal(sign_one(t, k.key, span_str("{}"), &sig, &e), 0);
    assert_int_equal(t->driver->logout(t->self, &e), 0);
    bytes_clear(&sig);
    token_key_clear(&k);
}

static void no_copy_of_the_pin_stays(void **state)
{
    char dir[] = "/tmp/tc-agent-XXXXXX", clean[128];
    bool real = softhsm_missing() == 0;
    struct masked m;
    struct secret *pin = fresh_pin(&m);
    struct tokens *t;
    struct err e;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal((real ? stack_agent_softhsm : stack_agent_fake)(dir, &t, &e), 0);
    use_the_pin(t, pin);
    assert_int_equal(copies(&m), 1); /* the secret's own page: the search finds what is there */
    secret_free(pin);
    assert_int_equal(copies(&m), 0);
    tokens_free(t);
    assert_int_equal(copies(&m), 0);
    snprintf(clean, sizeof clean, "rm -r '%s'", dir);
    assert_int_equal(system(clean), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_child_is_confined),
        cmocka_unit_test(a_person_may_leave),
        cmocka_unit_test(a_crash_is_an_error_and_the_next_call_works),
        cmocka_unit_test(a_forged_signature_is_refused_here),
        cmocka_unit_test(a_large_message_is_signed),
        cmocka_unit_test(nonsense_is_an_error),
        cmocka_unit_test(a_module_speaks_for_itself),
        cmocka_unit_test(the_child_dies_with_its_agent),
        cmocka_unit_test(no_copy_of_the_pin_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
