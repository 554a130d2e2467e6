/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "tokens/worker/net_rule.h"

static void map_v4(const struct in_addr *v4, struct in6_addr *out)
{
    memset(out, 0, sizeof *out);
    out->s6_addr[10] = out->s6_addr[11] = 0xFF;
    memcpy(&out->s6_addr[12], v4, sizeof *v4);
}

static bool is_loopback(const struct in6_addr *a)
{
    return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

int net_rule_parse(const char *text, struct net_rule *out, struct err *e)
{
    struct in6_addr host = {0};
    struct in_addr v4;

    *out = (struct net_rule){0};
    if (strcmp(text, "loopback") == 0) {
        out->loopback = true;
        return 0;
    }
    if (inet_pton(AF_INET, text, &v4) == 1)
        map_v4(&v4, &host);
    else if (inet_pton(AF_INET6, text, &host) != 1)
        host = (struct in6_addr){0};
    if (IN6_IS_ADDR_UNSPECIFIED(&host) || (IN6_IS_ADDR_V4MAPPED(&host) && host.s6_addr[12] == 0)) {
        err_set(e, ERR_INPUT, "'%s' is neither 'loopback' nor the address of a host", text);
        return err_todo(e, "write the host's IPv4 or IPv6 address: names are not looked up");
    }
    memcpy(out->host, &host, sizeof out->host);
    return 0;
}

bool net_rule_allows(const struct net_rule *r, const void *address, size_t n)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6 = {0};
    sa_family_t family;

    if (n < sizeof family)
        return false;
    memcpy(&family, address, sizeof family);
    if (family == AF_INET && n == sizeof v4) {
        memcpy(&v4, address, sizeof v4);
        map_v4(&v4.sin_addr, &v6.sin6_addr);
    } else if (family == AF_INET6 && n == sizeof v6)
        memcpy(&v6, address, sizeof v6);
    else
        return false;
    return r->loopback ? is_loopback(&v6.sin6_addr)
                       : memcmp(&v6.sin6_addr, r->host, sizeof r->host) == 0;
}
