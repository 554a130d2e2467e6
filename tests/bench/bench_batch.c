/* SPDX-License-Identifier: Apache-2.0 */
/* What the program adds to a token's time when it signs many files: bench_batch STACK [unlimited]
 *
 * A keyholder's turn through agent, verification and journal (on a real folder), in rounds; between
 * them the token alone (C_Sign) and OpenSSL alone (verification). Of each, the least of all rounds
 * counts: what else the machine does only adds to it. It ends as soon as the limits hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "raw_sign.h"
#include "room.h"
#include "stacks.h"
#include "tokens/softhsm.h"

#define ROUNDS_LEAST 8
#define ROUNDS_MOST  40

struct row {
    const char *stack, *type;
    int (*open)(const char *dir, struct tokens **out, struct err *e);
    int (*prepare)(const char *dir, struct err *e); /* this process; NULL: nothing */
    unsigned files;                                 /* a round */
    double most;                                    /* times the token's own time; 0: see below */
    double most_verify;                             /* times OpenSSL's verification; or 0 */
};

static const struct row rows[] = {
    {"softhsm", "rsa", stack_agent_softhsm, softhsm_use, 40, 1.10, 0},
    {"softhsm", "ecdsa-p256", stack_agent_softhsm, softhsm_use, 500, 0, 1.5},
};

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A pause after so many files. */
struct quota {
    unsigned left;
    double began;
};

static void begins(void *self, const struct collect_progress *p)
{
    struct quota *q = self;

    if (p->done == p->before)
        q->began = now_us();
}

static bool used_up(void *self)
{
    struct quota *q = self;

    return q->left == 0 || q->left-- == 0;
}

static double turn(struct room *r, unsigned files)
{
    struct quota quota = {files, 0};
    const struct collect_watch watch = {&quota, begins, used_up};
    size_t before = ceremony_session(r->c)->nsignatures;
    double took;
    struct err e;

    if (room_sign_plainly(r, 0, &watch, &e) < 0)
        fail_msg("%s: %s", e.where, e.what);
    took = now_us() - quota.began;
    assert_int_equal(ceremony_session(r->c)->nsignatures - before, files);
    return took / files;
}

/* OpenSSL alone, as key_verify calls it, over the signatures of the round. */
static double verify(const struct room *r, unsigned files)
{
    const struct session *s = ceremony_session(r->c);
    double began = now_us();
    struct err e;

    for (size_t i = s->nsignatures - files; i < s->nsignatures; i++) {
        const struct envelope *env = s->proposals[s->signatures[i].proposal].envelope;
        const struct key *key = s->seats[s->signatures[i].seat].key;
        struct span sig = bytes_span(&envelope_signature(env, 0)->sig);

        assert_int_equal(key_verify(key, envelope_signed(env), sig, &e), 0);
    }
    return (now_us() - began) / files;
}

/* Microseconds for a signature: the least of all rounds. */
struct times {
    double token, verification, program;
};

static void keep_least(double *least, double took)
{
    if (*least == 0 || took < *least)
        *least = took;
}

static void round_of(struct room *r, const struct row *row, const struct token_id *id,
                     enum key_type type, struct times *t)
{
    double raw = raw_sign(id, type, row->files);

    if (raw <= 0)
        fail_msg("the token does not sign by itself");
    keep_least(&t->token, raw);
    keep_least(&t->program, turn(r, row->files));
    keep_least(&t->verification, verify(r, row->files));
}

static bool holds(const struct row *row, const struct times *t)
{
    return (row->most == 0 || t->program <= row->most * t->token) &&
           (row->most_verify == 0 || t->program <= row->most_verify * t->verification);
}

static void say(const struct row *row, const struct times *t)
{
    printf("%s %s: token %.1f us, OpenSSL's verification %.1f us, program %.1f us a signature; "
           "%.2f times the token",
           row->stack, row->type, t->token, t->verification, t->program, t->program / t->token);
    if (row->most > 0)
        printf(" (at most %.2f)", row->most);
    printf(", %.2f times the verification", t->program / t->verification);
    if (row->most_verify > 0)
        printf(" (at most %.2f)", row->most_verify);
    printf("%s\n", holds(row, t) ? "" : ": TOO SLOW");
    fflush(stdout);
}

static void plan(const struct room *r, const struct row *row)
{
    struct bytes text;

    bytes_init(&text);
    bytes_printf(&text,
                 "{\"tuf-ceremony-plan\": 1, \"title\": \"Many files\", \"rehearsal\": false,"
                 "\"keyholders\": [{\"name\": \"Alice\"}, {\"name\": \"Bo\"}],"
                 "\"online_keys\": [{\"name\": \"online\", \"file\": \"online.pem\"}],"
                 "\"roles\": {\"root\": {\"keyholders\": [\"Alice\", \"Bo\"], \"threshold\": 2,"
                 "\"key_type\": \"%s\", \"expires\": \"1 year\"},"
                 "\"targets\": {\"same_keys_as\": \"root\", \"threshold\": 2, "
                 "\"expires\": \"1 year\"},"
                 "\"snapshot\": {\"online_keys\": [\"online\"], \"threshold\": 1},"
                 "\"timestamp\": {\"online_keys\": [\"online\"], \"threshold\": 1}},"
                 "\"delegations\": [{\"name\": \"{n}\", \"same_keys_as\": \"root\", "
                 "\"threshold\": 2, \"expires\": \"1 year\", \"paths\": [\"{n}/*\"], "
                 "\"each\": {\"n\": [",
                 row->type);
    for (unsigned i = 0; i < row->files * ROUNDS_MOST; i++)
        bytes_printf(&text, "%s\"%u\"", i > 0 ? "," : "", i);
    bytes_put_str(&text, "]}}], \"sign\": [\"root\", \"targets\", \"{n}\"]}");
    room_write(r, "plan.json", bytes_span(&text));
    bytes_clear(&text);
}

static const char *const labels[] = {CONTRACT_A, CONTRACT_B};

/* A ceremony at its signatures, with tokens of that stack. */
static void begin(struct room *r, const struct row *row, const char *dir)
{
    struct err e;

    if (row->prepare != NULL && row->prepare(dir, &e) != 0)
        fail_msg("%s", e.what);
    room_begin(r, NULL);
    tokens_free(r->t);
    r->labels = labels;
    r->real_time = true;
    if (row->open(dir, &r->t, &e) != 0)
        fail_msg("%s", e.what);
    room_online_key(r, "online.pem");
    plan(r, row);
    if (room_open(r, &e) != 0 || room_walk(r, STATION_SIGNATURES, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
}

static bool run(const struct row *row, bool limited)
{
    char dir[] = "/tmp/bench-batch-XXXXXX", clean[64];
    struct times t = {0};
    struct token_id id;
    enum key_type type;
    struct room r;

    assert_non_null(mkdtemp(dir));
    assert_int_equal(key_type_by_name(row->type, &type), 0);
    begin(&r, row, dir);
    id = id_of(r.t, CONTRACT_A);
    for (unsigned i = 0; i < ROUNDS_LEAST || (i < ROUNDS_MOST && limited && !holds(row, &t)); i++)
        round_of(&r, row, &id, type, &t);
    say(row, &t);
    room_clear(&r);
    snprintf(clean, sizeof clean, "rm -rf '%s'", dir);
    assert_int_equal(system(clean), 0);
    return !limited || holds(row, &t);
}

int main(int argc, char **argv)
{
    const struct sched_param first = {.sched_priority = 1};
    bool ok = true, any = false;

    if (softhsm_missing() != 0)
        return softhsm_missing();
    (void)sched_setscheduler(0, SCHED_RR, &first); /* where it may, nothing else disturbs it */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (argc > 1 && strcmp(rows[i].stack, argv[1]) == 0) {
            any = true;
            ok = run(&rows[i], argc < 3 || strcmp(argv[2], "unlimited") != 0) && ok;
        }
    if (!any)
        fprintf(stderr, "usage: bench_batch STACK [unlimited]\n");
    return any && ok ? 0 : 1;
}
