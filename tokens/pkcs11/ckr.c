/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/ckr.h"

#include <openssl/err.h>
#include <stddef.h>

enum { LOST = 1, TEMPLATE = 2 };

static const char again[] = "take the token out, put it back in, and log in again";
static const char insert[] = "put the token back in and log in again";
static const char other[] = "choose another key type, or use another token";
static const char unblock[] = "unblock it with its SO PIN, or continue with the next keyholder";
static const char retype[] = "type the PIN again, slowly; look first how many tries are left";

static const struct ckr {
    CK_RV rv;
    const char *name;
    enum err_code code;
    unsigned flags;
    const char *words;
    const char *todo;
} table[] = {
    {CKR_HOST_MEMORY, "CKR_HOST_MEMORY", ERR_TOKEN, 0, "the module has no memory left",
     "close other programs and try again"},
    {CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID", ERR_TOKEN, LOST, "the reader is gone", insert},
    {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR", ERR_TOKEN, LOST, "the module failed",
     "look for the token again; if it stays away, restart the reader's service (pcscd)"},
    {CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED", ERR_TOKEN, 0, "the module failed", again},
    {CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD", ERR_TOKEN, TEMPLATE, "the module refuses the request",
     other},
    {CKR_ATTRIBUTE_READ_ONLY, "CKR_ATTRIBUTE_READ_ONLY", ERR_TOKEN, TEMPLATE,
     "the token refuses an attribute", other},
    {CKR_ATTRIBUTE_SENSITIVE, "CKR_ATTRIBUTE_SENSITIVE", ERR_TOKEN, 0,
     "the token does not show an attribute", again},
    {CKR_ATTRIBUTE_TYPE_INVALID, "CKR_ATTRIBUTE_TYPE_INVALID", ERR_TOKEN, TEMPLATE,
     "the token does not know an attribute", other},
    {CKR_ATTRIBUTE_VALUE_INVALID, "CKR_ATTRIBUTE_VALUE_INVALID", ERR_TOKEN, TEMPLATE,
     "the token refuses the value of an attribute", other},
    {CKR_DATA_INVALID, "CKR_DATA_INVALID", ERR_TOKEN, 0, "the token refuses the data", other},
    {CKR_DATA_LEN_RANGE, "CKR_DATA_LEN_RANGE", ERR_TOKEN, 0,
     "the token refuses data of this length", other},
    {CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR", ERR_TOKEN, LOST, "the token or its reader failed",
     again},
    {CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY", ERR_TOKEN, 0, "the token is full",
     "delete what is not needed on it with its own tool, or use another token"},
    {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED", ERR_TOKEN, LOST, "the token was removed", insert},
    {CKR_FUNCTION_CANCELED, "CKR_FUNCTION_CANCELED", ERR_TOKEN, 0, "it was cancelled on the device",
     "try again and confirm it on the device"},
    {CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED", ERR_TOKEN, 0,
     "the module can't do this", other},
    {CKR_FUNCTION_REJECTED, "CKR_FUNCTION_REJECTED", ERR_TOKEN, 0, "it was refused on the device",
     "try again and confirm it on the device"},
    {CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID", ERR_TOKEN, LOST, "the key is gone", again},
    {CKR_KEY_SIZE_RANGE, "CKR_KEY_SIZE_RANGE", ERR_TOKEN, TEMPLATE,
     "the token has no keys of this size", other},
    {CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT", ERR_TOKEN, 0,
     "the key is of another type", other},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED", ERR_TOKEN, 0,
     "the key may not sign", "use a key that was made for signing"},
    {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID", ERR_TOKEN, 0,
     "the token does not have this mechanism", other},
    {CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID", ERR_TOKEN, TEMPLATE,
     "the token refuses the mechanism's parameter", other},
    {CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID", ERR_TOKEN, LOST, "the key is gone",
     again},
    {CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE", ERR_TOKEN, 0,
     "an earlier operation was never finished", "try again"},
    {CKR_OPERATION_NOT_INITIALIZED, "CKR_OPERATION_NOT_INITIALIZED", ERR_TOKEN, 0,
     "the token forgot the operation", "try again"},
    {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT", ERR_PIN, 0, "the PIN is wrong", retype},
    {CKR_PIN_INVALID, "CKR_PIN_INVALID", ERR_PIN, 0,
     "the PIN holds characters that are not allowed", retype},
    {CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE", ERR_PIN, 0, "the PIN is too short or too long",
     retype},
    {CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED", ERR_PIN, 0, "the PIN has expired",
     "change the PIN first, then log in again"},
    {CKR_PIN_LOCKED, "CKR_PIN_LOCKED", ERR_PIN, 0, "the PIN is locked", unblock},
    {CKR_PIN_TOO_WEAK, "CKR_PIN_TOO_WEAK", ERR_PIN, 0, "the PIN is too weak for the token",
     "choose a longer PIN with different characters"},
    {CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED", ERR_TOKEN, LOST, "the token was removed", insert},
    {CKR_SESSION_COUNT, "CKR_SESSION_COUNT", ERR_TOKEN, 0, "too many programs use the token",
     "close other programs that use tokens, then try again"},
    {CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID", ERR_TOKEN, LOST,
     "the token was removed or reset", insert},
    {CKR_SESSION_READ_ONLY, "CKR_SESSION_READ_ONLY", ERR_TOKEN, 0, "the token can only be read",
     "remove its write protection, or use another token"},
    {CKR_SESSION_EXISTS, "CKR_SESSION_EXISTS", ERR_TOKEN, 0, "another program uses the token",
     "close other programs that use tokens, then try again"},
    {CKR_TEMPLATE_INCOMPLETE, "CKR_TEMPLATE_INCOMPLETE", ERR_TOKEN, TEMPLATE,
     "the token wants more attributes", other},
    {CKR_TEMPLATE_INCONSISTENT, "CKR_TEMPLATE_INCONSISTENT", ERR_TOKEN, TEMPLATE,
     "the token refuses these attributes together", other},
    {CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT", ERR_TOKEN, LOST, "no token is in the reader",
     insert},
    {CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED", ERR_TOKEN, LOST,
     "the module does not know this token", "turn the card over, or initialise the token first"},
    {CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED", ERR_TOKEN, 0,
     "the token is write-protected", "remove its write protection, or use another token"},
    {CKR_USER_ALREADY_LOGGED_IN, "CKR_USER_ALREADY_LOGGED_IN", ERR_TOKEN, LOST,
     "somebody is logged in already, so this PIN was not checked", again},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN", ERR_TOKEN, LOST,
     "the security officer is logged in already", again},
    {CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN", ERR_TOKEN, LOST,
     "the token ended the login, or wants the PIN before every signature", "log in again"},
    {CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED", ERR_PIN, 0,
     "the token has no user PIN yet", "set the user PIN first"},
    {CKR_USER_TYPE_INVALID, "CKR_USER_TYPE_INVALID", ERR_TOKEN, 0,
     "the token lets only its security officer (SO) do this",
     "make the key with the command 'enrol DIR KEYHOLDER --so-pin-source FILE', or with the "
     "maker's "
     "own tool; a key that is there is then taken with --key, or chosen in the walk"},
    {CKR_DOMAIN_PARAMS_INVALID, "CKR_DOMAIN_PARAMS_INVALID", ERR_TOKEN, TEMPLATE,
     "the token does not know the curve", other},
    {CKR_CURVE_NOT_SUPPORTED, "CKR_CURVE_NOT_SUPPORTED", ERR_TOKEN, TEMPLATE,
     "the token does not have this curve", other},
    {CKR_BUFFER_TOO_SMALL, "CKR_BUFFER_TOO_SMALL", ERR_TOKEN, 0,
     "the answer is longer than any answer should be", "use another token, and report this"},
    {CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED", ERR_TOKEN, LOST,
     "the module was shut down", "look for the token again"},
};

static const struct ckr unknown = {
    0,
    NULL,
    ERR_TOKEN,
    LOST,
    "the module gives a reason that this program does not know",
    "take the token out, put it back in, and log in again; if it stays so, use another token"};

static const struct ckr *row(CK_RV rv)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].rv == rv)
            return &table[i];
    return &unknown;
}

bool ckr_lost(CK_RV rv)
{
    return rv != CKR_OK && (row(rv)->flags & LOST) != 0;
}

bool ckr_refuses_template(CK_RV rv)
{
    return rv != CKR_OK && (row(rv)->flags & TEMPLATE) != 0;
}

int ckr_err(struct err *e, CK_RV rv, const char *call)
{
    const struct ckr *r = row(rv);

    ERR_clear_error();
    if (r->name != NULL)
        err_set(e, r->code, "%s (%s: %s)", r->words, call, r->name);
    else
        err_set(e, r->code, "%s (%s: 0x%lx)", r->words, call, rv);
    return err_todo(e, "%s", r->todo);
}
