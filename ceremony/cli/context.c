/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ceremony/acts/enrol.h"
#include "ceremony/base/memory.h"
#include "ceremony/cli/out.h"
#include "ceremony/cli/pin.h"
#include "ceremony/rehearsal/rehearse.h"
#include "tokens/pkcs11/modules.h"
#include "tokens/pkcs11/p11.h"
#include "tokens/uri.h"

#define MOMENT_MS 1200

int context_open(struct context *d, const struct invocation *in, const char *dir,
                 enum ceremony_mode mode, struct err *e)
{
    const struct env env = env_system();
    struct store *s;

    *d = (struct context){.in = in};
    if (store_open(dir, &s, e) != 0 || ceremony_open(s, &env, mode, &d->c, e) != 0)
        return -1;
    d->lines = journal_count(ceremony_journal(d->c));
    if (ceremony_warning(d->c) != NULL)
        out_to(stderr, "\n", "warning: %s", ceremony_warning(d->c));
    return 0;
}

/* A command waits as long as it takes; what the person must do is said when it takes a moment. */
static int wait_for_token(void *self, int fd, const struct token_doing *doing)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    (void)self;
    if (poll(&p, 1, MOMENT_MS) == 0 && doing->later != NULL)
        out_to(stderr, "\n", "%s", doing->later);
    while (poll(&p, 1, -1) < 0)
        if (errno != EINTR)
            return -1;
    return 0;
}

/* Which module the plan lets connect, when --network asks for it. */
static int open_modules(struct context *d, struct err *e)
{
    const char *loopback = d->c != NULL ? ceremony_plan(d->c)->loopback : NULL;
    const struct token_wait wait = {NULL, wait_for_token};

    if (d->in->broker != NULL && loopback == NULL) {
        err_set(e, ERR_USAGE, "there is no plan that lets a module connect to anything");
        return err_todo(e, "leave --network out, or write 'loopback' into the plan");
    }
    if (modules_open(d->modules, d->nmodules, d->in->broker,
                     d->in->broker != NULL ? loopback : NULL, &d->t, e) != 0)
        return -1;
    modules_set_wait(d->t, &wait);
    return 0;
}

int context_tokens(struct context *d, const struct invocation *in, struct err *e)
{
    d->in = in;
    if (d->c != NULL && ceremony_plan(d->c)->rehearsal)
        return rehearse_tokens(ceremony_store(d->c)->path, ceremony_plan(d->c), NULL, &d->t, e);
    d->nmodules = in_values(in, "module", d->modules, COMMAND_VALUES);
    if (d->nmodules == 0) {
        if ((d->found = p11_modules_find(NULL, &d->left_out)) == NULL)
            return err_oom(e);
        while (d->nmodules < COMMAND_VALUES && d->found[d->nmodules] != NULL) {
            d->modules[d->nmodules] = d->found[d->nmodules];
            d->nmodules++;
        }
    }
    return open_modules(d, e);
}

/* For who continues on another machine. */
static void print_last(const struct ceremony *c)
{
    uint8_t last[SHA256_SIZE];

    if (!ceremony_last_line(c, last))
        return;
    out_line("The journal has %zu lines. %s, write down:", journal_count(ceremony_journal(c)),
             ceremony_forgetful(c) ? "This machine can't remember it: to continue"
                                   : "To continue on another machine");
    out_digest(last, 1);
}

void context_close(struct context *d)
{
    if (d->c != NULL && !in_has(d->in, "json") && !ceremony_session(d->c)->closed &&
        journal_count(ceremony_journal(d->c)) > d->lines)
        print_last(d->c);
    tokens_free(d->t);
    ceremony_free(d->c);
    p11_modules_free(d->found);
    token_list_clear(&d->left_out);
    *d = (struct context){0};
}

int context_holder(const struct context *d, const char *name, size_t *out, struct err *e)
{
    const struct plan *p = ceremony_plan(d->c);
    long at = plan_holder_find(p, name);
    struct bytes names = {0};

    if (at >= 0) {
        *out = (size_t)at;
        return 0;
    }
    for (size_t i = 0; i < p->nholders; i++)
        bytes_printf(&names, "%s%s", i > 0 ? ", " : "", p->holders[i].name);
    err_set(e, ERR_USAGE, "there is no keyholder '%s'", name);
    err_todo(e, "name one of %s", memory_text(&names));
    bytes_clear(&names);
    return -1;
}

/* The token meant by --token; 1 found, 0 not asked for. */
static int by_option(const struct context *d, const struct token_list *l, size_t *out,
                     struct err *e)
{
    const char *text = in_value(d->in, "token");
    struct token_uri *uri;
    size_t n = 0;

    if (text == NULL)
        return 0;
    if (token_uri_parse(text, &uri, e) != 0)
        return -1;
    for (size_t i = 0; i < l->n; i++)
        if (token_uri_matches(uri, &l->items[i])) {
            *out = i;
            n++;
        }
    token_uri_free(uri);
    if (n == 1)
        return 1;
    err_set(e, ERR_TOKEN, n == 0 ? "no token matches '%s'" : "several tokens match '%s'", text);
    return err_todo(e, "'tuf-ceremony tokens' shows what is inserted");
}

int context_token(const struct context *d, struct token_info *out, struct err *e)
{
    struct token_list l;
    size_t at = 0;
    int found;

    if (d->t->driver->list(d->t->self, &l, e) != 0)
        return -1;
    if ((found = by_option(d, &l, &at, e)) == 0 && l.n == 1)
        found = 1;
    else if (found == 0) {
        if (l.n == 0)
            err_set(e, ERR_TOKEN, "no token is inserted");
        else
            err_set(e, ERR_TOKEN, "%zu tokens are inserted", l.n);
        err_todo(e, "insert that one alone, or name it with --token pkcs11:serial=...; "
                    "'tuf-ceremony tokens' shows them");
        found = -1;
    }
    if (found > 0)
        *out = l.items[at];
    token_list_clear(&l);
    return found > 0 ? 0 : -1;
}

/* None is known as theirs, or several are. */
static int not_found(const struct context *d, size_t holder, size_t seat,
                     const struct token_list *l, int found, struct err *e)
{
    const struct session *s = ceremony_session(d->c);
    const char *name = s->plan->holders[holder].name;
    struct bytes wanted = {0};

    owner_put_wanted(s, holder, seat, &wanted);
    if (l->n == 0)
        err_set(e, ERR_TOKEN, "no token is inserted");
    else if (found == OWNER_SEVERAL)
        err_set(e, ERR_TOKEN, "several tokens call themselves that of '%s'", name);
    else if (l->n == 1)
        err_set(e, ERR_TOKEN, "whether the token that is inserted is that of '%s' is not known",
                name);
    else
        err_set(e, ERR_TOKEN, "%zu tokens are inserted, and none is known as that of '%s'", l->n,
                name);
    err_todo(e, "insert the token of '%s'%s%s alone, or name it with --token", name,
             wanted.n > 0 ? ", " : "", memory_text(&wanted));
    bytes_clear(&wanted);
    return -1;
}

/* A key is made on the one token that is inserted, when it is nobody else's; to sign with it, it
 * must be known as theirs, or named. One whose owner is not known before the PIN is for the person
 * at the terminal, and never for a PIN that comes from a file. */
static bool only_token_fits(const struct context *d, size_t seat, const struct owner *o)
{
    return seat != OWNER_SIGNS || o->is == OWNER_THEIRS ||
           (o->is == OWNER_UNTOLD && in_value(d->in, "pin-source") == NULL);
}

/* The room's decision is about what this token is. */
static bool decided(const struct context *d, const struct owner *o)
{
    return in_has(d->in, o->other_module ? "other-module" : "replaced-by-backup");
}

static int choose(const struct context *d, size_t holder, size_t seat, const struct token_list *l,
                  const struct owner *owners, size_t *out, struct err *e)
{
    const struct session *s = ceremony_session(d->c);
    int found = by_option(d, l, out, e);

    if (found < 0)
        return -1;
    if (found == 0 && (found = owner_find(s, holder, seat, l, owners, out)) == 0 && l->n == 1) {
        *out = 0;
        if (owner_check(s, holder, seat, &owners[0], &l->items[0], decided(d, &owners[0]), e) != 0)
            return -1;
        found = only_token_fits(d, seat, &owners[0]);
    }
    if (found != 1)
        return not_found(d, holder, seat, l, found, e);
    return owner_check(s, holder, seat, &owners[*out], &l->items[*out], decided(d, &owners[*out]),
                       e);
}

/* Whose each is, before a PIN is asked for. */
static struct owner *owners_of(const struct context *d, size_t holder, size_t seat,
                               const struct token_list *l, struct err *e)
{
    struct owner *owners = calloc(l->n + 1, sizeof *owners);

    if (owners == NULL)
        err_oom(e);
    for (size_t i = 0; owners != NULL && i < l->n; i++)
        owners[i] = owner_read(ceremony_session(d->c), holder, seat, d->t, &l->items[i]);
    return owners;
}

/* A key that is named to be enrolled; with its maker's attestation from a file, that decides. */
static int check_key(const struct context *d, const struct token_info *t, struct err *e)
{
    const char *key = in_value(d->in, "key");

    return key == NULL || in_has(d->in, "attestation") ? 0 : enrol_check_shown(d->t, t, key, e);
}

static int check_tries(const struct context *d, const struct token_info *t, struct err *e)
{
    if (t->pin == PIN_MUST_CHANGE || t->pin == PIN_UNSET || t->pin == PIN_LOCKED) {
        err_set(e, ERR_PIN, "token '%s' can't be used: %s", t->id.label, pin_state_words(t->pin));
        return err_todo(e, "do '%s' first; no try was made",
                        t->pin == PIN_MUST_CHANGE ? "token-pin" : "token-unblock");
    }
    if (t->pin != PIN_LAST_TRY || in_has(d->in, "last-try"))
        return 0;
    err_set(e, ERR_PIN, "token '%s' has one try left: a wrong PIN locks it", t->id.label);
    return err_todo(e, "be sure of the PIN, then add --last-try; or skip this keyholder");
}

int context_ready(const struct context *d, struct err *e)
{
    struct readiness r;
    int rc;

    if (ceremony_check(d->c, d->t, d->in->broker != NULL, &r, e) != 0)
        return -1;
    rc = readiness_need(&r, e);
    if (rc == 0) {
        act_defer(d->c);
        rc = act_readiness(d->c, &r, e);
    }
    readiness_clear(&r);
    return rc;
}

int context_login(struct context *d, size_t holder, size_t seat, struct token_info *out,
                  struct err *e)
{
    struct secret *pin;
    int rc = context_login_keep(d, holder, seat, out, &pin, e);

    secret_free(pin);
    return rc;
}

int context_login_keep(struct context *d, size_t holder, size_t seat, struct token_info *out,
                       struct secret **pin, struct err *e)
{
    const struct plan *p = ceremony_plan(d->c);
    struct owner *owners;
    struct token_list l;
    enum pin_state state;
    size_t at = 0;
    int rc = -1;

    *pin = NULL;
    if (context_ready(d, e) != 0)
        return -1;
    if (p->rehearsal)
        rehearse_insert(d->t, (long)holder);
    if (d->t->driver->list(d->t->self, &l, e) != 0)
        return -1;
    owners = owners_of(d, holder, seat, &l, e);
    if (owners != NULL && choose(d, holder, seat, &l, owners, &at, e) == 0 &&
        check_tries(d, &l.items[at], e) == 0 && check_key(d, &l.items[at], e) == 0 &&
        (l.items[at].pin_pad || pin_read(d->in, p, holder, &l.items[at], pin, e) == 0))
        rc = d->t->driver->login(d->t->self, &l.items[at].id, *pin, &state, e) == 0
                 ? 0
                 : act_pin_refused(d->c, &l.items[at], (long)holder, e);
    if (rc == 0)
        *out = l.items[at];
    free(owners);
    token_list_clear(&l);
    return rc;
}

int context_confirm(const char *question, const char *word, struct err *e)
{
    FILE *tty = fopen("/dev/tty", "r+e");
    char line[200];
    bool same;

    if (tty == NULL) {
        err_set(e, ERR_USAGE, "there is no terminal on which to confirm");
        return err_todo(e, "give --accept when a script has compared the digest itself");
    }
    out_to(tty, ": ", "%s", question);
    fflush(tty);
    same = fgets(line, sizeof line, tty) != NULL;
    fclose(tty);
    if (same) {
        line[strcspn(line, "\n")] = '\0';
        same = strcasecmp(line, word) == 0;
    }
    if (same)
        return 0;
    err_set(e, ERR_LEFT, "it was not confirmed");
    return err_todo(e, "compare again, then repeat the command");
}
