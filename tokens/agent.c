/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tokens/agent_child.h"
#include "tokens/agent_link.h"
#include "tokens/wire.h"

#define GOODBYE_MS 2000 /* to log out and unload; then it is killed */

struct agent {
    agent_make make;
    void *arg;
    struct token_wait wait;
    pid_t pid; /* 0: none runs */
    int fd;
};

/* A request on its way. */
struct request {
    enum link_op op;
    const char *doing;
    struct bytes body;
    const struct secret *secrets[LINK_SECRETS];
    struct bytes answer;
    struct wire_in in; /* over the answer */
};

static void request_init(struct request *r, enum link_op op, const char *doing)
{
    memset(r, 0, sizeof *r);
    r->op = op;
    r->doing = doing;
    bytes_init(&r->body);
    bytes_init(&r->answer);
}

static void request_clear(struct request *r)
{
    bytes_clear(&r->body);
    bytes_clear(&r->answer);
}

/* Ends the child by its pid; *status is how it ended (an end that came before is not changed). */
static void kill_child(struct agent *a, int *status)
{
    *status = 0;
    close(a->fd);
    kill(a->pid, SIGKILL);
    while (waitpid(a->pid, status, 0) < 0 && errno == EINTR)
        continue;
    a->pid = 0;
    a->fd = -1;
}

static int explain(const struct request *r, enum link_end end, int status, struct err *e)
{
    if (end == LINK_LEFT)
        err_set(e, ERR_LEFT, "waiting was given up");
    else if (end == LINK_GARBAGE)
        err_set(e, ERR_TOKEN, "the helper for tokens gave an answer that makes no sense");
    else if (end == LINK_STALLED)
        err_set(e, ERR_TOKEN, "the helper for tokens does not listen any more");
    else if (WIFSIGNALED(status))
        err_set(e, ERR_TOKEN, "the token's module crashed (signal %d, %s)", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    else
        err_set(e, ERR_TOKEN, "the token's module ended the helper (exit status %d)",
                WEXITSTATUS(status));
    err_in(e, "%s", r->doing);
    return err_todo(e, "try again, logging in anew; if it happens twice, use another token");
}

static int broken(struct agent *a, const struct request *r, enum link_end end, struct err *e)
{
    int status;

    kill_child(a, &status);
    return explain(r, end, status, e);
}

/* Reads the error of a failed request; garbage is an end of its own. */
static int failed(struct agent *a, struct request *r, struct err *e)
{
    wire_err(&r->in, e);
    return wire_done(&r->in) ? -1 : broken(a, r, LINK_GARBAGE, e);
}

static int receive(struct agent *a, struct request *r, struct link_head *head, struct err *e)
{
    enum link_end end = link_receive(a->fd, &a->wait, r->doing, LINK_ANSWER_MAX, head, &r->answer);

    if (end == LINK_OK && (head->kind >= LINK_STATUSES || head->has[0] || head->has[1]))
        end = LINK_GARBAGE;
    if (end != LINK_OK)
        return broken(a, r, end, e);
    r->in = (struct wire_in){bytes_span(&r->answer), false};
    return 0;
}

static int fork_child(struct agent *a, struct err *e)
{
    int pair[2], saved;
    pid_t parent = getpid();

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_system(e, errno, "the helper for tokens can't be reached");
    if ((a->pid = fork()) < 0) {
        saved = errno;
        a->pid = 0;
        close(pair[0]);
        close(pair[1]);
        return err_system(e, saved, "the helper for tokens can't be started");
    }
    if (a->pid == 0)
        agent_child_run(pair[1], parent, a->make, a->arg);
    close(pair[1]);
    a->fd = pair[0];
    return 0;
}

static int start(struct agent *a, struct err *e)
{
    struct link_head head = {0};
    struct request r;
    int rc, status;

    if (fork_child(a, e) != 0)
        return -1;
    request_init(&r, LINK_HELLO, "loading the tokens' modules");
    rc = receive(a, &r, &head, e);
    if (rc == 0 && head.kind == LINK_FAILED) {
        rc = failed(a, &r, e);
        if (a->pid != 0)
            kill_child(a, &status);
    }
    request_clear(&r);
    return rc;
}

/* Sends and waits. 0: done or failed by the driver (*kind says which); `in` is to be read. */
static int exchange(struct agent *a, struct request *r, uint8_t *kind, struct err *e)
{
    struct link_head head = {0};
    enum link_end end;

    if (bytes_failed(&r->body))
        return err_oom(e);
    if (a->pid == 0 && start(a, e) != 0)
        return -1;
    end = link_send(a->fd, (uint8_t)r->op, bytes_span(&r->body), r->secrets);
    if (end != LINK_OK)
        return broken(a, r, end, e);
    if (receive(a, r, &head, e) != 0)
        return -1;
    *kind = head.kind;
    return 0;
}

static int call(struct agent *a, struct request *r, struct err *e)
{
    uint8_t kind = LINK_FAILED;

    if (exchange(a, r, &kind, e) != 0)
        return -1;
    return kind == LINK_DONE ? 0 : failed(a, r, e);
}

/* After the answer was read: 0, or a helper that answers nonsense is ended. */
static int finish(struct agent *a, struct request *r, int rc, struct err *e)
{
    if (rc == 0 && !wire_done(&r->in))
        rc = broken(a, r, LINK_GARBAGE, e);
    request_clear(r);
    return rc;
}

static void agent_free(void *self)
{
    struct agent *a = self;
    struct pollfd end = {.fd = a->fd, .events = POLLIN};
    int status;

    if (a->pid != 0) {
        shutdown(a->fd, SHUT_WR);
        while (poll(&end, 1, GOODBYE_MS) < 0 && errno == EINTR)
            continue;
        kill_child(a, &status);
    }
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
    if ((rc = call(a, &r, e)) == 0)
        rc = wire_list(&r.in, &list, e);
    if ((rc = finish(a, &r, rc, e)) == 0)
        *out = list;
    else
        token_list_clear(&list);
    return rc;
}

static int agent_login(void *self, const struct token_id *id, const struct secret *pin,
                       enum pin_state *state, struct err *e)
{
    struct agent *a = self;
    char doing[sizeof id->label + 64];
    struct request r;
    uint8_t kind = LINK_FAILED;
    int rc;

    *state = PIN_OK;
    snprintf(doing, sizeof doing, "waiting for token '%s' to check the PIN", id->label);
    request_init(&r, LINK_LOGIN, doing);
    wire_put_id(&r.body, id);
    r.secrets[0] = pin;
    if ((rc = exchange(a, &r, &kind, e)) == 0) {
        *state = (enum pin_state)wire_below(&r.in, PIN_MUST_CHANGE + 1);
        if (kind == LINK_FAILED)
            rc = failed(a, &r, e);
    }
    return finish(a, &r, rc, e);
}

static int agent_logout(void *self, struct err *e)
{
    struct agent *a = self;
    struct request r;

    if (a->pid == 0)
        return 0; /* the login ended with the helper */
    request_init(&r, LINK_LOGOUT, "logging out");
    return finish(a, &r, call(a, &r, e), e);
}

static int agent_keys(void *self, struct token_key_list *out, struct err *e)
{
    struct agent *a = self;
    struct token_key_list list = {0};
    struct request r;
    int rc;

    memset(out, 0, sizeof *out);
    request_init(&r, LINK_KEYS, "reading the token's keys");
    if ((rc = call(a, &r, e)) == 0)
        rc = wire_key_list(&r.in, &list, e);
    if ((rc = finish(a, &r, rc, e)) == 0)
        *out = list;
    else
        token_key_list_clear(&list);
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
    wire_put_u32(&r.body, (uint32_t)type);
    wire_put(&r.body, span_of(label, strnlen(label, TOKEN_TEXT - 1)));
    if ((rc = call(a, &r, e)) == 0)
        rc = wire_key(&r.in, &k, e);
    if ((rc = finish(a, &r, rc, e)) == 0)
        *out = k;
    else
        token_key_clear(&k);
    return rc;
}

/* What came over the socket is checked again here: the helper runs foreign code. */
static int accept_signature(const struct key *key, struct span message, struct span sig,
                            struct bytes *out, struct err *e)
{
    struct err why;

    if (key_verify(key, message, sig, &why) != 0) {
        err_set(e, ERR_TOKEN, "the helper for tokens gave a signature that is not by the key");
        return err_todo(e, "try again; if it happens twice, use another token");
    }
    bytes_put_span(out, sig);
    return bytes_failed(out) ? err_oom(e) : 0;
}

static int agent_sign(void *self, const struct key *key, struct span message, struct bytes *sig,
                      struct err *e)
{
    struct agent *a = self;
    struct span answer = {0};
    struct request r;
    int rc;

    request_init(&r, LINK_SIGN, "waiting for the token to sign");
    wire_put(&r.body, key_spki(key));
    wire_put(&r.body, message);
    if ((rc = call(a, &r, e)) == 0) {
        answer = wire_span(&r.in);
        if (wire_done(&r.in))
            rc = accept_signature(key, message, answer, sig, e);
    }
    return finish(a, &r, rc, e);
}

static int agent_initialise(void *self, const struct token_id *id, const struct secret *so_pin,
                            const char *label, const struct secret *pin, struct err *e)
{
    struct agent *a = self;
    struct request r;

    request_init(&r, LINK_INITIALISE, "waiting for the token to initialise itself");
    wire_put_id(&r.body, id);
    wire_put(&r.body, span_of(label, strnlen(label, TOKEN_TEXT - 1)));
    r.secrets[0] = so_pin;
    r.secrets[1] = pin;
    return finish(a, &r, call(a, &r, e), e);
}

static const struct token_driver driver = {
    .name = "agent",
    .free = agent_free,
    .list = agent_list,
    .login = agent_login,
    .logout = agent_logout,
    .keys = agent_keys,
    .generate = agent_generate,
    .sign = agent_sign,
    .initialise = agent_initialise,
};

int agent_start(agent_make make, void *arg, const struct token_wait *wait, struct tokens **out,
                struct err *e)
{
    struct tokens *t = calloc(1, sizeof *t);
    struct agent *a = calloc(1, sizeof *a);

    *out = NULL;
    if (t == NULL || a == NULL) {
        free(a);
        free(t);
        return err_oom(e);
    }
    a->make = make;
    a->arg = arg;
    a->fd = -1;
    t->driver = &driver;
    t->self = a;
    agent_set_wait(t, wait);
    if (start(a, e) != 0) {
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
