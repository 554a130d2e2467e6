/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_rule.h - what a module may reach over the network: this machine itself, or one host.
 */
#ifndef TOKENS_NET_RULE_H
#define TOKENS_NET_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metadata/base/err.h"

struct net_rule {
    bool loopback;
    uint8_t host[16]; /* IPv6; IPv4 as ::ffff:a.b.c.d; all zeros when `loopback` */
};

/* "loopback", or an IPv4 or IPv6 address. Errors: ERR_INPUT. */
int net_rule_parse(const char *text, struct net_rule *out, struct err *e);
/* Whether a rule lets that address through (any TCP port). */
bool net_rule_allows(const struct net_rule *r, const void *address, size_t n);

#endif
