/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/broker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANNEL_FD 3
#define CONNECT_MS 10000

struct broker {
    pid_t pid;
    int fd;
};

bool broker_allows(const void *address, size_t n)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    sa_family_t family;

    if (n < sizeof family)
        return false;
    memcpy(&family, address, sizeof family);
    if (family == AF_INET && n == sizeof v4) {
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (family != AF_INET6 || n != sizeof v6)
        return false;
    memcpy(&v6, address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

/* It opens connections and does nothing else. */
static int confine(pid_t parent)
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
    for (int i = 0; i < CHANNEL_FD; i++)
        if (dup2(null, i) < 0)
            return -1;
    if (fd != CHANNEL_FD && dup2(fd, CHANNEL_FD) < 0)
        return -1;
    return close_range(CHANNEL_FD + 1, ~0U, 0);
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

static void answer(int fd, int why)
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
    (void)sendmsg(CHANNEL_FD, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (fd >= 0)
        close(fd);
}

/* A request, and who sent it (0: not told; the sockets are made so that the kernel tells). Returns
 * its size, 0 when the other end is closed. */
static size_t receive(struct sockaddr_storage *address, pid_t *from)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(struct ucred))]; /* a descriptor that comes along is closed */
    } control = {.space = {0}};
    struct iovec part = {address, sizeof *address};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof control.space};
    const struct cmsghdr *c;
    struct ucred who;
    ssize_t n;

    memset(address, 0, sizeof *address);
    *from = 0;
    while ((n = recvmsg(CHANNEL_FD, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        continue;
    c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
        c->cmsg_len == CMSG_LEN(sizeof who)) {
        memcpy(&who, CMSG_DATA(c), sizeof who);
        *from = who.pid;
    }
    return n > 0 ? (size_t)n : 0;
}

/* What its process does, from its first to its last line. */
static _Noreturn void serve(int fd, pid_t parent)
{
    struct sockaddr_storage address;
    pid_t from;
    size_t n;

    if (leave_only(fd) != 0 || confine(parent) != 0)
        _exit(1);
    while ((n = receive(&address, &from)) > 0) {
        int connected = -1;

        errno = EACCES;
        if (from != 0 && from != parent && broker_allows(&address, n))
            connected = reach(&address, (socklen_t)n);
        answer(connected, connected >= 0 ? 0 : errno);
    }
    _exit(0);
}

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
        serve(pair[1], parent);
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

int broker_channel(const struct broker *b, int *out, struct err *e)
{
    *out = fcntl(b->fd, F_DUPFD_CLOEXEC, 0);
    return *out >= 0 ? 0 : err_system(e, errno, "a channel to the broker can't be made");
}
