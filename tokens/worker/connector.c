/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/connector.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CONNECT_SECONDS 10

static int load_filter(void)
{
    static const int needless[] = {
        SCMP_SYS(open),   SCMP_SYS(openat),   SCMP_SYS(openat2), SCMP_SYS(creat),
        SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(bind),    SCMP_SYS(listen),
        SCMP_SYS(accept), SCMP_SYS(accept4),  SCMP_SYS(ptrace),  SCMP_SYS(fork),
        SCMP_SYS(vfork),  SCMP_SYS(clone),    SCMP_SYS(clone3),  SCMP_SYS(io_uring_setup),
    };
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    int rc = f != NULL ? 0 : -1;

    for (size_t i = 0; rc == 0 && i < sizeof needless / sizeof needless[0]; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), needless[i], 0);
    if (rc == 0)
        rc = seccomp_load(f);
    if (f != NULL)
        seccomp_release(f);
    return rc;
}

/* The two go behind the three of the standard. */
static int leave_only(int *channel, int *other)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), to = STDERR_FILENO + 1;
    int *const kept[] = {channel, other};

    for (size_t i = 0; i < 2; i++) /* out of the way first */
        if (*kept[i] >= 0 && (*kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, to + 2)) < 0)
            return -1;
    for (size_t i = 0; i < 2; i++)
        if (*kept[i] >= 0 && (*kept[i] = dup2(*kept[i], to++)) < 0)
            return -1;
    for (int i = 0; i <= STDERR_FILENO; i++)
        if (null < 0 || dup2(null, i) < 0)
            return -1;
    return close_range((unsigned)to, ~0U, 0);
}

int connector_confine(int *channel, int *other, pid_t parent)
{
    const struct rlimit none = {0, 0};

    (void)setsid();
    (void)signal(SIGPIPE, SIG_IGN);
    if (leave_only(channel, other) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
        prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0 || getppid() != parent)
        return -1;
    return load_filter();
}

/* A connected socket, or -1 and errno. */
static int reach(const struct sockaddr_storage *a, socklen_t n)
{
    const struct timeval limit = {CONNECT_SECONDS, 0}, none = {0, 0};
    int fd = socket(a->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), why;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
        connect(fd, (const struct sockaddr *)a, n) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none) == 0)
        return fd;
    why = errno == EINPROGRESS || errno == EAGAIN ? ETIMEDOUT : errno;
    close(fd);
    errno = why;
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

/* A request, and who sent it (0: not told; the sockets are made so that the kernel tells). Returns
 * its size, 0 when the other end is closed. */
static size_t receive(int channel, struct sockaddr_storage *address, pid_t *from)
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
    while ((n = recvmsg(channel, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        continue;
    c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
        c->cmsg_len == CMSG_LEN(sizeof who)) {
        memcpy(&who, CMSG_DATA(c), sizeof who);
        *from = who.pid;
    }
    return n > 0 ? (size_t)n : 0;
}

bool connector_serve(int channel, connector_allows allows, const void *self)
{
    struct sockaddr_storage address;
    int connected = -1;
    pid_t from;
    size_t n = receive(channel, &address, &from);

    if (n == 0)
        return false;
    errno = EACCES;
    if (allows(self, &address, n, from))
        connected = reach(&address, (socklen_t)n);
    answer(channel, connected, connected >= 0 ? 0 : errno);
    return true;
}
