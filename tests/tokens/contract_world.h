/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contract_world.h - what the tests of the contract share (contract.c, contract_pin.c,
 * contract_batch.c, contract_change.c, contract_removal.c, contract_memory.c).
 */
#ifndef TESTS_CONTRACT_WORLD_H
#define TESTS_CONTRACT_WORLD_H

#include "contract.h"

/* A test's world: the stack and its freshly opened tokens. */
struct world {
    const struct stack *stack;
    struct limits limits;
    char dir[64];
    struct tokens *t;
};

int contract_login(struct tokens *t, const struct token_id *id, const char *pin,
                   enum pin_state *state, struct err *e);
/* With the right PIN; fails the test otherwise. */
void contract_log_in(struct tokens *t, const char *label);
/* The error has that code, says what failed and what to do. */
void contract_three_parts(const struct err *e, enum err_code code);
const char *contract_so_pin(const struct world *w);
/* A key type that the stack has: P-256 if it can. */
enum key_type contract_type(const struct world *w);
/* Makes a key, by the SO where the stack wants that; the keyholder is logged in afterwards. */
int contract_make(struct world *w, enum key_type type, struct token_key *out, struct err *e);
/* A new key's public half, freed by the caller. */
struct key *contract_generate(struct world *w, enum key_type type);
/* Signs with the key and checks the signature with OpenSSL. */
void contract_sign(struct world *w, const struct key *key);

void refuses_a_wrong_pin_and_takes_the_right_one(void **state);
void a_wrong_pin_ends_the_login_before(void **state);
void locks_or_never_does(void **state);
void initialises_a_fresh_token(void **state);
void initialising_destroys_and_needs_the_so_pin(void **state);
/* contract_change.c */
void changes_the_pin(void **state);
void changes_the_so_pin(void **state);
void the_so_pin_gives_a_new_pin_and_keys_stay(void **state);
void a_fresh_token_has_no_pin_to_change(void **state);
void shows_public_keys_without_a_pin(void **state);

void signs_a_batch_in_order(void **state);
void a_batch_stops_where_the_taker_stops(void **state);
void a_paused_batch_takes_what_is_under_way(void **state);
void a_batch_ends_at_a_key_that_is_not_there(void **state);
void a_batch_needs_a_login(void **state);

/* contract_removal.c: a stack without the event passes them. */
void pulled_and_put_back(void **state);
void pulled_while_it_signs(void **state);
void swapped(void **state);
void two_that_look_the_same(void **state);
void a_failure_in_the_token(void **state);
void a_wrong_signature(void **state);
void a_pin_pad(void **state);
void a_dead_daemon(void **state);

/* contract_odd.c */
void an_odd_key_hides_no_other(void **state);
void a_module_signs_in_its_own_way_or_not_at_all(void **state);

/* contract_memory.c */
void no_copy_of_the_pin(void **state);

#endif
