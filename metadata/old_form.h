/* SPDX-License-Identifier: Apache-2.0 */
/*
 * old_form.h - what old tools wrote, and some clients refuse: a repository's oldest files may be
 * the correct ones and have it.
 *
 * Such a file is refused as stock clients refuse it, by what it is; only a document whose reader
 * allows old forms (json_allow_old_forms: auditors' commands, which verify nothing) is read.
 * Sources of who refuses what: python-tuf: tuf/api/_payload.py, Signed._common_fields_from_dict,
 * and securesystemslib/signer/_key.py; go-tuf: metadata/keys.go, ToPublicKey; tough: schema/key.rs
 * and schema/decoded.rs (EcdsaFlex); tuf-js: @tufjs/models, utils/key.js.
 */
#ifndef METADATA_OLD_FORM_H
#define METADATA_OLD_FORM_H

#include "metadata/base/utc.h"
#include "metadata/json/json.h"
#include "metadata/key_type.h"

/* A public key in the form that the type had: the point of an ECDSA key as hex digits (SEC
 * 1, 2.3.3), or an Ed25519 key as PEM. NULL: it is neither; else `*words` names the form and who
 * refuses it. */
EVP_PKEY *old_form_pkey(const struct key_type_row *row, struct span text, const char **words);

/* A time with a fraction of a second, which is cut off, or with an offset (RFC 3339, section 5.6).
 * -1: it is neither, see `e`. */
int old_form_utc(struct span text, utc_t *out, struct err *e);

/* 0 when the document's reader allows old forms; else ERR_INPUT: `words` as above. */
int old_form_judge(struct json at, const char *words, struct err *e);

#endif
