/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/broker_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tokens/worker/broker.h"

#define CONTROL_FD   3
#define CHANNELS_MAX 8
#define CONNECT_MS   10000

struct channel {
    int fd;
    struct net_rule rule;
};

struct child {
    pid_t parent;
    struct channel channels[CHANNELS_MAX];
    size_t n;
};

/* A message, who sent it (0: not told; the sockets are made so that the kernel tells), and a
 * descriptor that came with it (or -1). */
struct message {
    union {
        struct net_rule rule;
        struct sockaddr_storage address;
    } body;
    ssize_t n;
    pid_t from;
    int fd;
};

/* It opens connections and does nothing else. */
static int shut_in(pid_t parent)
{
    static const int needless[] = {
        SCMP_SYS(open),   SCMP_SYS(openat),   SCMP_SYS(openat2), SCMP_SYS(creat),
        SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(bind),    SCMP_SYS(listen),
        SCMP_SYS(accept), SCMP_SYS(accept4),  SCMP_SYS(ptrace),  SCMP_SYS(fork),
        SCMP_SYS(vfork),  SCMP_SYS(clone),    SCMP_SYS(clone3),  SCMP_SYS(io_uring_setup),
    };
    const struct rlimit none = {0, 0};
    scmp_filter_ctx f;
    int rc = 0;

    (void)setsid();
    (void)signal(SIGPIPE, SIG_IGN);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &none) != 0 || getppid() != parent ||
        (f = seccomp_init(SCMP_ACT_ALLOW)) == NULL)
        return -1;
    for (size_t i = 0; rc == 0 && i < sizeof needless / sizeof needless[0]; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), needless[i], 0);
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc;
}

static int leave_only(int fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return -1;
    for (int i = 0; i < CONTROL_FD; i++)
        if (dup2(null, i) < 0)
            return -1;
    if (fd != CONTROL_FD && dup2(fd, CONTROL_FD) < 0)
        return -1;
    return close_range(CONTROL_FD + 1, ~0U, 0);
}

static void take_control(const struct cmsghdr *c, struct message *out)
{
    struct ucred who;

    if (c->cmsg_level != SOL_SOCKET)
        return;
    if (c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof who)) {
        memcpy(&who, CMSG_DATA(c), sizeof who);
        out->from = who.pid;
    }
    if (c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof out->fd) && out->fd < 0)
        memcpy(&out->fd, CMSG_DATA(c), sizeof out->fd);
}

/* False when the other end is closed. */
static bool receive(int fd, struct message *out)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    struct iovec part = {&out->body, sizeof out->body};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof control.space};

    memset(out, 0, sizeof *out);
    out->fd = -1;
    while ((out->n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        continue;
    if (out->n <= 0)
        return false;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c))
        take_control(c, out);
    return true;
}

static void take_rule(struct child *c, const struct message *m)
{
    if (m->fd < 0)
        return;
    if (m->from != c->parent || m->n != sizeof m->body.rule || c->n == CHANNELS_MAX) {
        close(m->fd);
        return;
    }
    c->channels[c->n++] = (struct channel){m->fd, m->body.rule};
}

/* A connected socket, or -1 and errno. */
static int reach(const struct sockaddr_storage *a, socklen_t n)
{
    int fd = socket(a->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), why = 0;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof why;

    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)a, n) != 0 && errno != EINPROGRESS)
        why = errno;
    else if (poll(&p, 1, CONNECT_MS) != 1)
        why = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) != 0)
        why = errno;
    if (why == 0 && fcntl(fd, F_SETFL, 0) == 0)
        return fd;
    close(fd);
    errno = why != 0 ? why : EACCES;
    return -1;
}

static void answer(int channel, int fd, int why)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    struct iovec part = {&why, sizeof why};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

    if (fd >= 0) {
        struct cmsghdr *c = &control.head;

        m.msg_control = control.space;
        m.msg_controllen = sizeof control.space;
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    (void)sendmsg(channel, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (fd >= 0)
        close(fd);
}

/* One request; false when the channel is closed. */
static bool serve(const struct child *c, const struct channel *ch)
{
    struct message m;
    int fd = -1;

    if (!receive(ch->fd, &m))
        return false;
    if (m.fd >= 0)
        close(m.fd);
    errno = EACCES;
    if (m.from != 0 && m.from != c->parent &&
        net_rule_allows(&ch->rule, &m.body.address, (size_t)m.n))
        fd = reach(&m.body.address, (socklen_t)m.n);
    answer(ch->fd, fd, fd >= 0 ? 0 : errno);
    return true;
}

static void serve_all(struct child *c, const struct pollfd *watched)
{
    for (size_t i = c->n; i-- > 0;)
        if (watched[i + 1].revents != 0 && !serve(c, &c->channels[i])) {
            close(c->channels[i].fd);
            c->channels[i] = c->channels[--c->n];
        }
}

_Noreturn void broker_child_run(int fd, pid_t parent)
{
    struct child c = {.parent = parent};
    struct pollfd watched[CHANNELS_MAX + 1];
    struct message m;

    if (leave_only(fd) != 0 || shut_in(parent) != 0)
        _exit(1);
    for (;;) {
        watched[0] = (struct pollfd){.fd = CONTROL_FD, .events = POLLIN};
        for (size_t i = 0; i < c.n; i++)
            watched[i + 1] = (struct pollfd){.fd = c.channels[i].fd, .events = POLLIN};
        if (poll(watched, (nfds_t)c.n + 1, -1) < 0)
            continue;
        serve_all(&c, watched); /* before a rule is taken: they are those that were watched */
        if (watched[0].revents == 0)
            continue;
        if (!receive(CONTROL_FD, &m))
            _exit(0);
        take_rule(&c, &m);
    }
}
