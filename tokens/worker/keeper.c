/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tokens/worker/connector.h"

#define GRACE_MS 3000 /* to finish what the token is doing when the ceremony's process is gone */

/* A path, with its NUL, and nothing behind it: an abstract address begins with a NUL. */
static bool allows(const void *self, const void *address, size_t n, pid_t from)
{
    struct sockaddr_un a = {0};

    (void)from;
    if (n > sizeof a || n <= offsetof(struct sockaddr_un, sun_path))
        return false;
    memcpy(&a, address, n);
    return a.sun_family == AF_UNIX && memchr(a.sun_path, '\0', sizeof a.sun_path) != NULL &&
           needs_socket(self, a.sun_path);
}

/* A token that is writing is not interrupted (SoftHSM loses a token whose file it had just emptied):
 * the module's process ends by itself when it looks for the next request, or here. */
static _Noreturn void keep(const struct needs *needs, int channel, int ceremony, pid_t module)
{
    struct pollfd p[2];

    if (connector_confine(&channel, &ceremony, module) != 0)
        _exit(1);
    p[0] = (struct pollfd){.fd = channel, .events = POLLIN};
    p[1] = (struct pollfd){.fd = ceremony, .events = POLLIN};
    while (poll(p, 2, -1) > 0 && p[1].revents == 0)
        if (p[0].revents != 0 && !connector_serve(channel, allows, needs))
            p[0].fd = -1; /* the module closed it, and is watched all the same */
    (void)poll(NULL, 0, GRACE_MS);
    if (getppid() == module)
        kill(module, SIGKILL);
    _exit(0);
}

int keeper_start(const struct needs *needs, pid_t parent, int *channel, struct err *e)
{
    int pair[2], ceremony = pidfd_open(parent, 0);
    pid_t self = getpid(), pid;

    if (getppid() != parent)
        _exit(0); /* the ceremony died before the first line */
    if (ceremony < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return err_system(e, errno, "the keeper of the helper for tokens can't be reached");
    if ((pid = fork()) == 0)
        keep(needs, pair[1], ceremony, self);
    close(pair[1]);
    close(ceremony);
    if (pid > 0) {
        *channel = pair[0];
        return 0;
    }
    err_system(e, errno, "the keeper of the helper for tokens can't be started");
    close(pair[0]);
    return -1;
}
