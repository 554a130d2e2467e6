/* SPDX-License-Identifier: Apache-2.0 */
/* "modules": which PKCS#11 module may reach something over the network. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan_read.h"

#define MODULES_MAX 8 /* the broker's channels */
#define MODULE_MAX  500
#define NETWORK_MAX 64

void plan_modules_clear(struct plan *p)
{
    for (size_t i = 0; i < p->nmodules; i++) {
        free(p->modules[i].module);
        free(p->modules[i].network);
    }
    free(p->modules);
}

static int module_read(struct json object, struct plan_module *m, struct err *e)
{
    static const char *const known[] = {"module", "network", NULL};
    struct json network;

    if (json_kind(object) != JSON_OBJECT)
        return json_refuse(object, e,
                           "a module is an object as {\"module\": \"yubihsm_pkcs11.so\", "
                           "\"network\": \"loopback\"}");
    if (json_only(object, known, e) != 0 ||
        plan_text(object, "module", MODULE_MAX, &m->module, e) != 0 ||
        plan_text(object, "network", NETWORK_MAX, &m->network, e) != 0 ||
        json_need(object, "network", JSON_STRING, &network, e) != 0)
        return -1;
    if (net_rule_parse(m->network, &m->rule, e) == 0)
        return 0;
    return json_refuse(network, e,
                       "'network' is \"loopback\" or the IP address of one host; names "
                       "are not looked up");
}

int plan_modules_read(struct json object, struct plan *p, struct err *e)
{
    struct json list, item;
    struct json_iter it;

    if (!json_get(object, "modules", &list))
        return 0;
    if (json_kind(list) != JSON_ARRAY || json_count(list) == 0 || json_count(list) > MODULES_MAX)
        return json_refuse(list, e, "'modules' is a list of 1 to %d modules", MODULES_MAX);
    if ((p->modules = calloc(json_count(list), sizeof *p->modules)) == NULL)
        return err_oom(e);
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item)) {
        struct plan_module *m = &p->modules[p->nmodules++];

        if (module_read(item, m, e) != 0)
            return -1;
        for (size_t i = 0; i + 1 < p->nmodules; i++)
            if (strcmp(p->modules[i].module, m->module) == 0)
                return json_refuse(item, e, "module '%s' is there twice", m->module);
    }
    return 0;
}

int plan_modules_check(const struct plan *p, struct findings *out)
{
    for (size_t i = 0; i < p->nmodules; i++)
        if (finding_add(out, FINDING_WARNING, "module-network",
                        "leave it out unless that token can't be reached without",
                        "module '%s' may open connections to %s", p->modules[i].module,
                        p->modules[i].rule.loopback ? "this machine itself (loopback)"
                                                    : p->modules[i].network) != 0)
            return -1;
    return 0;
}
