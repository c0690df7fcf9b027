/* Strict: every field that matters is there, and nothing else. */
#include "server/ingest/approval.h"

#include <string.h>

#include "common/wire/message.h"
#include "common/wire/prescan.h"
#include "proto/journal.pb-c.h"

enum err approval_read(struct arena *scratch, struct bytes in, struct submission_approval *approval)
{
    if (in.at == NULL) {
        return ERR_NOT_FOUND;
    }
    Dantin__Approval *message = NULL;
    enum err err = message_unpack(&dantin__approval__descriptor, in, false, scratch, &message);
    if (err != ERR_OK) {
        return err;
    }
    struct submission_approval read = {.is_rejection = message->has_is_rejection && message->is_rejection,
                                       .is_readable = true};
    if (id_from_bytes(bytes_of(message->version.data, message->version.len), &read.version) != ERR_OK ||
        hash_from_bytes(bytes_of(message->change_hash.data, message->change_hash.len), &read.change_hash) !=
            ERR_OK) {
        return ERR_MALFORMED;
    }
    if (message->reason != NULL && strlen(message->reason) > APPROVAL_REASON_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    *approval = read;
    return ERR_OK;
}

size_t approval_elements(struct bytes in)
{
    return in.at == NULL ? 0 : prescan_count(&dantin__approval__descriptor, in, PAYLOAD_ELEMENTS_MAX);
}
