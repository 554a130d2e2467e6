/* SPDX-License-Identifier: Apache-2.0 */
/*
 * set_up_token MODULE SERIAL SO_PIN LABEL PIN - initialises a token of a test, as its vendor's tool
 * would. Only for tests: the PINs stand in the command line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "tokens/pkcs11/modules.h"

/* Waits until it is there, five minutes at most. */
static int find(struct tokens *t, const char *serial, struct token_id *out, struct err *e)
{
    for (unsigned i = 0; i < 6000; i++) {
        struct token_list all;

        if (t->driver->list(t->self, &all, e) != 0)
            return -1;
        for (size_t k = 0; k < all.n; k++)
            if (strcmp(all.items[k].id.serial, serial) == 0) {
                *out = all.items[k].id;
                token_list_clear(&all);
                return 0;
            }
        token_list_clear(&all);
        (void)poll(NULL, 0, 50);
    }
    return err_set(e, ERR_TOKEN, "no token has serial '%s'", serial);
}

int main(int argc, char **argv)
{
    struct secret *so, *pin;
    struct tokens *t = NULL;
    struct token_id id;
    struct err e;
    int rc;

    if (argc != 6) {
        fprintf(stderr, "usage: set_up_token MODULE SERIAL SO_PIN LABEL PIN\n");
        return 2;
    }
    so = secret_of(argv[3]);
    pin = secret_of(argv[5]);
    err_clear(&e);
    rc = modules_open((const char *const *)&argv[1], 1, NULL, NULL, &t, &e);
    if (rc == 0 && (rc = find(t, argv[2], &id, &e)) == 0)
        rc = t->driver->initialise(t->self, &id, so, argv[4], pin, &e);
    if (rc != 0)
        err_print(&e, stderr);
    tokens_free(t);
    secret_free(so);
    secret_free(pin);
    return rc == 0 ? 0 : 1;
}
