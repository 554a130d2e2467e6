/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/agent_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tokens/worker/agent_batch.h"
#include "tokens/worker/agent_link.h"
#include "tokens/worker/keeper.h"
#include "tokens/worker/needs.h"
#include "tokens/worker/network.h"
#include "tokens/worker/sandbox.h"
#include "tokens/worker/user.h"
#include "tokens/worker/wire.h"

#define SOCKET_FD  3
#define CHANNEL_FD 4

struct child {
    struct tokens *tokens;
    struct secret *secrets[LINK_SECRETS];
};

/* The ceremony's terminal sends its signals to the whole process group; the agent must outlive
 * them and not run the ceremony's handlers. */
static void set_signals(void)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGHUP};
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The two come to where they are expected, whatever lies there. */
static int leave_only(int fd, int channel)
{
    int last = channel >= 0 ? CHANNEL_FD : SOCKET_FD, null;

    if ((fd = fcntl(fd, F_DUPFD, CHANNEL_FD + 1)) < 0 ||
        (channel >= 0 && (channel = fcntl(channel, F_DUPFD, CHANNEL_FD + 1)) < 0) ||
        dup3(fd, SOCKET_FD, O_CLOEXEC) < 0 ||
        (channel >= 0 && dup3(channel, CHANNEL_FD, O_CLOEXEC) < 0))
        return -1;
    if (close_range((unsigned)last + 1, ~0U, 0) != 0 ||
        (null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
        return -1;
    for (int i = 0; i < SOCKET_FD; i++)
        if (dup2(null, i) < 0)
            return -1;
    if (null > last)
        close(null);
    return 0;
}

/* What it may open is opened to it; all else is shut. */
static int confine(const struct agent_job *job, pid_t parent, struct err *e)
{
    struct needs *needs = malloc(sizeof *needs);
    char real[PATH_MAX]; /* people give folders as they stand */
    int to_local, rc;

    if (needs == NULL)
        return err_oom(e);
    (void)setsid(); /* what a closed terminal sends to its processes does not interrupt a token */
    needs_of(job->module, needs);
    if (job->folder != NULL) {          /* its owner's */
        (void)mkdir(job->folder, 0700); /* whoever uses it reports what is wrong with it */
        if (realpath(job->folder, real) != NULL)
            needs_add(needs, real, true);
    }
    rc = job->folder == NULL ? user_become(e) : 0;
    if (rc == 0 && (rc = keeper_start(needs, parent, &to_local, e)) == 0) {
        network_use(to_local, job->channel >= 0 ? CHANNEL_FD : -1);
        rc = sandbox_module(needs->paths, needs->npaths, e);
    }
    free(needs);
    return rc;
}

static int do_list(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    struct token_list list = {0};

    (void)in;
    if (c->tokens->driver->list(c->tokens->self, &list, e) != 0)
        return -1;
    wire_put_list(out, &list);
    token_list_clear(&list);
    return 0;
}

static int do_login(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    enum pin_state state = PIN_OK;
    struct token_id id;
    int rc;

    wire_id(in, &id);
    rc = c->tokens->driver->login(c->tokens->self, &id, c->secrets[0], &state, e);
    wire_put_u32(out, (uint32_t)state); /* in front of the error, too */
    return rc;
}

static int do_login_so(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    enum pin_state state = PIN_OK;
    int rc;

    (void)in;
    rc = c->tokens->driver->login_so(c->tokens->self, c->secrets[0], &state, e);
    wire_put_u32(out, (uint32_t)state);
    return rc;
}

static int do_public_keys(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    struct token_key_list list = {0};
    struct token_id id;

    wire_id(in, &id);
    if (c->tokens->driver->public_keys(c->tokens->self, &id, &list, e) != 0)
        return -1;
    wire_put_key_list(out, &list);
    token_key_list_clear(&list);
    return 0;
}

static int do_logout(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    (void)in;
    (void)out;
    return c->tokens->driver->logout(c->tokens->self, e);
}

static int do_keys(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    struct token_key_list list = {0};

    (void)in;
    if (c->tokens->driver->keys(c->tokens->self, &list, e) != 0)
        return -1;
    wire_put_key_list(out, &list);
    token_key_list_clear(&list);
    return 0;
}

static int do_certificates(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    struct token_certificates list = {0};
    struct span id = wire_span(in);

    if (c->tokens->driver->certificates(c->tokens->self, id, &list, e) != 0)
        return -1;
    wire_put_certificates(out, &list);
    token_certificates_clear(&list);
    return 0;
}

static int do_generate(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    enum key_type type = (enum key_type)wire_below(in, KEY_TYPES);
    struct token_key k = {0};
    char label[TOKEN_TEXT];

    wire_text(in, label, sizeof label);
    if (c->tokens->driver->generate(c->tokens->self, type, label, &k, e) != 0)
        return -1;
    wire_put_key(out, &k);
    token_key_clear(&k);
    return 0;
}

static int do_batch(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    enum link_end end = agent_batch_serve(SOCKET_FD, c->tokens);

    (void)in;
    (void)out;
    (void)e;
    if (end != LINK_OK && end != LINK_CLOSED)
        _exit(end == LINK_NO_MEMORY ? AGENT_CHILD_NO_MEMORY : 1);
    return 1;
}

static int do_destroy(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    struct key *key = NULL;
    int rc;

    (void)out;
    if (wire_public(in, &key, e) != 0)
        return -1;
    rc = c->tokens->driver->destroy(c->tokens->self, key, e);
    key_free(key);
    return rc;
}

static int do_initialise(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    struct token_id id;
    char label[TOKEN_TEXT];

    (void)out;
    wire_id(in, &id);
    wire_text(in, label, sizeof label);
    return c->tokens->driver->initialise(c->tokens->self, &id, c->secrets[0], label, c->secrets[1],
                                         e);
}

static int do_change_pin(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    enum pin_owner whose = (enum pin_owner)wire_below(in, PIN_OF_SO + 1);
    enum pin_state state = PIN_OK;
    struct token_id id;
    int rc;

    wire_id(in, &id);
    rc = c->tokens->driver->change_pin(c->tokens->self, &id, whose, c->secrets[0], c->secrets[1],
                                       &state, e);
    wire_put_u32(out, (uint32_t)state);
    return rc;
}

static int do_unblock(struct child *c, struct wire_in *in, struct bytes *out, struct err *e)
{
    enum pin_state state = PIN_OK;
    struct token_id id;
    int rc;

    wire_id(in, &id);
    rc = c->tokens->driver->unblock(c->tokens->self, &id, c->secrets[0], c->secrets[1], &state, e);
    wire_put_u32(out, (uint32_t)state);
    return rc;
}

/* 0, -1, or 1 when everything was answered already. */
static int (*const ops[LINK_OPS])(struct child *, struct wire_in *, struct bytes *,
                                  struct err *) = {
    [LINK_LIST] = do_list,
    [LINK_LOGIN] = do_login,
    [LINK_LOGOUT] = do_logout,
    [LINK_KEYS] = do_keys,
    [LINK_GENERATE] = do_generate,
    [LINK_BATCH] = do_batch,
    [LINK_DESTROY] = do_destroy,
    [LINK_INITIALISE] = do_initialise,
    [LINK_PUBLIC_KEYS] = do_public_keys,
    [LINK_CHANGE_PIN] = do_change_pin,
    [LINK_UNBLOCK] = do_unblock,
    [LINK_CERTIFICATES] = do_certificates,
    [LINK_LOGIN_SO] = do_login_so,
};

static void answer(int rc, struct bytes *out, struct err *e)
{
    static const struct secret *const none[LINK_SECRETS];

    if (rc == 0 && bytes_failed(out))
        rc = err_oom(e);
    if (rc != 0)
        wire_put_err(out, e);
    if (bytes_failed(out))
        _exit(AGENT_CHILD_NO_MEMORY);
    if (link_send(SOCKET_FD, rc == 0 ? LINK_DONE : LINK_FAILED, bytes_span(out), none) != LINK_OK)
        _exit(1);
}

static void free_secrets(struct child *c)
{
    for (size_t i = 0; i < LINK_SECRETS; i++) {
        secret_free(c->secrets[i]);
        c->secrets[i] = NULL;
    }
}

static int receive_secrets(struct child *c, const struct link_head *h, struct err *e)
{
    for (size_t i = 0; i < LINK_SECRETS; i++) {
        if (!h->has[i])
            continue;
        if (secret_new(&c->secrets[i], e) != 0)
            return -1;
        if (secret_receive(c->secrets[i], SOCKET_FD, h->secret[i]) != 0)
            _exit(1);
    }
    return 0;
}

/* One request. False once the other side is gone. */
static bool serve(struct child *c)
{
    const struct link_source from = {.fd = SOCKET_FD};
    struct bytes body = {0}, out = {0};
    struct link_head head;
    struct wire_in in;
    enum link_end end = link_receive(&from, LINK_REQUEST_MAX, &head, &body);
    struct err e;
    int rc;

    if (end == LINK_NO_MEMORY)
        _exit(AGENT_CHILD_NO_MEMORY);
    if (end != LINK_OK || head.kind >= LINK_OPS || ops[head.kind] == NULL) {
        bytes_clear(&body);
        return false;
    }
    in = (struct wire_in){bytes_span(&body), false};
    err_clear(&e);
    rc = receive_secrets(c, &head, &e);
    if (rc != 0)
        _exit(AGENT_CHILD_NO_MEMORY); /* the rest of the frame can't be told from the next one */
    rc = ops[head.kind](c, &in, &out, &e);
    free_secrets(c);
    if (!wire_done(&in))
        _exit(rc < 0 && e.code == ERR_INTERNAL ? AGENT_CHILD_NO_MEMORY : 1);
    if (rc <= 0)
        answer(rc, &out, &e);
    bytes_clear(&body);
    bytes_clear(&out);
    return true;
}

_Noreturn void agent_child_run(int fd, const struct agent_job *job, pid_t parent)
{
    struct child c = {0};
    struct bytes hello = {0};
    struct err e;
    int rc;

    set_signals();
    if (leave_only(fd, job->channel) != 0)
        _exit(1);
    err_clear(&e);
    rc = confine(job, parent, &e);
    if (rc == 0)
        rc = job->make(job->arg, &c.tokens, &e);
    answer(rc, &hello, &e);
    bytes_clear(&hello);
    while (rc == 0 && serve(&c))
        continue;
    tokens_free(c.tokens);
    _exit(0);
}
