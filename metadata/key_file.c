/* SPDX-License-Identifier: Apache-2.0 */
/* A public key in whatever form a file has it. */
#include "metadata/key.h"

#define POINT_P256 65 /* bytes of an uncompressed point */
#define POINT_P384 97

/* A bare point says its curve by its length alone; what stands before it in a SubjectPublicKeyInfo
 * (RFC 5480, section 2) is always the same. */
static int key_from_point(struct span point, struct key **out, struct err *e)
{
    static const uint8_t p256[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
    static const uint8_t p384[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                   0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                   0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};
    struct bytes spki;
    int rc;

    bytes_init(&spki);
    bytes_put(&spki, point.n == POINT_P256 ? p256 : p384,
              point.n == POINT_P256 ? sizeof p256 : sizeof p384);
    bytes_put_span(&spki, point);
    rc = bytes_failed(&spki) ? err_oom(e) : key_from_spki(bytes_span(&spki), out, e);
    bytes_clear(&spki);
    return rc == 0 || e->code != ERR_INPUT
               ? rc
               : err_in(e, "a bare point of %s", point.n == POINT_P256 ? "P-256" : "P-384");
}

int key_from_bytes(struct span file, struct key **out, struct err *e)
{
    *out = NULL;
    if (file.n > 0 && file.p[0] == '-')
        return key_from_pem(file, out, e);
    if ((file.n == POINT_P256 || file.n == POINT_P384) && file.p[0] == 0x04)
        return key_from_point(file, out, e);
    if (key_from_spki(file, out, e) == 0)
        return 0;
    if (e->code == ERR_INPUT)
        err_todo(e, "give PEM ('PUBLIC KEY'), SubjectPublicKeyInfo in DER, or the bare point of "
                    "P-256 (65 bytes) or P-384 (97 bytes)");
    return -1;
}
