/* SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/collect.h"
#include "ceremony/acts/enrol.h"
#include "ceremony/acts/one_time.h"
#include "ceremony/base/words.h"
#include "ceremony/publication/publication.h"
#include "ceremony/record/bundle.h"
#include "metadata/client/client.h"

#define PIN "4711471"

static const char *const people[] = {"Alice", "Bo", "Chen", "Dee", "Ee"};

/* A disk that fails when it is told to: an interface like any other. */
struct disk {
    struct store *real;
    struct room *room;
};

static bool fails(struct disk *d, struct err *e)
{
    if (++d->room->writes != d->room->fail_at &&
        (!d->room->fail_on || d->room->fail_at == 0 || d->room->writes < d->room->fail_at))
        return false;
    err_set(e, ERR_IO, "the disk is full");
    return true;
}

static void disk_free(void *self)
{
    struct disk *d = self;

    store_free(d->real);
    free(d);
}

static int disk_read(void *self, const char *name, size_t limit, struct bytes *out, struct err *e)
{
    struct disk *d = self;

    return d->real->ops->read(d->real->self, name, limit, out, e);
}

static int disk_write(void *self, const char *name, struct span data, struct err *e)
{
    struct disk *d = self;

    return fails(d, e) ? -1 : d->real->ops->write(d->real->self, name, data, e);
}

static int disk_read_parts(void *self, const char *name, store_part *each, void *to, struct err *e)
{
    struct disk *d = self;

    return d->real->ops->read_parts(d->real->self, name, each, to, e);
}

static int disk_write_parts(void *self, const char *name, const struct store_source *from,
                            struct err *e)
{
    struct disk *d = self;

    return fails(d, e) ? -1 : d->real->ops->write_parts(d->real->self, name, from, e);
}

/* Those before the one that fails are there. */
static int disk_write_many(void *self, const struct store_file *files, size_t n, struct err *e)
{
    struct disk *d = self;
    size_t good = 0;

    while (good < n && !fails(d, e))
        good++;
    if (good > 0 && d->real->ops->write_many(d->real->self, files, good, e) != 0)
        return -1;
    return good == n ? 0 : err_set(e, ERR_IO, "the disk is full");
}

/* A full disk takes half of a line. */
static int disk_append(void *self, const char *name, struct span data, struct err *e)
{
    struct disk *d = self;
    struct err ignored;

    if (!fails(d, e))
        return d->real->ops->append(d->real->self, name, data, e);
    (void)d->real->ops->append(d->real->self, name, span_of(data.p, data.n / 2), &ignored);
    return -1;
}

static int disk_truncate(void *self, const char *name, size_t size, struct err *e)
{
    struct disk *d = self;

    return fails(d, e) ? -1 : d->real->ops->truncate(d->real->self, name, size, e);
}

static int disk_list(void *self, const char *dir,
                     int (*each)(void *arg, const char *name, struct err *e), void *arg,
                     struct err *e)
{
    struct disk *d = self;

    return d->real->ops->list(d->real->self, dir, each, arg, e);
}

static int disk_lock(void *self, struct err *e)
{
    struct disk *d = self;

    return d->real->ops->lock(d->real->self, e);
}

static const struct store_ops disk_ops = {
    .free = disk_free,
    .read = disk_read,
    .write = disk_write,
    .read_parts = disk_read_parts,
    .write_parts = disk_write_parts,
    .write_many = disk_write_many,
    .append = disk_append,
    .truncate = disk_truncate,
    .list = disk_list,
    .lock = disk_lock,
};

static void make_online_key(struct store *s, const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    struct err e;
    char *text;
    long n;

    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    n = BIO_get_mem_data(bio, &text);
    assert_int_equal(s->ops->write(s->self, path, span_of(text, (size_t)n), &e), 0);
    BIO_free(bio);
    EVP_PKEY_free(key);
}

void room_online_key(const struct room *r, const char *name)
{
    struct store *s;
    struct err e;
    char path[80];

    snprintf(path, sizeof path, "inputs/%s", name);
    assert_int_equal(store_open(r->dir, &s, &e), 0);
    make_online_key(s, path);
    store_free(s);
}

void room_begin(struct room *r, struct tokens *t)
{
    struct err e;

    *r = (struct room){.dir = "/tmp/room.XXXXXX", .t = t, .guest = t != NULL};
    assert_non_null(mkdtemp(r->dir));
    if (t == NULL)
        assert_int_equal(fake_new(&r->t, &e), 0);
}

void room_token(struct room *r, const char *serial, const char *holder)
{
    struct err e;

    assert_int_equal(fake_add(r->t, serial, holder, "12345678", PIN, &e), 0);
}

void room_make(struct room *r)
{
    const struct plan_wish wish = {
        .preset = "root-3of5", .holders = people, .nholders = 5, .online = "online.pem"};
    struct bytes plan;
    struct err e;
    char serial[8];

    room_begin(r, NULL);
    room_online_key(r, "online.pem");
    plan = (struct bytes){0};
    assert_int_equal(plan_from_preset(&wish, &plan, &e), 0);
    room_write(r, "plan.json", bytes_span(&plan));
    bytes_clear(&plan);
    for (unsigned i = 0; i < 5; i++) {
        snprintf(serial, sizeof serial, "S%u", i);
        room_token(r, serial, people[i]);
    }
}

void room_clear(struct room *r)
{
    char command[128];

    room_close(r);
    if (!r->guest)
        tokens_free(r->t);
    bytes_clear(&r->spied);
    secret_free(r->pin);
    r->pin = NULL;
    snprintf(command, sizeof command, "rm -rf '%s'", r->dir);
    assert_int_equal(system(command), 0);
}

int room_open(struct room *r, struct err *e)
{
    return room_open_mode(r, CEREMONY_WORK, e);
}

int room_open_mode(struct room *r, enum ceremony_mode mode, struct err *e)
{
    const struct env env = room_env(r);
    struct store *s = calloc(1, sizeof *s);
    struct disk *d = calloc(1, sizeof *d);

    assert_true(s != NULL && d != NULL);
    assert_int_equal(store_open(r->dir, &d->real, e), 0);
    d->room = r;
    *s = (struct store){.ops = &disk_ops, .self = d, .path = strdup(r->dir)};
    r->starts = mode == CEREMONY_WALK;
    return ceremony_open(s, &env, mode, &r->c, e);
}

void room_close(struct room *r)
{
    ceremony_free(r->c);
    r->c = NULL;
}

bool room_read_if(const struct room *r, const char *name, struct bytes *out)
{
    struct store *s;
    struct err e;
    int found;

    assert_int_equal(store_open(r->dir, &s, &e), 0);
    found = s->ops->read(s->self, name, STORE_MAX_FILE, out, &e);
    assert_true(found >= 0);
    store_free(s);
    return found > 0;
}

void room_read(const struct room *r, const char *name, struct bytes *out)
{
    if (!room_read_if(r, name, out))
        fail_msg("'%s' is not there", name);
}

void room_write(const struct room *r, const char *name, struct span data)
{
    struct store *s;
    struct err e;

    assert_int_equal(store_open(r->dir, &s, &e), 0);
    assert_int_equal(s->ops->write(s->self, name, data, &e), 0);
    store_free(s);
}

void room_edit(const struct room *r, const char *from, const char *to)
{
    struct bytes plan, edited;
    const char *at;

    plan = (struct bytes){0};
    edited = (struct bytes){0};
    room_read(r, "plan.json", &plan);
    at = strstr(bytes_str(&plan), from);
    if (at == NULL)
        fail_msg("the plan has no %s:\n%s", from, bytes_str(&plan));
    bytes_put(&edited, plan.p, (size_t)(at - bytes_str(&plan)));
    bytes_put_str(&edited, to);
    bytes_put_str(&edited, at + strlen(from));
    room_write(r, "plan.json", bytes_span(&edited));
    bytes_clear(&plan);
    bytes_clear(&edited);
}

void room_forge(const struct room *r, const char *event, const char *data)
{
    struct bytes journal;
    const uint8_t *last;
    char hash[SHA256_HEX_SIZE];
    size_t lines = 0;

    journal = (struct bytes){0};
    room_read(r, "journal.jsonl", &journal);
    for (size_t i = 0; i < journal.n; i++)
        lines += journal.p[i] == '\n';
    last = memrchr(journal.p, '\n', journal.n - 1);
    last = last == NULL ? journal.p : last + 1;
    assert_int_equal(sha256_hex(span_of(last, (size_t)(journal.p + journal.n - 1 - last)), hash),
                     0);
    bytes_printf(&journal,
                 "{\"data\":%s,\"event\":\"%s\",\"n\":%zu,\"prev\":\"%s\","
                 "\"time\":\"2026-11-23T14:00:00Z\"}\n",
                 data, event, lines + 1, hash);
    room_write(r, "journal.jsonl", bytes_span(&journal));
    bytes_clear(&journal);
}

int room_log_in(struct room *r, size_t holder, struct token_info *out, struct err *e)
{
    const char *name =
        r->labels != NULL ? r->labels[holder] : ceremony_plan(r->c)->holders[holder].name;
    struct token_list l;
    enum pin_state state;
    bool found = false;

    if (r->t->driver->list(r->t->self, &l, e) != 0)
        return -1;
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.items[i].id.label, name) == 0) {
            *out = l.items[i];
            found = true;
        }
    token_list_clear(&l);
    if (!found)
        return err_set(e, ERR_TOKEN, "'%s' has no token", name);
    if (r->pin == NULL)
        assert_int_equal(secret_new(&r->pin, e), 0);
    secret_wipe(r->pin);
    for (const char *c = PIN; *c != '\0'; c++)
        assert_int_equal(secret_put(r->pin, (uint8_t)*c), 0);
    return r->t->driver->login(r->t->self, &out->id, r->pin, &state, e);
}

static int enrol(struct room *r, struct err *e)
{
    const struct session *s = ceremony_session(r->c);
    struct candidate k = {0};
    struct token_info token;
    size_t seat = 0;
    int rc;

    while (s->seats[seat].key != NULL)
        seat++;
    rc = room_log_in(r, s->plan->seats[seat].holder, &token, e);
    if (rc == 0)
        rc = enrol_generate(r->c, seat, r->t, &token, NULL, &k, e);
    if (rc == 0)
        rc = enrol_confirm(r->c, &k, e);
    candidate_clear(&k);
    return rc;
}

/* Hands everything on, and keeps the messages. */
struct spy {
    struct tokens *real;
    struct room *room;
    const struct token_batch *batch;
};

static bool spy_next(void *self, const struct key **key, struct span *message)
{
    struct spy *s = self;

    if (!s->batch->next(s->batch->self, key, message))
        return false;
    bytes_put_span(&s->room->spied, *message);
    return true;
}

static int spy_take(void *self, struct span sig, struct err *e)
{
    const struct spy *s = self;

    return s->batch->take(s->batch->self, sig, e);
}

static int spy_sign_all(void *self, const struct token_batch *b, struct err *e)
{
    struct spy *s = self;
    const struct token_batch spied = {s, spy_next, spy_take};

    s->batch = b;
    return s->real->driver->sign_all(s->real->self, &spied, e);
}

static int spy_keys(void *self, struct token_key_list *out, struct err *e)
{
    struct spy *s = self;

    return s->real->driver->keys(s->real->self, out, e);
}

int room_sign_watched(struct room *r, size_t holder, const struct collect_watch *watch,
                      struct err *e)
{
    struct spy spy = {r->t, r, NULL};
    struct token_driver driver = *r->t->driver;
    struct tokens t = {&driver, &spy};
    struct token_info token;

    driver.sign_all = r->sign_all != NULL ? r->sign_all : spy_sign_all;
    driver.keys = spy_keys;
    return room_log_in(r, holder, &token, e) == 0 ? collect_sign(r->c, holder, &t, &token, watch, e)
                                                  : -1;
}

int room_sign_plainly(struct room *r, size_t holder, const struct collect_watch *watch,
                      struct err *e)
{
    struct token_info token;

    return room_log_in(r, holder, &token, e) == 0
               ? collect_sign(r->c, holder, r->t, &token, watch, e)
               : -1;
}

int room_sign(struct room *r, size_t holder, struct err *e)
{
    return room_sign_watched(r, holder, NULL, e);
}

static int sign(struct room *r, struct err *e)
{
    size_t holder = 0;

    while (!session_needed(ceremony_session(r->c), holder))
        holder++;
    return room_sign(r, holder, e);
}

static int roll_call(struct room *r, struct err *e)
{
    const char *const witness[] = {"Wim"};
    size_t n = ceremony_plan(r->c)->nholders;
    bool *present = calloc(n, sizeof *present);
    int rc;

    assert_non_null(present);
    for (size_t i = 0; i < n; i++)
        present[i] = true;
    rc = act_roll_call(r->c, present, "Ada", witness, 1, e);
    free(present);
    return rc;
}

void room_checks(struct check out[ROOM_CHECKS])
{
    static const char *const names[ROOM_CHECKS] = {"network", "sockets", "user",   "swap",  "clock",
                                                   "cores",   "memory",  "tokens", "folder"};

    for (size_t i = 0; i < ROOM_CHECKS; i++)
        out[i] = (struct check){.name = names[i], .title = "Test", .level = CHECK_PASS};
}

static int readiness(struct room *r, struct err *e)
{
    const struct session *s = ceremony_session(r->c);
    struct check checks[ROOM_CHECKS];
    const struct readiness ready = {checks, ROOM_CHECKS};

    room_checks(checks);
    return act_readiness(r->c, &ready, e) == 0
               ? act_confirm_date(r->c, s->date_confirmed ? s->date : INT64_C(1795392000), e)
               : -1;
}

static int client_view(struct room *r, struct err *e)
{
    struct client_report report;
    struct publication files;
    int rc = act_client_view(r->c, &report, &files, e);

    client_report_clear(&report);
    publication_clear(&files);
    return rc;
}

static int destroy(struct room *r, struct err *e)
{
    struct token_info token;
    size_t holder = 0, seat;

    while (!one_time_next(ceremony_session(r->c), holder, &seat))
        holder++;
    return room_log_in(r, holder, &token, e) == 0
               ? one_time_destroy(r->c, seat, &token, r->pin, r->t, e)
               : -1;
}

static int write_bundle(struct room *r, struct err *e)
{
    struct bundle b;
    int rc = bundle_write(r->c, ceremony_store(r->c), &b, e);

    bundle_clear(&b);
    return rc;
}

static int step(struct room *r, enum station st, struct err *e)
{
    const struct session *s = ceremony_session(r->c);
    uint8_t transcript[SHA256_SIZE];
    size_t i = 0;

    switch (st) {
    case STATION_READINESS:
        return readiness(r, e);
    case STATION_PLAN:
        return act_accept_plan(r->c, word_of(s->plan->sha256[0], 0), e);
    case STATION_ROLL_CALL:
        return roll_call(r, e);
    case STATION_ENROLMENT:
        return enrol(r, e);
    case STATION_REVIEW:
        while (s->groups[i].reviewed)
            i++;
        return act_review(r->c, i, e);
    case STATION_SIGNATURES:
        return sign(r, e);
    case STATION_CLIENT_VIEW:
        return client_view(r, e);
    case STATION_ONE_TIME:
        return destroy(r, e);
    case STATION_BUNDLE:
        return write_bundle(r, e);
    case STATION_CLOSING:
    case STATIONS:
        break;
    }
    return bundle_close(r->c, transcript, e);
}

int room_walk(struct room *r, enum station until, struct err *e)
{
    for (;;) {
        const struct session *s = ceremony_session(r->c);
        enum station st = r->starts ? STATION_READINESS : session_station(s);

        if (s->closed || st == until)
            return 0;
        if (step(r, st, e) != 0)
            return -1;
        r->starts = false;
    }
}

char *on_one_line(const char *text)
{
    struct bytes out;

    out = (struct bytes){0};
    for (; *text != '\0'; text++)
        if (*text != ' ' && *text != '\n')
            bytes_put_u8(&out, (uint8_t)*text);
        else if (out.n > 0 && out.p[out.n - 1] != ' ')
            bytes_put_u8(&out, ' ');
    return bytes_take_str(&out);
}
