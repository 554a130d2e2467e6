/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/agent_call.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tokens/worker/agent_batch.h"
#include "tokens/worker/agent_child.h"

void request_init(struct request *r, enum link_op op, const char *doing)
{
    memset(r, 0, sizeof *r);
    r->op = op;
    r->doing.now = doing;
}

static void request_clear(struct request *r)
{
    bytes_clear(&r->body);
    bytes_clear(&r->answer);
}

void agent_kill(struct agent *a, int *status)
{
    *status = 0;
    close(a->fd);
    kill(a->pid, SIGKILL);
    while (waitpid(a->pid, status, 0) < 0 && errno == EINTR)
        continue;
    a->pid = 0;
    a->fd = -1;
    a->has_pin = false;
}

static int explain(const struct request *r, enum link_end end, int status, struct err *e)
{
    if (end == LINK_NO_MEMORY ||
        (WIFEXITED(status) && WEXITSTATUS(status) == AGENT_CHILD_NO_MEMORY))
        return err_oom(e);
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
    err_in(e, "%s", r->doing.now);
    return err_todo(e, "log in again and retry; if it happens twice, use another token");
}

int agent_broken(struct agent *a, const struct request *r, enum link_end end, struct err *e)
{
    int status;

    agent_kill(a, &status);
    return explain(r, end, status, e);
}

/* Reads the error of a failed request; garbage is an end of its own. */
int agent_failed(struct agent *a, struct request *r, struct err *e)
{
    wire_err(&r->in, e);
    return wire_done(&r->in) ? -1 : agent_broken(a, r, LINK_GARBAGE, e);
}

static int receive(struct agent *a, struct request *r, struct link_head *head, struct err *e)
{
    const struct link_source from = {a->fd, &a->wait, &r->doing, NULL};
    enum link_end end = link_receive(&from, LINK_ANSWER_MAX, head, &r->answer);

    if (end == LINK_OK && (head->kind >= LINK_STATUSES || head->has[0] || head->has[1]))
        end = LINK_GARBAGE;
    if (end != LINK_OK)
        return agent_broken(a, r, end, e);
    r->in = (struct wire_in){bytes_span(&r->answer), false};
    return 0;
}

static int fork_child(struct agent *a, struct err *e)
{
    int pair[2], saved;
    pid_t parent = getpid();

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_system(e, errno, "the helper for tokens can't be reached");
    for (size_t i = 0; i < 2; i++)
        agent_batch_room(pair[i]);
    if ((a->pid = fork()) < 0) {
        saved = errno;
        a->pid = 0;
        close(pair[0]);
        close(pair[1]);
        return err_system(e, saved, "the helper for tokens can't be started");
    }
    if (a->pid == 0)
        agent_child_run(pair[1], &a->job, parent);
    close(pair[1]);
    a->fd = pair[0];
    return 0;
}

int agent_begin(struct agent *a, struct err *e)
{
    struct link_head head = {0};
    struct request r;
    int rc, status;

    if (fork_child(a, e) != 0)
        return -1;
    request_init(&r, LINK_HELLO, "loading the tokens' modules");
    rc = receive(a, &r, &head, e);
    if (rc == 0 && head.kind == LINK_FAILED) {
        rc = agent_failed(a, &r, e);
        if (a->pid != 0)
            agent_kill(a, &status);
    }
    request_clear(&r);
    return rc;
}

int agent_exchange(struct agent *a, struct request *r, uint8_t *kind, struct err *e)
{
    struct link_head head = {0};
    enum link_end end;

    if (bytes_failed(&r->body))
        return err_oom(e);
    if (a->pid == 0 && agent_begin(a, e) != 0)
        return -1;
    a->has_pin = a->has_pin || r->secrets[0] != NULL || r->secrets[1] != NULL;
    end = link_send(a->fd, (uint8_t)r->op, bytes_span(&r->body), r->secrets);
    if (end != LINK_OK)
        return agent_broken(a, r, end, e);
    if (receive(a, r, &head, e) != 0)
        return -1;
    *kind = head.kind;
    return 0;
}

int agent_call(struct agent *a, struct request *r, struct err *e)
{
    uint8_t kind = LINK_FAILED;

    if (agent_exchange(a, r, &kind, e) != 0)
        return -1;
    return kind == LINK_DONE ? 0 : agent_failed(a, r, e);
}

int agent_finish(struct agent *a, struct request *r, int rc, struct err *e)
{
    if (rc == 0 && !wire_done(&r->in))
        rc = agent_broken(a, r, LINK_GARBAGE, e);
    request_clear(r);
    return rc;
}
