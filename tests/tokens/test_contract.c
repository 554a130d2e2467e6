/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "stack_real.h"
#include "stacks.h"

/* The fake does whatever the contract asks for; it keeps its PINs where it keeps all. */
#define FAKE_LIMITS                                                                                \
    {                                                                                              \
        .has = {[KEY_P256] = true, [KEY_P384] = true, [KEY_ED25519] = true, [KEY_RSA] = true},     \
        .sets_up = true, .grows = true, .destroys = true, .tells_low = true, .tells_last = true,   \
        .locks = 3, .local = CLAIM_YES, .never_extractable = CLAIM_YES, .pin_while_in = true       \
    }

static const struct stack stacks[] = {
    {.name = "fake", .open = stack_fake, .event = stack_fake_event, .limits = FAKE_LIMITS},
    {.name = "softhsm", .row = "SoftHSM", .open = stack_softhsm},
    {.name = "agent-softhsm", .row = "SoftHSM", .open = stack_agent_softhsm},
    {.name = "modules-softhsm", .row = "SoftHSM", .open = stack_modules_softhsm},
    {.name = "card",
     .row = "SmartCard-HSM",
     .open = stack_card,
     .event = stack_card_event,
     .so_pin = CARD_SO_PIN},
    {.name = "card-uncached",
     .row = "SmartCard-HSM, uncached",
     .open = stack_card,
     .event = stack_card_event,
     .so_pin = CARD_SO_PIN},
    {.name = "yubikey",
     .row = "YubiKey",
     .open = stack_card,
     .event = stack_card_event,
     .management = YUBIKEY_MANAGEMENT_KEY,
     .certificates = 2}, /* one to have one, one that attests */
    {.name = "tpm", .row = "TPM", .open = stack_real, .event = stack_real_event},
    {.name = "opencryptoki", .row = "opencryptoki", .open = stack_real, .event = stack_real_event},
    {.name = "p11-kit", .row = "p11-kit remote", .open = stack_real, .event = stack_real_event},
};

/* test_contract STACK [TEST]: TEST may have wildcards. */
int main(int argc, char **argv)
{
    int skip;

    for (size_t i = 0; argc >= 2 && i < sizeof stacks / sizeof stacks[0]; i++)
        if (strcmp(argv[1], stacks[i].name) == 0) {
            skip = strstr(stacks[i].name, "softhsm") != NULL ? softhsm_missing() : 0;
            if (argc > 2)
                cmocka_set_test_filter(argv[2]);
            return skip != 0 ? skip : contract_run(&stacks[i]);
        }
    fprintf(stderr, "usage: test_contract STACK [TEST]\n");
    return 2;
}
