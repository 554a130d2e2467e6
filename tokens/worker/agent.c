/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/agent.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tokens/worker/agent_batch.h"
#include "tokens/worker/agent_call.h"

#define GOODBYE_MS 2000 /* to log out and unload; then it is killed */

static const char on_the_reader[] = "type the PIN on the reader";

/* The child logs out, unloads and ends; the next call makes another. */
static void retire(struct agent *a)
{
    struct pollfd end = {.fd = a->fd, .events = POLLIN};
    int status;

    if (a->pid == 0)
        return;
    shutdown(a->fd, SHUT_WR);
    while (poll(&end, 1, GOODBYE_MS) < 0 && errno == EINTR)
        continue;
    agent_kill(a, &status);
}

/* A PIN that no login needs any more: what a module may have left of it in memory goes with the
 * child. */
static void forget(struct agent *a)
{
    if (a->has_pin)
        retire(a);
}

static void agent_free(void *self)
{
    struct agent *a = self;

    retire(a);
    if (a->job.channel >= 0)
        close(a->job.channel);
    free(a);
}

static int agent_list(void *self, struct token_list *out, struct err *e)
{
    struct agent *a = self;
    struct token_list list = {0};
    struct request r;
    int rc;

    memset(out, 0, sizeof *out);
    request_init(&r, LINK_LIST, "looking for tokens");
    if ((rc = agent_call(a, &r, e)) == 0)
        rc = wire_list(&r.in, &list, e);
    if ((rc = agent_finish(a, &r, rc, e)) == 0)
        *out = list;
    else
        token_list_clear(&list);
    return rc;
}

/* A request whose answer begins with a PIN's state, also when it failed. */
static int call_for_state(struct agent *a, struct request *r, enum pin_state *state, struct err *e)
{
    uint8_t kind = LINK_FAILED;
    int rc;

    *state = PIN_OK;
    if ((rc = agent_exchange(a, r, &kind, e)) == 0) {
        *state = (enum pin_state)wire_below(&r->in, PIN_MUST_CHANGE + 1);
        if (kind == LINK_FAILED)
            rc = agent_failed(a, r, e);
    }
    return agent_finish(a, r, rc, e);
}

static int agent_login(void *self, const struct token_id *id, const struct secret *pin,
                       enum pin_state *state, struct err *e)
{
    char doing[sizeof id->label + 64];
    struct request r;

    snprintf(doing, sizeof doing, "waiting for token '%s' to check the PIN", id->label);
    request_init(&r, LINK_LOGIN, pin != NULL ? doing : on_the_reader);
    r.doing.later = pin != NULL ? NULL : on_the_reader;
    wire_put_id(&r.body, id);
    r.secrets[0] = pin;
    if (call_for_state(self, &r, state, e) == 0)
        return 0;
    forget(self);
    return -1;
}

static int agent_login_so(void *self, const struct secret *so_pin, enum pin_state *state,
                          struct err *e)
{
    struct request r;

    request_init(&r, LINK_LOGIN_SO,
                 so_pin != NULL ? "waiting for the token to check the SO PIN" : on_the_reader);
    r.doing.later = so_pin != NULL ? NULL : on_the_reader;
    r.secrets[0] = so_pin;
    if (call_for_state(self, &r, state, e) == 0)
        return 0;
    forget(self);
    return -1;
}

static int agent_change_pin(void *self, const struct token_id *id, enum pin_owner whose,
                            const struct secret *old, const struct secret *pin,
                            enum pin_state *state, struct err *e)
{
    struct request r;
    int rc;

    request_init(&r, LINK_CHANGE_PIN,
                 pin != NULL ? "waiting for the token to change the PIN" : on_the_reader);
    r.doing.later = pin != NULL ? NULL : on_the_reader;
    wire_put_u32(&r.body, (uint32_t)whose);
    wire_put_id(&r.body, id);
    r.secrets[0] = old;
    r.secrets[1] = pin;
    rc = call_for_state(self, &r, state, e);
    forget(self);
    return rc;
}

static int agent_unblock(void *self, const struct token_id *id, const struct secret *so_pin,
                         const struct secret *pin, enum pin_state *state, struct err *e)
{
    struct request r;
    int rc;

    request_init(&r, LINK_UNBLOCK,
                 pin != NULL ? "waiting for the token to take the new PIN" : on_the_reader);
    r.doing.later = pin != NULL ? NULL : on_the_reader;
    wire_put_id(&r.body, id);
    r.secrets[0] = so_pin;
    r.secrets[1] = pin;
    rc = call_for_state(self, &r, state, e);
    forget(self);
    return rc;
}

static int agent_logout(void *self, struct err *e)
{
    struct agent *a = self;
    struct request r;
    int rc;

    if (a->pid == 0)
        return 0; /* the login ended with the helper */
    request_init(&r, LINK_LOGOUT, "logging out");
    rc = agent_finish(a, &r, agent_call(a, &r, e), e);
    forget(a);
    return rc;
}

static int call_for_keys(struct agent *a, struct request *r, struct token_key_list *out,
                         struct err *e)
{
    struct token_key_list list = {0};
    int rc;

    memset(out, 0, sizeof *out);
    if ((rc = agent_call(a, r, e)) == 0)
        rc = wire_key_list(&r->in, &list, e);
    if ((rc = agent_finish(a, r, rc, e)) == 0)
        *out = list;
    else
        token_key_list_clear(&list);
    return rc;
}

static int agent_keys(void *self, struct token_key_list *out, struct err *e)
{
    struct request r;

    request_init(&r, LINK_KEYS, "reading the token's keys");
    return call_for_keys(self, &r, out, e);
}

static int agent_public_keys(void *self, const struct token_id *id, struct token_key_list *out,
                             struct err *e)
{
    struct request r;

    request_init(&r, LINK_PUBLIC_KEYS, "reading the token's public keys");
    wire_put_id(&r.body, id);
    return call_for_keys(self, &r, out, e);
}

static int agent_certificates(void *self, struct span cka_id, struct token_certificates *out,
                              struct err *e)
{
    struct request r;
    int rc;

    memset(out, 0, sizeof *out);
    request_init(&r, LINK_CERTIFICATES, "reading the token's certificates");
    wire_put(&r.body, cka_id);
    if ((rc = agent_call(self, &r, e)) == 0)
        rc = wire_certificates(&r.in, out, e);
    if ((rc = agent_finish(self, &r, rc, e)) != 0)
        token_certificates_clear(out);
    return rc;
}

static int agent_generate(void *self, enum key_type type, const char *label, struct token_key *out,
                          struct err *e)
{
    struct agent *a = self;
    struct token_key k = {0};
    struct request r;
    int rc;

    memset(out, 0, sizeof *out);
    request_init(&r, LINK_GENERATE, "waiting for the token to generate a key");
    r.doing.later = "touch the token if it asks, or wait: it makes a key";
    wire_put_u32(&r.body, (uint32_t)type);
    wire_put(&r.body, span_of(label, strnlen(label, TOKEN_TEXT - 1)));
    if ((rc = agent_call(a, &r, e)) == 0)
        rc = wire_key(&r.in, &k, e);
    if ((rc = agent_finish(a, &r, rc, e)) == 0)
        *out = k;
    else
        token_key_clear(&k);
    return rc;
}

static int agent_sign_all(void *self, const struct token_batch *b, struct err *e)
{
    struct agent *a = self;
    struct request r;
    enum link_end end;
    int rc = 0, status;

    if (a->pid == 0 && agent_begin(a, e) != 0)
        return -1;
    request_init(&r, LINK_BATCH, "waiting for the token to sign");
    r.doing.later = "touch the token now, or confirm on its reader";
    end = agent_batch_run(a->fd, &a->wait, &r.doing, b, &rc, e);
    if (end != LINK_OK && rc == 0)
        return agent_broken(a, &r, end, e);
    if (end != LINK_OK)
        agent_kill(a, &status); /* the error that is known came first */
    return rc;
}

static int agent_destroy(void *self, const struct key *key, struct err *e)
{
    struct agent *a = self;
    struct request r;

    request_init(&r, LINK_DESTROY, "waiting for the token to destroy a key");
    wire_put_public(&r.body, key);
    return agent_finish(a, &r, agent_call(a, &r, e), e);
}

static int agent_initialise(void *self, const struct token_id *id, const struct secret *so_pin,
                            const char *label, const struct secret *pin, struct err *e)
{
    struct agent *a = self;
    struct request r;
    int rc;

    request_init(&r, LINK_INITIALISE,
                 pin != NULL ? "waiting for the token to initialise itself" : on_the_reader);
    r.doing.later = pin != NULL ? NULL : on_the_reader;
    wire_put_id(&r.body, id);
    wire_put(&r.body, span_of(label, strnlen(label, TOKEN_TEXT - 1)));
    r.secrets[0] = so_pin;
    r.secrets[1] = pin;
    rc = agent_finish(a, &r, agent_call(a, &r, e), e);
    forget(a);
    return rc;
}

static const struct token_driver driver = {
    .name = "agent",
    .free = agent_free,
    .list = agent_list,
    .login = agent_login,
    .login_so = agent_login_so,
    .logout = agent_logout,
    .keys = agent_keys,
    .certificates = agent_certificates,
    .generate = agent_generate,
    .sign_all = agent_sign_all,
    .destroy = agent_destroy,
    .initialise = agent_initialise,
    .public_keys = agent_public_keys,
    .change_pin = agent_change_pin,
    .unblock = agent_unblock,
};

int agent_start(agent_make make, void *arg, const struct token_wait *wait, struct tokens **out,
                struct err *e)
{
    const struct agent_job job = {.make = make, .arg = arg, .channel = -1};

    return agent_start_job(&job, wait, out, e);
}

int agent_start_job(const struct agent_job *job, const struct token_wait *wait, struct tokens **out,
                    struct err *e)
{
    struct tokens *t = calloc(1, sizeof *t);
    struct agent *a = calloc(1, sizeof *a);

    *out = NULL;
    if (t == NULL || a == NULL) {
        if (job->channel >= 0)
            close(job->channel);
        free(a);
        free(t);
        return err_oom(e);
    }
    a->job = *job;
    a->fd = -1;
    t->driver = &driver;
    t->self = a;
    agent_set_wait(t, wait);
    if (agent_begin(a, e) != 0) {
        tokens_free(t);
        return -1;
    }
    *out = t;
    return 0;
}

void agent_set_wait(struct tokens *agent, const struct token_wait *wait)
{
    struct agent *a = agent->self;

    a->wait = wait != NULL ? *wait : (struct token_wait){0};
}
