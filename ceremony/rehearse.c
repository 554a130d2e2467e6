/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rehearse.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const people[] = {"Alice", "Bo",  "Chen", "Dee", "Ee",
                                     "Flo",   "Gus", "Hana", "Ivo"};

#define ONLINE_PRIVATE "REHEARSAL-online-private.pem"

/* The online key of a rehearsal: its private half is written beside the plan, because it is
 * worthless and the rehearsal's own online side needs it. */
static int make_online_key(struct store *s, struct err *e)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *private = BIO_new(BIO_s_mem()), *public = BIO_new(BIO_s_mem());
    char *text;
    long n;
    int rc = -1;

    if (key == NULL || private == NULL || public == NULL ||
        PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_PUBKEY(public, key) != 1) {
        err_oom(e);
        goto out;
    }
    n = BIO_get_mem_data(private, &text);
    if (s->ops->write(s->self, ONLINE_PRIVATE, span_of(text, (size_t)n), e) != 0)
        goto out;
    n = BIO_get_mem_data(public, &text);
    rc = s->ops->write(s->self, "inputs/online.pem", span_of(text, (size_t)n), e);
out:
    BIO_free(private);
    BIO_free(public);
    EVP_PKEY_free(key);
    return rc;
}

static int make_plan(struct store *s, const char *preset, struct err *e)
{
    const struct plan_preset *p = plan_preset_find(preset);
    struct plan_wish wish = {.preset = preset,
                             .title = "Rehearsal of a root key ceremony",
                             .rehearsal = true,
                             .holders = people,
                             .nholders = p != NULL ? p->holders : 0,
                             .online = "online.pem"};
    struct bytes text;
    int rc;

    bytes_init(&text);
    rc = plan_from_preset(&wish, &text, e);
    if (rc == 0)
        rc = make_online_key(s, e);
    if (rc == 0) /* last: a folder with a plan is complete */
        rc = s->ops->write(s->self, "plan.json", bytes_span(&text), e);
    bytes_clear(&text);
    return rc;
}

static bool has_file(const char *dir, const char *name)
{
    struct stat st;
    struct bytes path;
    bool has;

    bytes_init(&path);
    bytes_printf(&path, "%s/%s", dir, name);
    has = !bytes_failed(&path) && lstat(bytes_str(&path), &st) == 0;
    bytes_clear(&path);
    return has;
}

/* 1: a rehearsal's folder, 0: none yet. */
static int is_rehearsal(const char *dir, struct err *e)
{
    struct store *s = NULL;
    struct plan *p = NULL;
    int rc = -1;

    if (!has_file(dir, "plan.json"))
        rc = 0;
    else if (store_open(dir, &s, e) == 0 && plan_load(s, &p, e) == 0) {
        if (p->rehearsal)
            rc = 1;
        else {
            err_set(e, ERR_USAGE, "'%s' is a real ceremony, not a rehearsal", dir);
            err_todo(e, "give another folder to 'rehearse'; a real ceremony is walked with 'run'");
        }
    }
    plan_free(p);
    store_free(s);
    return rc;
}

int rehearse_prepare(const char *dir, const char *preset, struct err *e)
{
    struct store *s = NULL;
    int there = is_rehearsal(dir, e), rc;

    if (there != 0)
        return there > 0 ? 0 : -1;
    if (plan_preset_find(preset) == NULL) {
        err_set(e, ERR_USAGE, "there is no preset '%s'", preset);
        return err_todo(e, "use root-3of5 or root-2of4");
    }
    /* a run that was killed while it prepared the folder */
    if (has_file(dir, ONLINE_PRIVATE) ? store_open(dir, &s, e) != 0 : store_create(dir, &s, e) != 0)
        return -1;
    rc = make_plan(s, preset, e);
    store_free(s);
    return rc;
}

void rehearse_pin(const struct plan *p, size_t holder, char out[8])
{
    uint8_t digest[SHA256_SIZE] = {0};
    unsigned long n;

    (void)sha256(span_str(p->holders[holder].name), digest);
    n = ((unsigned long)digest[0] << 16 | (unsigned long)digest[1] << 8 | digest[2]) % 1000000;
    snprintf(out, 8, "%06lu", n);
}
