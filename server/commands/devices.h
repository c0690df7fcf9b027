/* Devices as commands see them, and acts about one. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_DEVICES_H
#define SERVER_COMMANDS_DEVICES_H

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/wire/enrolment.h"
#include "common/wire/role.h"
#include "common/wire/role_change.h"

struct config;
struct database_session;
struct options;

enum { DEVICES_DIGITS_MIN = 8 /* of an id, to mean one device */ };

struct devices_one {
    struct hash device;
    struct id sender;
    enum role role;
    bool is_province, may_see_exact, is_quarantined, is_revoked;
};

/* The device whose id begins with these hexadecimal digits. ERR_USAGE: no such digits, or fewer than DEVICES_DIGITS_MIN.
 * ERR_NOT_FOUND, ERR_AMBIGUOUS: with a sentence. The log's own is none of them. */
MUST_CHECK enum err devices_find(const struct database_session *session, const char *digits,
                                 enum language language, struct devices_one *ret_device,
                                 struct error *ret_error);
/* The device that goes under this key now. ERR_NOT_FOUND without a sentence. */
MUST_CHECK enum err devices_find_key(const struct database_session *session, const struct hash *spki_hash,
                                     struct devices_one *ret_device, struct error *ret_error);

/* May the key become a device's? ERR_EXISTS: it is, or was, somebody's or the server's own. */
MUST_CHECK enum err devices_check_new(const struct config *config, const struct database_session *session,
                                      const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES], enum language language,
                                      struct error *ret_error);
/* The act that makes a device. signature: SIGN_SIGNATURE_BYTES by claim->approved_by over the claim; NULL: nobody signed. */
MUST_CHECK enum err devices_enter(const struct config *config, const struct database_session *session,
                                  const struct enrolment_claim *claim, const uint8_t *signature,
                                  enum language language, struct error *ret_error);
/* The act that gives a device another role. signature: by change->approved_by over the change. */
MUST_CHECK enum err devices_set_role(const struct config *config, const struct database_session *session,
                                     const struct role_change *change,
                                     const uint8_t signature[SIGN_SIGNATURE_BYTES], enum language language,
                                     struct error *ret_error);
/* Remember how long its newest certificate lasts. */
MUST_CHECK enum err devices_note_certificate(const struct database_session *session,
                                             const struct hash *device, unsigned days,
                                             struct error *ret_error);

#endif
