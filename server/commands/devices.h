/* Devices as commands see them, and acts about one. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_DEVICES_H
#define SERVER_COMMANDS_DEVICES_H

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/wire/role.h"

struct config;
struct database_session;
struct Dantin__Act;

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

#endif
