/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "ceremony/acts/enrol.h"
#include "ceremony/base/finding.h"
#include "ceremony/base/memory.h"
#include "ceremony/base/words.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/cli/pin.h"
#include "tokens/kind.h"
#include "tokens/uri.h"

/* The holder's first seat without a key. */
static int seat_find(const struct context *d, size_t holder, size_t *out, struct err *e)
{
    const struct session *s = ceremony_session(d->c);

    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->plan->seats[i].holder == holder && s->seats[i].key == NULL) {
            *out = i;
            return 0;
        }
    err_set(e, ERR_INCOMPLETE, "'%s' has every key that the plan asks for",
            s->plan->holders[holder].name);
    return err_todo(e, "to take a key back, use 'withdraw'");
}

/* The key that --key names, among those on the token. */
static int take_existing(struct context *d, size_t seat, const struct token_info *t,
                         const char *text, struct candidate *out, struct err *e)
{
    struct token_key_list keys = {0};
    struct token_uri *uri = NULL;
    size_t found = 0, at = 0;
    int rc = -1;

    if (token_uri_parse(text, &uri, e) != 0)
        return -1;
    if (d->t->driver->keys(d->t->self, &keys, e) != 0)
        goto out;
    for (size_t i = 0; i < keys.n; i++)
        if (token_uri_matches_key(uri, &keys.items[i])) {
            at = i;
            found++;
        }
    if (found == 1)
        rc = enrol_existing(d->c, seat, d->t, t, &keys.items[at], out, e);
    else {
        err_set(e, ERR_TOKEN,
                found == 0 ? "no key on the token matches '%s'"
                           : "several keys on the token match '%s'",
                text);
        err_todo(e, "name one by its label or id: pkcs11:object=LABEL or pkcs11:id=%%01");
    }
out:
    token_key_list_clear(&keys);
    token_uri_free(uri);
    return rc;
}

/* An attestation that the maker's own tool wrote. */
static int take_attestation(struct context *d, const char *path, struct candidate *k, struct err *e)
{
    struct bytes file = {0};
    int rc;

    if (path == NULL)
        return 0;
    rc = file_read(path, &file, e);
    if (rc == 0 && (attestation_readable(bytes_span(&file), e) != 0 ||
                    enrol_attest(d->c, d->t, bytes_span(&file), k, e) != 0))
        rc = err_in(e, "%s", path);
    bytes_clear(&file);
    return rc;
}

static int confirm(struct context *d, const struct invocation *in, const struct candidate *k,
                   struct err *e)
{
    const struct session *s = ceremony_session(d->c);
    uint8_t id[SHA256_SIZE];
    struct findings f;
    int rc = 0;

    if (sha256(key_object(k->key.key), id) != 0)
        return err_oom(e);
    if (enrol_check(ceremony_session(d->c), k, &f, e) != 0)
        return -1;
    if (!in_has(in, "json")) {
        const char *place = token_key_place(&k->token, &k->key);

        out_line("%s, %s, key \"%s\"%s%s on token %s:", session_holder_name(s, k->seat),
                 key_type_words(key_type(k->key.key)), k->key.label, place != NULL ? ", slot " : "",
                 place != NULL ? place : "", k->token.id.serial);
        out_digest(id, 4);
        out_findings(&f);
    }
    if (!findings_refused(&f) && !in_has(in, "accept"))
        rc = context_confirm("compare, write it down, then type the first word", word_of(id[0], 0),
                             e);
    findings_clear(&f);
    return rc == 0 ? enrol_confirm(d->c, k, e) : -1;
}

/* What an earlier run left on the token is said before another key is made. */
static int report_left_over(struct context *d, const struct token_info *t, const char *holder,
                            struct err *e)
{
    struct token_key_list keys;

    if (d->t->driver->keys(d->t->self, &keys, e) != 0)
        return -1;
    for (size_t i = 0; i < keys.n; i++)
        if (enrol_left_over(d->c, t, &keys.items[i]))
            out_to(stderr, "\n",
                   "note: key %.16s on this token was made here and is not used: take it with "
                   "--key, or destroy it: 'destroy DIR %s --unused'",
                   key_id(keys.items[i].key), holder);
    token_key_list_clear(&keys);
    return 0;
}

/* What makes keys where the keyholder's PIN does not: asked for only of a YubiKey, taken from a
 * source for any. */
static int read_so_pin(const struct invocation *in, const struct token_info *t, struct secret **out,
                       struct err *e)
{
    const struct token_kind *piv = token_piv(t);
    const char *source = in_value(in, "so-pin-source");
    struct bytes question = {0};
    int rc;

    *out = NULL;
    if (piv == NULL && source == NULL)
        return 0;
    if (piv != NULL)
        bytes_printf(&question,
                     "Its key goes into the first slot that holds nothing. The management key, %u "
                     "hex digits, of ",
                     piv->management_digits);
    token_words(t, &question);
    rc = pin_ask(source, memory_text(&question), out, e);
    bytes_clear(&question);
    if (rc == 0 && token_so_pin_check(t, *out, e) == 0)
        return 0;
    secret_free(*out);
    *out = NULL;
    return -1;
}

static int make_key(struct context *d, const struct invocation *in, size_t seat,
                    const struct token_info *t, struct candidate *k, struct err *e)
{
    struct secret *so_pin;
    int rc = read_so_pin(in, t, &so_pin, e);

    if (rc == 0)
        rc = enrol_generate(d->c, seat, d->t, t, so_pin, k, e);
    secret_free(so_pin);
    return rc;
}

static int enrol(struct context *d, struct err *e)
{
    const struct invocation *in = d->in;
    const char *key = in_value(in, "key");
    struct candidate k = {0};
    struct token_info t;
    struct err ignored;
    struct bytes uri = {0};
    size_t holder = 0, seat = 0;
    int rc = -1;

    if (act_need(d->c, STATION_ENROLMENT, e) != 0 ||
        context_holder(d, in->args[1], &holder, e) != 0 || seat_find(d, holder, &seat, e) != 0 ||
        context_tokens(d, in, e) != 0 || context_login(d, holder, seat, &t, e) != 0)
        return -1;
    if ((key != NULL                                    ? take_existing(d, seat, &t, key, &k, e)
         : report_left_over(d, &t, in->args[1], e) == 0 ? make_key(d, in, seat, &t, &k, e)
                                                        : -1) == 0 &&
        take_attestation(d, in_value(in, "attestation"), &k, e) == 0)
        rc = confirm(d, in, &k, e);
    (void)d->t->driver->logout(d->t->self, &ignored);
    if (rc == 0 && in_has(in, "json")) {
        cJSON *tree = cJSON_CreateObject();

        cJSON_AddStringToObject(tree, "holder", in->args[1]);
        cJSON_AddStringToObject(tree, "keyid", key_id(k.key.key));
        if (token_uri_put(&k.token, &k.key, &uri, &ignored) == 0)
            cJSON_AddStringToObject(tree, "uri", memory_text(&uri));
        bytes_clear(&uri);
        rc = out_json(tree, e);
    } else if (rc == 0)
        out_line("recorded: the key of %s", in->args[1]);
    candidate_clear(&k);
    return rc;
}

const struct command cmd_enrol = {
    .name = "enrol",
    .args = "DIR KEYHOLDER",
    .summary = "make a keyholder's key on their token, or take one that is there",
    .options = {{"key", "URI", "take this key of the token instead of making one"},
                {"attestation", "FILE", "the maker's attestation of the key, with its issuers"},
                {"so-pin-source", "FILE|fd:N",
                 "where the SO PIN is read from that makes keys (a YubiKey's management key)"},
                {"accept", NULL, "do not ask: the fingerprint was compared"},
                OPTION_TOKEN,
                OPTION_PIN_SOURCE,
                OPTION_LAST_TRY,
                OPTION_MODULE,
                OPTION_NETWORK},
    .act = enrol,
    .mode = CEREMONY_WORK,
};
