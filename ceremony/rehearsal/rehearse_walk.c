/* SPDX-License-Identifier: Apache-2.0 */
/* The rehearsal without a terminal: the acts of the walk, one after the other, from wherever the
 * journal stands. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/collect.h"
#include "ceremony/acts/enrol.h"
#include "ceremony/acts/one_time.h"
#include "ceremony/base/words.h"
#include "ceremony/publication/publication.h"
#include "ceremony/record/bundle.h"
#include "ceremony/rehearsal/rehearse.h"
#include "metadata/client/client.h"

struct walker {
    struct ceremony *c;
    struct tokens *t;
    void (*print)(void *arg, const char *line);
    void *arg;
    bool fit; /* looked at since this start */
};

static void print_act(const struct walker *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void print_act(const struct walker *w, const char *fmt, ...)
{
    char line[300];
    va_list ap;

    if (w->print == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    w->print(w->arg, line);
}

static int do_readiness(struct walker *w, struct err *e)
{
    struct readiness r;
    utc_t now;
    int rc;

    if (ceremony_check(w->c, w->t, false, &r, e) != 0)
        return -1;
    for (size_t i = 0; i < r.n; i++)
        print_act(w, "%s  %s: %s", r.items[i].level == CHECK_PASS ? "ok  " : "note",
                  r.items[i].title, r.items[i].text);
    rc = readiness_need(&r, e);
    if (rc == 0)
        rc = act_readiness(w->c, &r, e);
    w->fit = rc == 0;
    readiness_clear(&r);
    if (rc != 0 || station_done(ceremony_session(w->c), STATION_READINESS))
        return rc;
    return ceremony_now(w->c, &now, e) == 0 ? act_confirm_date(w->c, now - now % UTC_DAY, e) : -1;
}

static int do_plan(struct walker *w, struct err *e)
{
    const char *word = word_of(ceremony_plan(w->c)->sha256[0], 0);

    print_act(w, "ok    the plan is accepted, its digest begins with '%s'", word);
    return act_accept_plan(w->c, word, e);
}

static int do_roll_call(struct walker *w, struct err *e)
{
    static const char *const witnesses[] = {"Wim"};
    size_t n = ceremony_plan(w->c)->nholders;
    bool *present = calloc(n + 1, sizeof *present);
    int rc;

    if (present == NULL)
        return err_oom(e);
    for (size_t i = 0; i < n; i++)
        present[i] = true;
    print_act(w, "ok    %zu keyholders are present", n);
    rc = act_roll_call(w->c, present, "Ada", witnesses, 1, e);
    free(present);
    return rc;
}

/* The worthless PIN, freed by the caller; NULL when out of memory. */
static struct secret *pin_of(const struct walker *w, size_t holder, struct err *e)
{
    struct secret *pin;
    char digits[8];

    if (secret_new(&pin, e) != 0)
        return NULL;
    rehearse_pin(ceremony_plan(w->c), holder, digits);
    for (const char *d = digits; *d != '\0'; d++)
        (void)secret_put(pin, (uint8_t)*d);
    return pin;
}

/* The holder's token is inserted and logged in. */
static int log_in(struct walker *w, size_t holder, struct token_info *token, struct err *e)
{
    struct token_list l;
    struct secret *pin = NULL;
    enum pin_state state;
    int rc = -1;

    if (!w->fit && do_readiness(w, e) != 0)
        return -1;
    rehearse_insert(w->t, (long)holder);
    if (w->t->driver->list(w->t->self, &l, e) != 0)
        return -1;
    if (l.n != 1)
        err_set(e, ERR_TOKEN, "the rehearsal's token of '%s' is not there",
                ceremony_plan(w->c)->holders[holder].name);
    else if ((pin = pin_of(w, holder, e)) != NULL) {
        *token = l.items[0];
        rc = w->t->driver->login(w->t->self, &token->id, pin, &state, e);
    }
    secret_free(pin);
    token_list_clear(&l);
    return rc;
}

static void log_out(struct walker *w)
{
    struct err ignored;

    (void)w->t->driver->logout(w->t->self, &ignored);
    rehearse_insert(w->t, -1);
}

static int do_enrolment(struct walker *w, struct err *e)
{
    const struct session *s = ceremony_session(w->c);
    struct candidate k = {0};
    struct token_info token;
    size_t seat = 0;
    int rc;

    while (s->seats[seat].key != NULL)
        seat++;
    /* A key that a killed run left on the token may be half written: a new one is made. */
    rc = log_in(w, s->plan->seats[seat].holder, &token, e);
    if (rc == 0)
        rc = enrol_generate(w->c, seat, w->t, &token, NULL, &k, e);
    if (rc == 0)
        rc = enrol_confirm(w->c, &k, e);
    if (rc == 0)
        print_act(w, "ok    %s's key is %.16s..., on token %s", session_holder_name(s, seat),
                  key_id(k.key.key), token.id.serial);
    log_out(w);
    candidate_clear(&k);
    return rc;
}

static int do_review(struct walker *w, struct err *e)
{
    const struct session *s = ceremony_session(w->c);
    size_t i = 0;

    while (s->groups[i].reviewed)
        i++;
    if (s->groups[i].n == 1)
        print_act(w, "ok    %s v%" PRId64 " is reviewed, SHA-256 %.16s...",
                  session_group_name(s, i), s->proposals[s->groups[i].first].version,
                  s->groups[i].sha256);
    else
        print_act(w, "ok    %s, %zu files, is reviewed, SHA-256 of their list %.16s...",
                  session_group_name(s, i), s->groups[i].n, s->groups[i].sha256);
    return act_review(w->c, i, e);
}

/* Everybody signs: then every new key was seen to work. */
static int do_signatures(struct walker *w, struct err *e)
{
    const struct plan *p = ceremony_plan(w->c);
    struct token_info token;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < p->nholders; i++) {
        size_t left = session_signatures_left(ceremony_session(w->c), i);

        if (left == 0)
            continue;
        rc = log_in(w, i, &token, e);
        if (rc == 0)
            rc = collect_sign(w->c, i, w->t, &token, NULL, e);
        log_out(w);
        if (rc == 0)
            print_act(w, "ok    %s signed %zu file%s", p->holders[i].name, left,
                      left == 1 ? "" : "s");
    }
    return rc;
}

static int do_client_view(struct walker *w, struct err *e)
{
    struct client_report report;
    struct publication files;
    int rc;

    if (do_signatures(w, e) != 0) /* a run that was killed at the threshold */
        return -1;
    rc = act_client_view(w->c, &report, &files, e);
    client_report_clear(&report);
    publication_clear(&files);
    if (rc == 0)
        print_act(w, "ok    a client accepts all that was signed");
    return rc;
}

/* Every holder's one-time keys, with one login each. */
static int do_one_time(struct walker *w, struct err *e)
{
    const struct plan *p = ceremony_plan(w->c);
    struct token_info token;
    struct secret *pin;
    size_t seat;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < p->nholders; i++) {
        if (!one_time_next(ceremony_session(w->c), i, &seat))
            continue;
        if ((pin = pin_of(w, i, e)) == NULL)
            return -1;
        rc = log_in(w, i, &token, e);
        while (rc == 0 && one_time_next(ceremony_session(w->c), i, &seat))
            rc = one_time_destroy(w->c, seat, &token, pin, w->t, e);
        secret_free(pin);
        log_out(w);
        if (rc == 0)
            print_act(w, "ok    the one-time keys of %s are destroyed", p->holders[i].name);
    }
    return rc;
}

static int do_bundle(struct walker *w, struct err *e)
{
    struct bundle b;
    int rc = bundle_write(w->c, ceremony_store(w->c), &b, e);

    if (rc == 0)
        print_act(w, "ok    the bundle is written: %s/bundle and %s/bundle.tar",
                  ceremony_store(w->c)->path, ceremony_store(w->c)->path);
    bundle_clear(&b);
    return rc;
}

static int do_closing(struct walker *w, struct err *e)
{
    uint8_t transcript[SHA256_SIZE];

    if (bundle_close(w->c, transcript, e) != 0)
        return -1;
    print_act(w, "ok    the ceremony is closed; transcript %.16s...",
              ceremony_session(w->c)->transcript);
    return 0;
}

static int (*const stations[])(struct walker *w, struct err *e) = {
    [STATION_READINESS] = do_readiness,     [STATION_PLAN] = do_plan,
    [STATION_ROLL_CALL] = do_roll_call,     [STATION_ENROLMENT] = do_enrolment,
    [STATION_REVIEW] = do_review,           [STATION_SIGNATURES] = do_signatures,
    [STATION_CLIENT_VIEW] = do_client_view, [STATION_ONE_TIME] = do_one_time,
    [STATION_BUNDLE] = do_bundle,           [STATION_CLOSING] = do_closing,
};

int rehearse_unattended(struct ceremony *c, struct tokens *t,
                        void (*print)(void *arg, const char *line), void *arg, struct err *e)
{
    struct walker w = {c, t, print, arg, false};

    while (!ceremony_session(c)->closed)
        if (stations[session_station(ceremony_session(c))](&w, e) != 0)
            return -1;
    return 0;
}
