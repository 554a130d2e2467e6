/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/moves/move_keys.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

#define KEY_FILE_MAX ((size_t)16 << 10)

void move_keys_clear(struct move_keys *k)
{
    for (size_t i = 0; i < k->n; i++)
        key_free(k->items[i].key);
    free(k->items);
    *k = (struct move_keys){0};
}

static int by_name(const void *a, const void *b)
{
    const struct move_key *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : (x->move > y->move) - (x->move < y->move);
}

/* What the store or the key's reader refused is the move's fault, and has its place. */
static int refuse(const struct move_list *l, const struct move_key *k, const struct err *why,
                  struct err *e)
{
    if (why->code != ERR_INPUT && why->code != ERR_SECRET && why->code != ERR_UNSUPPORTED) {
        *e = *why;
        return err_in(e, "the key '%.128s'", k->name);
    }
    move_refuse(l, &l->items[k->move], e, "'%.128s' is no public key: %s", k->name, why->what);
    e->code = why->code;
    return err_todo(e, "%s", err_todo_text(why));
}

static int key_read(const struct move_list *l, struct store *store, struct move_key *k,
                    struct err *e)
{
    struct bytes path = {0}, pem = {0};
    struct err why;
    int rc;

    err_clear(&why);
    bytes_printf(&path, MOVES_KEYS_DIR "%s", k->name);
    rc = bytes_failed(&path)
             ? err_oom(&why)
             : store->ops->read(store->self, bytes_str(&path), KEY_FILE_MAX, &pem, &why);
    if (rc > 0)
        rc = key_from_bytes(bytes_span(&pem), &k->key, &why) == 0 ? 1 : -1;
    if (rc == 0) {
        move_refuse(l, &l->items[k->move], e, "the key '%.128s' is not in " MOVES_KEYS_DIR,
                    k->name);
        err_todo(e, "put the developer's public key there (PEM), or correct the name");
    } else if (rc < 0)
        refuse(l, k, &why, e);
    bytes_clear(&path);
    bytes_clear(&pem);
    return rc > 0 ? 0 : -1;
}

int move_keys_read(const struct move_list *l, struct store *store, struct move_keys *out,
                   struct err *e)
{
    struct move_keys k = {0};
    size_t n = 0, kept = 0;

    *out = k;
    /* Every name once, with the first move that names it. */
    for (size_t i = 0; i < l->n; i++)
        n += l->items[i].nkeys;
    if ((k.items = calloc(n + 1, sizeof *k.items)) == NULL)
        return err_oom(e);
    n = 0;
    for (size_t i = 0; i < l->n; i++)
        for (size_t j = 0; j < l->items[i].nkeys; j++)
            k.items[n++] = (struct move_key){.name = l->items[i].keys[j], .move = i};
    qsort(k.items, n, sizeof *k.items, by_name);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || strcmp(k.items[kept - 1].name, k.items[i].name) != 0)
            k.items[kept++] = k.items[i];
    k.n = kept;
    for (size_t i = 0; i < k.n; i++)
        if (key_read(l, store, &k.items[i], e) != 0) {
            move_keys_clear(&k);
            return -1;
        }
    *out = k;
    return 0;
}

const struct key *move_keys_find(const struct move_keys *k, const char *name)
{
    const struct move_key *found = array_find(k->items, k->n, sizeof *k->items, name);

    return found != NULL ? found->key : NULL;
}
