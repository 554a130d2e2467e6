/* SPDX-License-Identifier: Apache-2.0 */
/* One attestation, for the auditor: with nothing but files at hand. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/session/attest.h"

struct files {
    struct bytes data[2 * COMMAND_VALUES];
    struct span spans[2 * COMMAND_VALUES];
    size_t n, nbeside;
    struct key *key;
    uint8_t pins[COMMAND_VALUES][SHA256_SIZE];
    size_t npins;
    int64_t at;
};

static int read_one(struct files *f, const char *path, struct err *e)
{
    struct bytes *data = &f->data[f->n];

    if (file_read(path, data, e) != 0)
        return -1;
    f->spans[f->n++] = bytes_span(data);
    return attestation_readable(bytes_span(data), e) == 0 ? 0 : err_in(e, "%s", path);
}

static int read_key(struct files *f, const char *path, struct err *e)
{
    struct bytes data = {0};
    int rc;

    if (path == NULL)
        return 0;
    rc = file_read(path, &data, e);
    if (rc == 0 && key_from_bytes(bytes_span(&data), &f->key, e) != 0)
        rc = err_in(e, "%s", path);
    bytes_clear(&data);
    return rc;
}

static int read_pins(struct files *f, const struct invocation *in, struct err *e)
{
    const char *text[COMMAND_VALUES];
    size_t n = in_values(in, "pin", text, COMMAND_VALUES);

    for (size_t i = 0; i < n; i++) {
        if (!hex_read(span_str(text[i]), f->pins[i], SHA256_SIZE)) {
            err_set(e, ERR_USAGE, "'%s' is no SHA-256 in hex", text[i]);
            return err_todo(e, "give the 64 hex digits of a root certificate's fingerprint");
        }
        f->npins++;
    }
    return 0;
}

static int read_day(struct files *f, const char *day, struct err *e)
{
    const struct env env = env_system();

    if (day == NULL)
        return env.now(env.self, &f->at, e);
    if (utc_parse_day(span_str(day), &f->at, e) == 0)
        return 0;
    e->code = ERR_USAGE;
    return -1;
}

static int read_all(struct files *f, const struct invocation *in, struct err *e)
{
    const char *roots[COMMAND_VALUES];
    size_t n = in_values(in, "root", roots, COMMAND_VALUES);

    for (unsigned i = 0; i < in->nargs; i++)
        if (read_one(f, in->args[i], e) != 0)
            return -1;
    f->nbeside = f->n;
    for (size_t i = 0; i < n; i++)
        if (read_one(f, roots[i], e) != 0)
            return -1;
    return read_key(f, in_value(in, "key"), e) == 0 && read_pins(f, in, e) == 0
               ? read_day(f, in_value(in, "day"), e)
               : -1;
}

static int judge(const struct attestation *a, struct err *e)
{
    if (attestation_vouches(a))
        return 0;
    err_set(e, ERR_SIGNATURE, "the attestation does not vouch for the key");
    return err_todo(e, "see above which answer is not 'yes'; give the maker's certificates with "
                       "--root, and the key with --key");
}

static int print_result(const struct invocation *in, const struct attestation *a, struct err *e)
{
    struct err why;
    int verdict, rc = 0;

    err_clear(&why);
    verdict = judge(a, &why);
    if (in_has(in, "json"))
        rc = out_answer(in, attest_json(a), verdict != 0 ? &why : NULL, e);
    else {
        struct bytes text = {0};

        if (a->key != NULL)
            bytes_printf(&text, "key %s, %s\n", key_id(a->key), key_type_words(key_type(a->key)));
        attest_words(a, "", &text);
        out_text(&text);
        bytes_clear(&text);
    }
    if (rc == 0 && verdict != 0)
        *e = why;
    return rc != 0 ? rc : verdict;
}

static int check(const struct invocation *in, const struct files *f, struct err *e)
{
    const struct attestation_case c = {.beside = f->spans,
                                       .nbeside = f->nbeside,
                                       .pool = f->spans + f->nbeside,
                                       .npool = f->n - f->nbeside,
                                       .pins = f->pins,
                                       .npins = f->npins,
                                       .at = f->at,
                                       .key = f->key,
                                       .serial = in_value(in, "serial")};
    struct attestation a;
    int rc;

    if (attestation_check(&c, &a, e) != 0)
        return -1;
    if (a.form != NULL)
        rc = print_result(in, &a, e);
    else {
        err_set(e, ERR_INPUT, "there is no attestation in the files");
        rc = err_todo(e, "give the attestation of a YubiHSM 2, a YubiKey (PIV) or a SmartCard-HSM");
    }
    attestation_clear(&a);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    struct files *f = calloc(1, sizeof *f);
    int rc;

    if (f == NULL)
        return err_oom(e);
    rc = read_all(f, in, e);
    if (rc == 0)
        rc = check(in, f, e);
    for (size_t i = 0; i < 2 * (size_t)COMMAND_VALUES; i++)
        bytes_clear(&f->data[i]);
    key_free(f->key);
    free(f);
    return rc;
}

const struct command cmd_attest = {
    .name = "attest",
    .args = "FILE...",
    .summary = "check what a token's maker vouches for: the attestation of a key, and its chain",
    .details =
        "Reads X.509 certificates (DER, PEM) of YubiHSM 2 and YubiKey PIV, and the\n"
        "card-verifiable certificates of SmartCard-HSMs. The program knows the fingerprints\n"
        "of the makers' roots; give the certificates themselves with --root.",
    .options = {{"root", "FILE", "certificates of the maker: root, issuers; may be repeated"},
                {"key", "FILE", "the public key that it must be about, in any form"},
                {"serial", "SERIAL", "the token's serial that it must name"},
                {"pin", "SHA256", "a root of one's own, by fingerprint; may be repeated"},
                {"day", "DATE", "the day on which the chain must hold; default: today"}},
    .run = run,
};
