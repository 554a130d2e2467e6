/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "projects.h"

int projects_new(void **state, void (*first_year)(struct projects *p))
{
    struct projects *p = calloc(1, sizeof *p);

    if (p == NULL)
        return -1;
    signer_init(&p->developers[0], KEY_ED25519);
    signer_init(&p->developers[1], KEY_P256);
    first_year(p);
    *state = p;
    return 0;
}

int projects_clear(void **state)
{
    struct projects *p = *state;

    if (p->next.dir[0] != '\0')
        room_clear(&p->next);
    room_clear(&p->first);
    signer_clear(&p->developers[0]);
    signer_clear(&p->developers[1]);
    free(p);
    return 0;
}

void projects_tree(struct projects *p)
{
    struct bytes online;

    tree_make(&p->first);
    online = (struct bytes){0};
    room_read(&p->first, "inputs/online.pem", &online);
    room_write(&p->first, "inputs/keys/online.pem", bytes_span(&online));
    bytes_clear(&online);
}

void projects_key(const struct room *r, const char *name, const struct key *key)
{
    struct bytes pem;
    struct err e;

    pem = (struct bytes){0};
    assert_int_equal(key_put_pem(key, &pem, &e), 0);
    room_write(r, name, bytes_span(&pem));
    bytes_clear(&pem);
}
