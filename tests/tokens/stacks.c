/* SPDX-License-Identifier: Apache-2.0 */
#include "stacks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_token.h"
#include "tokens/pkcs11/modules.h"
#include "tokens/pkcs11/p11.h"
#include "tokens/pkcs11/softhsm.h"
#include "tokens/worker/agent.h"

/* SoftHSM 2.6.1 forgets to free what it decodes for each Ed25519 key and signature. LeakSanitizer
 * asks these two for what is not ours; the whole stack is needed to tell, and the module loaded. */
const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libsofthsm2.so\n";
}

const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0:malloc_context_size=14";
}

int softhsm_missing(void)
{
    if (softhsm_module() != NULL) {
        (void)dlopen(softhsm_module(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        return 0;
    }
    fprintf(stderr, "SKIPPED: SoftHSM is not installed (package softhsm2)\n");
    return getenv("CI") != NULL ? 1 : 77;
}

const char *stack_module(void)
{
    return getenv("STACK_MODULE") != NULL ? getenv("STACK_MODULE") : softhsm_module();
}

int stack_fake(const char *dir, struct tokens **out, struct err *e)
{
    (void)dir;
    if (fake_new(out, e) != 0)
        return -1;
    if (fake_add(*out, "F-1", CONTRACT_A, CONTRACT_SO_PIN, CONTRACT_PIN, e) == 0 &&
        fake_add(*out, "F-2", CONTRACT_B, CONTRACT_SO_PIN, CONTRACT_PIN, e) == 0 &&
        fake_add(*out, "F-3", "", CONTRACT_SO_PIN, "", e) == 0 &&
        fake_add(*out, "F-4", "", CONTRACT_SO_PIN, "", e) == 0)
        return 0;
    tokens_free(*out);
    *out = NULL;
    return -1;
}

bool stack_fake_event(struct tokens *t, enum stack_event event)
{
    static const struct fake_row removed[] = {{FAKE_SIGN, 1, FAKE_REMOVED}};
    static const struct fake_row corrupt[] = {{FAKE_SIGN, 1, FAKE_CORRUPT}};
    static const struct fake_row fails[] = {{FAKE_SIGN, 1, FAKE_FAILS}};

    switch (event) {
    case STACK_PULL:
    case STACK_PUT_BACK:
        fake_insert(t, "F-1", event == STACK_PUT_BACK);
        return true;
    case STACK_PULL_LATER:
        fake_script(t, removed, 1);
        return true;
    case STACK_FAIL_ONCE:
        fake_script(t, fails, 1);
        return true;
    case STACK_SPOIL_ONCE:
        fake_script(t, corrupt, 1);
        return true;
    case STACK_PIN_PAD:
        fake_pin_pad(t, "F-1");
        return true;
    default:
        return false;
    }
}

int stack_softhsm(const char *dir, struct tokens **out, struct err *e)
{
    const char *module = softhsm_module();
    struct secret *so = secret_of(CONTRACT_SO_PIN), *pin = secret_of(CONTRACT_PIN);
    int rc = softhsm_use(dir, e);

    if (rc == 0)
        rc = p11_open(&module, 1, out, e);
    if (rc == 0 && (softhsm_add(*out, CONTRACT_A, so, pin, e) != 0 ||
                    softhsm_add(*out, CONTRACT_B, so, pin, e) != 0)) {
        tokens_free(*out);
        *out = NULL;
        rc = -1;
    }
    secret_free(so);
    secret_free(pin);
    return rc;
}

/* The agent keeps the argument for a later child. */
static char agent_dir[256];

static int make_fake(void *arg, struct tokens **out, struct err *e)
{
    return stack_fake(arg, out, e);
}

/* The tokens are there: a child that comes after another finds what that one left. */
static int make_softhsm(void *arg, struct tokens **out, struct err *e)
{
    const char *module = softhsm_module();

    return softhsm_use(arg, e) == 0 ? p11_open(&module, 1, out, e) : -1;
}

int stack_agent_fake(const char *dir, struct tokens **out, struct err *e)
{
    snprintf(agent_dir, sizeof agent_dir, "%s", dir);
    return agent_start(make_fake, agent_dir, NULL, out, e);
}

int stack_agent_softhsm(const char *dir, struct tokens **out, struct err *e)
{
    struct tokens *plain;

    if (stack_softhsm(dir, &plain, e) != 0)
        return -1;
    tokens_free(plain);
    snprintf(agent_dir, sizeof agent_dir, "%s", dir);
    return agent_start_job(
        &(struct agent_job){
            .make = make_softhsm, .arg = agent_dir, .folder = agent_dir, .channel = -1},
        NULL, out, e);
}

int stack_modules_softhsm(const char *dir, struct tokens **out, struct err *e)
{
    const char *path = softhsm_module();
    struct tokens *plain;

    /* leaves SOFTHSM2_CONF, and the two tokens */
    if (stack_softhsm(dir, &plain, e) != 0)
        return -1;
    tokens_free(plain);
    return modules_open(&path, 1, NULL, NULL, out, e);
}
