/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "stacks.h"

static const struct stack stacks[] = {
    {.name = "fake", .open = stack_fake, .locks = true, .tells_low = true, .grows = true},
    {.name = "softhsm", .open = stack_softhsm, .tells_low = true, .grows = true},
    {.name = "agent-fake",
     .open = stack_agent_fake,
     .locks = true,
     .tells_low = true,
     .grows = true},
    {.name = "agent-softhsm", .open = stack_agent_softhsm, .tells_low = true, .grows = true},
    {.name = "modules-softhsm", .open = stack_modules_softhsm, .tells_low = true, .grows = true},
};

int main(int argc, char **argv)
{
    int skip;

    for (size_t i = 0; argc == 2 && i < sizeof stacks / sizeof stacks[0]; i++)
        if (strcmp(argv[1], stacks[i].name) == 0) {
            skip = strstr(stacks[i].name, "softhsm") != NULL ? softhsm_missing() : 0;
            return skip != 0 ? skip : contract_run(&stacks[i]);
        }
    fprintf(stderr, "usage: test_contract STACK\n");
    return 2;
}
