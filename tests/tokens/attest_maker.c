/* SPDX-License-Identifier: Apache-2.0 */
/* Whole makers, in each form: a root, an issuer or two, a device, and its true attestation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "attest_forge.h"

#define HSM "1.3.6.1.4.1.41482.4."
#define PIV "1.3.6.1.4.1.41482.3."

static void begin(struct forge_maker *m, const char *ca_curve)
{
    *m = (struct forge_maker){
        .root = forge_ec(ca_curve), .device = forge_ec(ca_curve), .token_key = forge_ec("P-256")};
    m->root_file = (struct bytes){0};
    m->device_file = (struct bytes){0};
    m->key = forge_public(m->token_key);
}

static void pin(struct forge_maker *m)
{
    assert_int_equal(sha256(bytes_span(&m->root_file), m->pin[0]), 0);
}

void forge_maker_clear(struct forge_maker *m)
{
    EVP_PKEY_free(m->root);
    EVP_PKEY_free(m->device);
    EVP_PKEY_free(m->token_key);
    bytes_clear(&m->root_file);
    bytes_clear(&m->device_file);
    key_free(m->key);
}

/* root -> sub-CA -> device */
static void x509_maker(struct forge_maker *m, const char *device, const struct forge_extension *ext)
{
    EVP_PKEY *sub = forge_ec("P-256");
    struct forge_x509 c = {.subject = "Test Root", .key = NULL, .ca = true};

    begin(m, "P-256");
    c.key = c.signer = m->root;
    forge_x509_put(&c, &m->root_file);
    c = (struct forge_x509){
        .subject = device, .key = m->device, .issuer = "Test Sub-CA", .signer = sub, .ca = true};
    if (ext != NULL)
        c.extensions[0] = *ext;
    forge_x509_put(&c, &m->device_file);
    c = (struct forge_x509){
        .subject = "Test Sub-CA", .key = sub, .issuer = "Test Root", .signer = m->root, .ca = true};
    forge_x509_put(&c, &m->device_file);
    EVP_PKEY_free(sub);
    pin(m);
}

void forge_yubihsm_maker(struct forge_maker *m)
{
    const struct forge_extension serial = {HSM "2", span_of("\x02\x04\x00\xC9\x6C\x4D", 6)};

    x509_maker(m, "YubiHSM Attestation (13200461)", &serial);
}

void forge_piv_maker(struct forge_maker *m)
{
    x509_maker(m, "Yubico PIV Attestation", NULL);
}

struct forge_x509 forge_yubihsm(const struct forge_maker *m)
{
    return (struct forge_x509){
        .subject = "YubiHSM Attestation id:0x0003",
        .key = m->token_key,
        .issuer = "YubiHSM Attestation (13200461)",
        .signer = m->device,
        .extensions = {{HSM "1", span_of("\x04\x03\x02\x04\x01", 5)},
                       {HSM "2", span_of("\x02\x04\x00\xC9\x6C\x4D", 6)},
                       {HSM "3", span_of("\x03\x02\x00\x01", 4)},
                       {HSM "4", span_of("\x03\x03\x00\x00\x01", 5)},
                       {HSM "5", span_of("\x03\x09\x00\x00\x00\x00\x00\x00\x00\x00\x80", 11)},
                       {HSM "6", span_of("\x02\x01\x03", 3)},
                       {HSM "9", span_of("\x0C\x08tuf-root", 10)}}};
}

struct forge_x509 forge_piv(const struct forge_maker *m)
{
    return (struct forge_x509){.subject = "YubiKey PIV Attestation 9c",
                               .key = m->token_key,
                               .issuer = "Yubico PIV Attestation",
                               .signer = m->device,
                               .extensions = {{PIV "3", span_of("\x05\x07\x01", 3)},
                                              {PIV "7", span_of("\x02\x04\x00\xC9\x6C\x4D", 6)},
                                              {PIV "8", span_of("\x02\x01", 2)},
                                              {PIV "9", span_of("\x01", 1)}}};
}

void forge_cvc_maker(struct forge_maker *m)
{
    EVP_PKEY *issuer = forge_ec("brainpoolP256r1");
    struct forge_cvc c;

    begin(m, "brainpoolP256r1");
    c = (struct forge_cvc){.car = FORGE_CVC_ROOT,
                           .chr = FORGE_CVC_ROOT,
                           .key = m->root,
                           .curve = "brainpoolP256r1",
                           .role = 0xC0,
                           .from = "121109",
                           .to = "321108",
                           .signer = m->root};
    forge_cvc_put(&c, &m->root_file);
    c = (struct forge_cvc){.car = FORGE_CVC_ISSUER,
                           .chr = FORGE_CVC_DEVICE,
                           .key = m->device,
                           .role = 0x00,
                           .from = "250101",
                           .to = "301231",
                           .signer = issuer};
    forge_cvc_put(&c, &m->device_file);
    c = (struct forge_cvc){.car = FORGE_CVC_ROOT,
                           .chr = FORGE_CVC_ISSUER,
                           .key = issuer,
                           .role = 0x80,
                           .from = "241003",
                           .to = "321002",
                           .signer = m->root};
    forge_cvc_put(&c, &m->device_file);
    EVP_PKEY_free(issuer);
    pin(m);
}

struct forge_cvc forge_sc_hsm(const struct forge_maker *m)
{
    return (struct forge_cvc){.car = "UTCA00001",
                              .chr = "UTTM00001",
                              .key = m->token_key,
                              .curve = "prime256v1",
                              .role = -1,
                              .signer = m->token_key};
}
