/* SPDX-License-Identifier: Apache-2.0 */
/* What the program adds to a token's time when it signs many files: bench_batch STACK [unlimited]
 *
 * A keyholder's turn through agent, verification and journal (on a real folder), in rounds; between
 * them the token alone (C_Sign) and OpenSSL alone (verification). Of each the median of all rounds
 * counts, and the program may take 1.1 times the token's time for a signature. Where checking takes
 * longer than half of signing (SoftHSM, P-256), token and OpenSSL work side by side once more, and
 * nothing else (two processors may be two halves of one core: what runs beside slows both), and the
 * program may take 1.5 times what the slower one takes. Where it takes longer, the machine may have
 * been busy, and all is measured once more. A round is long enough that the journal's last write to
 * the disk, for which a turn waits, does not count for much.
 *
 * Run it by first.sh; a stack that needs daemons by tests/tokens/stack.sh enter STACK. Emulators
 * are faster below the program than alone when they hand over from process to process more than
 * they compute: a processor that has just been busy wakes sooner.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "raw_sign.h"
#include "room.h"
#include "stack_real.h"
#include "stacks.h"

#define ROUNDS 7
#define TRIES  2

struct row {
    const char *stack, *type;
    int (*open)(const char *dir, struct tokens **out, struct err *e);
    unsigned files; /* a round */
    double most;    /* times what it is compared with */
    bool beside;    /* with both side by side: the token alone does not set the pace */
};

static const struct row rows[] = {
    {"softhsm", "rsa", stack_agent_softhsm, 120, 1.1, false},
    {"softhsm", "ecdsa-p256", stack_agent_softhsm, 1000, 1.5, true},
    {"card", "rsa", stack_card, 60, 1.1, false},
    {"card", "ecdsa-p256", stack_card, 300, 1.1, false},
    {"card", "ecdsa-p384", stack_card, 100, 1.1, false},
    {"tpm", "rsa", stack_real, 25, 1.1, false},
    {"tpm", "ecdsa-p256", stack_real, 50, 1.1, false},
    {"opencryptoki", "rsa", stack_real, 150, 1.1, false},
    {"p11-kit", "rsa", stack_real, 180, 1.1, false},
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

/* A ceremony, and the tokens of its two keyholders. */
struct stage {
    struct room room;
    struct token_id ids[2];
    const char *labels[2];
};

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

/* The signatures of the last round, verified. */
struct beside {
    const struct session *s;
    unsigned files;
    double took;
};

/* OpenSSL alone, as key_verify calls it. */
static void verify(void *self)
{
    struct beside *c = self;
    const struct session *s = c->s;
    double began = now_us();
    struct err e;

    for (size_t i = s->nsignatures - c->files; i < s->nsignatures; i++) {
        const struct envelope *env = s->proposals[s->signatures[i].proposal].envelope;
        const struct key *key = s->seats[s->signatures[i].seat].key;
        struct span sig = bytes_span(&envelope_signature(env, 0)->sig);

        assert_int_equal(key_verify(key, envelope_signed(env), sig, &e), 0);
    }
    c->took = (now_us() - began) / c->files;
}

/* Microseconds for a signature, of each round. */
struct times {
    unsigned n;
    double token[ROUNDS], verification[ROUNDS], beside[ROUNDS], program[ROUNDS];
};

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(const double *all, unsigned n)
{
    double sorted[ROUNDS];

    memcpy(sorted, all, n * sizeof *all);
    qsort(sorted, n, sizeof *sorted, by_size);
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static void nothing(void *self)
{
    (void)self;
}

static void round_of(struct stage *s, const struct row *row, enum key_type type, struct times *t)
{
    struct beside check = {ceremony_session(s->room.c), row->files, 0};
    double token = raw_sign(&s->ids[0], type, row->files, nothing, NULL), both;

    t->program[t->n] = turn(&s->room, row->files);
    verify(&check);
    t->token[t->n] = token;
    t->verification[t->n] = check.took;
    both = row->beside ? raw_sign(&s->ids[0], type, row->files, verify, &check) : token;
    t->beside[t->n++] = row->beside && check.took > both ? check.took : both;
    if (token <= 0 || both <= 0)
        fail_msg("the token does not sign by itself");
}

static bool report(const struct row *row, const struct times *t, bool limited)
{
    double program = median(t->program, t->n);
    double is = program / median(t->beside, t->n);

    printf("%s %s: token %.1f us, OpenSSL's verification %.1f us, side by side %.1f us, program "
           "%.1f us a signature; %.2f times",
           row->stack, row->type, median(t->token, t->n), median(t->verification, t->n),
           median(t->beside, t->n), program, is);
    if (limited)
        printf(" (at most %.2f%s)", row->most, is <= row->most ? "" : ": TOO SLOW");
    printf("\n");
    fflush(stdout);
    return is <= row->most;
}

static void plan(const struct room *r, const struct row *row, unsigned files)
{
    struct bytes text;

    text = (struct bytes){0};
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
    for (unsigned i = 0; i < files; i++)
        bytes_printf(&text, "%s\"%u\"", i > 0 ? "," : "", i);
    bytes_put_str(&text, "]}}], \"sign\": [\"root\", \"targets\", \"{n}\"]}");
    room_write(r, "plan.json", bytes_span(&text));
    bytes_clear(&text);
}

/* A ceremony at its signatures, with tokens of that stack and so many files. */
static void begin(struct stage *s, const struct row *row, const char *dir, unsigned files)
{
    static const char *const called[] = {CONTRACT_A, CONTRACT_B};
    struct room *r = &s->room;
    struct err e;

    room_begin(r, NULL);
    tokens_free(r->t);
    r->real_time = true;
    if (row->open(dir, &r->t, &e) != 0)
        fail_msg("%s", e.what);
    for (size_t i = 0; i < 2; i++) {
        s->ids[i] = id_of(r->t, called[i]);
        s->labels[i] = s->ids[i].label;
    }
    r->labels = s->labels;
    room_online_key(r, "online.pem");
    plan(r, row, files);
    if (room_open(r, &e) != 0 || room_walk(r, STATION_SIGNATURES, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
}

static bool try(struct stage *s, const struct row *row, enum key_type type, bool limited)
{
    struct times t = {0};

    while (t.n < (limited ? ROUNDS : 1))
        round_of(s, row, type, &t);
    return report(row, &t, limited);
}

/* Without limits, a few signatures show that it runs. */
static bool run(const struct row *given, bool limited)
{
    char dir[] = "/tmp/bench-batch-XXXXXX", clean[64];
    struct row row = *given;
    enum key_type type;
    struct stage s;
    bool ok = false;

    if (!limited)
        row.files /= 10;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(key_type_by_name(row.type, &type), 0);
    begin(&s, &row, dir, limited ? row.files * ROUNDS * TRIES : row.files);
    for (unsigned i = 0; i < (limited ? TRIES : 1) && !ok; i++)
        ok = try(&s, &row, type, limited);
    room_clear(&s.room);
    snprintf(clean, sizeof clean, "rm -rf '%s'", dir);
    assert_int_equal(system(clean), 0);
    return ok || !limited;
}

int main(int argc, char **argv)
{
    bool limited = argc < 3 || strcmp(argv[2], "unlimited") != 0, ok = true, any = false;

    if (argc > 1 && strcmp(argv[1], "softhsm") == 0 && softhsm_missing() != 0)
        return softhsm_missing();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (argc > 1 && strcmp(rows[i].stack, argv[1]) == 0) {
            any = true;
            ok = run(&rows[i], limited) && ok;
        }
    if (!any)
        fprintf(stderr, "usage: bench_batch STACK [unlimited]\n");
    return any && ok ? 0 : 1;
}
