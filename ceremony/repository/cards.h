/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cards.h - who holds which key, as the cards in a bundle's keys/ say it: "<keyid>.json".
 *
 * Nobody signed them: a card tells people whom to ask, and no rule goes by it.
 */
#ifndef CEREMONY_CARDS_H
#define CEREMONY_CARDS_H

#include "ceremony/changes/describe.h"
#include "ceremony/store/store.h"

struct card {
    char *keyid, *holder;
    char *bag;                                      /* of the holder's token, or NULL */
    char *token;                                    /* a pkcs11: URI (RFC 7512), or NULL */
    char *manufacturer, *model, *serial, *firmware; /* of that token, as recorded; each or NULL */
};

struct cards {
    struct card *items;
    size_t n;
};

/* Is it the name of a card, in whatever folder? */
bool card_is_named(const char *path);
/* Reads one; what is no card is left out. Errors: ERR_IO, ERR_INTERNAL. */
int cards_add(struct cards *c, struct store *s, const char *name, struct err *e);
/* Adds those of the bundle in which that metadata file lies: metadata/ and keys/ are beside each
 * other. No such folder: no cards. */
int cards_beside(struct cards *c, const char *file, struct err *e);
void cards_clear(struct cards *c);
const struct card *cards_find(const struct cards *c, const char *keyid); /* or NULL */
struct describe_names describe_cards(const struct cards *c);

#endif
