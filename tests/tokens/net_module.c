/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_module.c - a library like a vendor's, which opens connections as any program does. It is no
 * PKCS#11 module: the tests call net_reach themselves.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Connects, and reads one byte: it, or minus errno. `how`: 0 as usual, 1 with UDP, 2 by system
 * calls of its own. */
int net_reach(const char *address, int port, int how);

static int talk(int fd)
{
    char c = 0;
    int rc = (int)read(fd, &c, 1);

    return rc == 1 ? c : rc < 0 ? -errno : -ENODATA;
}

static int open_one(int family, int how)
{
    if (how == 2)
        return (int)syscall(SYS_socket, family, SOCK_STREAM, 0);
    return socket(family, (how == 1 ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
}

int net_reach(const char *address, int port, int how)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
    int six = strchr(address, ':') != NULL, fd = open_one(six ? AF_INET6 : AF_INET, how), rc;

    if (fd < 0)
        return -errno;
    if (inet_pton(six ? AF_INET6 : AF_INET, address,
                  six ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
        rc = -EINVAL;
    else if (six ? connect(fd, (struct sockaddr *)&v6, sizeof v6) != 0
                 : connect(fd, (struct sockaddr *)&v4, sizeof v4) != 0)
        rc = -errno;
    else
        rc = talk(fd);
    close(fd);
    return rc;
}
