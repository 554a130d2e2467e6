/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/broker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tokens/worker/broker_child.h"

struct broker {
    pid_t pid;
    int fd;
};

/* Two ends; the kernel tells the second one who sends. */
static int make_pair(int pair[2])
{
    int on = 1;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    if (setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0)
        return 0;
    close(pair[0]);
    close(pair[1]);
    return -1;
}

int broker_start(struct broker **out, struct err *e)
{
    struct broker *b = calloc(1, sizeof *b);
    pid_t parent = getpid();
    int pair[2];

    *out = NULL;
    if (b == NULL)
        return err_oom(e);
    if (make_pair(pair) != 0) {
        free(b);
        return err_system(e, errno, "the broker for connections can't be reached");
    }
    if ((b->pid = fork()) == 0)
        broker_child_run(pair[1], parent);
    close(pair[1]);
    b->fd = pair[0];
    if (b->pid > 0) {
        *out = b;
        return 0;
    }
    err_system(e, errno, "the broker for connections can't be started");
    close(pair[0]);
    free(b);
    return -1;
}

void broker_free(struct broker *b)
{
    if (b == NULL)
        return;
    close(b->fd);
    kill(b->pid, SIGKILL);
    while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(b);
}

/* The rule, and with it the broker's end of the channel. */
static int send_rule(int fd, const struct net_rule *r, int end)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    struct net_rule copy = *r;
    struct iovec part = {&copy, sizeof copy};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof control.space};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof end);
    memcpy(CMSG_DATA(c), &end, sizeof end);
    return sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)sizeof copy ? 0 : -1;
}

int broker_channel(struct broker *b, const struct net_rule *r, int *out, struct err *e)
{
    int pair[2], rc;

    *out = -1;
    if (make_pair(pair) != 0)
        return err_system(e, errno, "a channel to the broker can't be made");
    rc = send_rule(b->fd, r, pair[1]);
    close(pair[1]);
    if (rc != 0) {
        err_system(e, errno, "the broker for connections does not listen");
        close(pair[0]);
        return -1;
    }
    *out = pair[0];
    return 0;
}
