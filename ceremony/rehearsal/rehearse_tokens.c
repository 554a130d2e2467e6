/* SPDX-License-Identifier: Apache-2.0 */
/* A rehearsal's tokens: SoftHSM behind an agent, and a drawer from which one is inserted at a time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/rehearsal/rehearse.h"
#include "tokens/forward.h"
#include "tokens/pkcs11/p11.h"
#include "tokens/pkcs11/softhsm.h"

#define SO_PIN "00000000" /* worthless, as the tokens are */

struct drawer {
    struct token_forward forward;
    struct tokens *agent;
    char *folder;           /* of the SoftHSM tokens */
    char label[TOKEN_TEXT]; /* of the token that is inserted; empty: none */
    const struct plan *plan;
};

static void token_label(const struct plan *p, size_t holder, char out[TOKEN_TEXT])
{
    const struct plan_holder *h = &p->holders[holder];

    /* CK_TOKEN_INFO has 32 bytes for a label; who lost a token has a new one */
    snprintf(out, TOKEN_TEXT, "REHEARSAL %.19s%s", h->name, h->fate == KEY_LOST ? " II" : "");
}

static int make_softhsm(void *arg, struct tokens **out, struct err *e)
{
    const struct drawer *d = arg;
    const char *module = softhsm_module();

    if (softhsm_use(d->folder, e) != 0)
        return -1;
    return p11_open(&module, 1, out, e);
}

static void drawer_free(void *self)
{
    struct drawer *d = self;

    if (d == NULL)
        return;
    tokens_free(d->agent);
    free(d->folder);
    free(d);
}

static int drawer_list(void *self, struct token_list *out, struct err *e)
{
    const struct drawer *d = self;
    struct token_list all = {0};
    int rc = 0;

    *out = (struct token_list){0};
    if (d->agent->driver->list(d->agent->self, &all, e) != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < all.n; i++)
        if (d->label[0] != '\0' && strcmp(all.items[i].id.label, d->label) == 0)
            rc = token_list_add(out, &all.items[i], e);
    for (size_t i = 0; rc == 0 && i < all.nproblems; i++)
        rc = token_list_problem(out, all.problems[i], e);
    token_list_clear(&all);
    if (rc != 0)
        token_list_clear(out);
    return rc;
}

static int drawer_login(void *self, const struct token_id *id, const struct secret *pin,
                        enum pin_state *state, struct err *e)
{
    const struct drawer *d = self;

    if (strcmp(id->label, d->label) != 0) {
        err_set(e, ERR_TOKEN, "token '%s' is not inserted", id->label);
        return err_todo(e, "insert it");
    }
    return d->agent->driver->login(d->agent->self, id, pin, state, e);
}

static int drawer_logout(void *self, struct err *e)
{
    const struct drawer *d = self;

    return d->agent->driver->logout(d->agent->self, e);
}

static struct tokens *drawer_turn(void *self, const struct token_id *id, struct err *e)
{
    const struct drawer *d = self;

    (void)id;
    (void)e;
    return d->agent;
}

static const struct token_driver drawer_driver = {
    .name = "rehearsal",
    .free = drawer_free,
    .list = drawer_list,
    .login = drawer_login,
    .logout = drawer_logout,
    TOKEN_FORWARD,
};

static int put_pin(struct secret *s, const char *digits)
{
    for (; *digits != '\0'; digits++)
        if (secret_put(s, (uint8_t)*digits) != 0)
            return -1;
    return 0;
}

/* A new token, or `half` anew: one whose PIN was not set when a run was killed. */
static int add_token(struct drawer *d, size_t holder, const char *label,
                     const struct token_id *half, struct err *e)
{
    struct secret *so = NULL, *pin = NULL;
    char digits[8];
    int rc = -1;

    rehearse_pin(d->plan, holder, digits);
    if (secret_new(&so, e) != 0 || secret_new(&pin, e) != 0)
        goto out;
    if (put_pin(so, SO_PIN) != 0 || put_pin(pin, digits) != 0)
        err_set(e, ERR_INTERNAL, "a rehearsal's PIN is too long");
    else if (half != NULL)
        rc = d->agent->driver->initialise(d->agent->self, half, so, label, pin, e);
    else
        rc = softhsm_add(d->agent, label, so, pin, e);
out:
    secret_free(so);
    secret_free(pin);
    return rc;
}

/* Every keyholder gets a token, once. */
static int fill(struct drawer *d, struct err *e)
{
    struct token_list all;
    char label[TOKEN_TEXT];
    int rc = d->agent->driver->list(d->agent->self, &all, e);

    if (rc != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < d->plan->nholders; i++) {
        const struct token_info *there = NULL;

        token_label(d->plan, i, label);
        for (size_t k = 0; k < all.n; k++)
            if (strcmp(all.items[k].id.label, label) == 0)
                there = &all.items[k];
        if (there == NULL || there->pin == PIN_UNSET)
            rc = add_token(d, i, label, there != NULL ? &there->id : NULL, e);
    }
    token_list_clear(&all);
    return rc;
}

int rehearse_tokens(const char *dir, const struct plan *p, const struct token_wait *wait,
                    struct tokens **out, struct err *e)
{
    struct tokens *t = calloc(1, sizeof *t);
    struct drawer *d = calloc(1, sizeof *d);
    struct agent_job job = {.make = make_softhsm, .arg = d, .channel = -1};
    struct bytes folder = {0};

    *out = NULL;
    /* who meets again brings the tokens of the first time, where they were found */
    bytes_printf(&folder, "%s/" REHEARSE_FIRST, dir);
    if (access(bytes_str(&folder), F_OK) != 0) {
        bytes_clear(&folder);
        bytes_printf(&folder, "%s", dir);
    }
    bytes_put_str(&folder, "/tokens");
    if (t == NULL || d == NULL || (d->folder = bytes_take_str(&folder)) == NULL) {
        free(t);
        free(d);
        return err_oom(e);
    }
    d->plan = p;
    t->driver = &drawer_driver;
    d->forward.turn = drawer_turn;
    t->self = d;
    job.module = softhsm_module();
    job.folder = d->folder;
    if (agent_start_job(&job, wait, &d->agent, e) != 0 || fill(d, e) != 0) {
        tokens_free(t);
        return err_in(e, "preparing the rehearsal's tokens");
    }
    *out = t;
    return 0;
}

void rehearse_insert(struct tokens *t, long holder)
{
    struct drawer *d = t->self;

    if (holder < 0)
        d->label[0] = '\0';
    else
        token_label(d->plan, (size_t)holder, d->label);
}

void rehearse_set_wait(struct tokens *t, const struct token_wait *wait)
{
    struct drawer *d = t->self;

    agent_set_wait(d->agent, wait);
}

int rehearse_replan(struct tokens *t, const struct plan *p, struct err *e)
{
    struct drawer *d = t->self;

    d->plan = p;
    return fill(d, e) == 0 ? 0 : err_in(e, "preparing the rehearsal's tokens");
}
