/* Devices, keys, roles, witnesses, operators. */
#include "verify/identity.h"

#include <stdio.h>
#include <string.h>

#include "common/wire/enrolment.h"
#include "common/wire/key_change.h"
#include "common/wire/role_change.h"

static bool act_device(struct identity *identity, uint64_t position, const Dantin__ActDevice *act,
                       struct fault *fault);
static bool is_approved(struct identity *identity, const Dantin__ActDevice *act, const struct id *sender);
static bool is_agreed(struct identity *identity, uint64_t position, const struct identity_device *device,
                      const Dantin__ActRole *act);
static bool is_signed_by_second(struct identity *identity, const char *first, const char *second,
                                struct bytes text, ProtobufCBinaryData signature);
static bool act_revoke(struct identity *identity, uint64_t position, const Dantin__ActRevoke *act,
                       struct fault *fault);
static bool act_role(struct identity *identity, uint64_t position, const Dantin__ActRole *act,
                     struct fault *fault);
static bool act_witnesses(struct identity *identity, uint64_t position, const Dantin__ActWitnesses *act,
                          struct fault *fault);
static bool act_looks(struct identity *identity, uint64_t position, const Dantin__ActLooks *act,
                      struct fault *fault);
static bool act_operator(struct identity *identity, uint64_t position, const Dantin__ActOperator *act,
                         struct fault *fault);
static struct identity_device *add_device(struct identity *identity, const struct hash *id);
static struct identity_key *add_key(struct identity *identity, struct bytes public_key, enum err *ret_err);
static struct identity_sender *sender_of(struct identity *identity, const struct id *id);

bool identity_init(struct identity *identity, struct arena *arena,
                   const uint8_t log_key[SIGN_PUBLIC_KEY_BYTES], struct fault *fault)
{
    *identity = (struct identity){.arena = arena};
    struct hash id = sign_spki_hash(log_key);
    char text[IDENTITY_SHORT_BYTES];
    enum err err = ERR_OK;
    struct identity_key *key = add_key(identity, bytes_of(log_key, SIGN_PUBLIC_KEY_BYTES), &err);
    if (key == NULL && err != ERR_NO_MEMORY) {
        return fault_in(fault, FAULT_KEY, "%s", identity_short(&id, text));
    }
    identity->log = key == NULL ? NULL : add_device(identity, &id);
    if (identity->log == NULL) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    identity->log->role = ROLE_LOG;
    identity->log->key = key;
    return true;
}

void identity_release(struct identity *identity)
{
    for (struct identity_key *key = identity->keys; key != NULL; key = key->made) {
        verify_key_free(key->key);
    }
    HASH_CLEAR(hh, identity->devices);
    HASH_CLEAR(hh, identity->senders);
    HASH_CLEAR(hh, identity->operators);
    *identity = (struct identity){0};
}

struct identity_device *identity_find(struct identity *identity, const struct hash *device)
{
    struct identity_device *found = NULL;
    HASH_FIND(hh, identity->devices, device->at, HASH_BYTES, found);
    return found;
}

const char *identity_short(const struct hash *device, char ret_text[IDENTITY_SHORT_BYTES])
{
    hex_encode(bytes_of(device->at, (IDENTITY_SHORT_BYTES - 1) / 2), ret_text);
    return ret_text;
}

bool identity_act(struct identity *identity, uint64_t position, const struct envelope *envelope,
                  const Dantin__Act *act, struct fault *fault)
{
    int count = (act->device != NULL) + (act->revoke != NULL) + (act->role != NULL) +
                (act->witnesses != NULL) + (act->log_key != NULL) + (act->epoch != NULL) +
                (act->erasure != NULL) + (act->release != NULL) + (act->operator_ != NULL) +
                (act->looks != NULL);
    if (count != 1) {
        return fault_at(fault, position, FAULT_ACT, "%d fields", count);
    }
    if (act->device != NULL) {
        return act_device(identity, position, act->device, fault);
    }
    if (act->revoke != NULL) {
        return act_revoke(identity, position, act->revoke, fault);
    }
    if (act->role != NULL) {
        return act_role(identity, position, act->role, fault);
    }
    if (act->witnesses != NULL) {
        return act_witnesses(identity, position, act->witnesses, fault);
    }
    if (act->operator_ != NULL) {
        return act_operator(identity, position, act->operator_, fault);
    }
    if (act->looks != NULL) {
        return act_looks(identity, position, act->looks, fault);
    }
    if (act->log_key != NULL) {
        return identity_change_key(identity, position, envelope, identity->log,
                                   bytes_of(act->log_key->public_key.data, act->log_key->public_key.len),
                                   bytes_of(act->log_key->possession.data, act->log_key->possession.len),
                                   fault);
    }
    return true; /* epoch, erasure: the walk; release: ends a quarantine, which is no state of the journal */
}

bool identity_change_key(struct identity *identity, uint64_t position, const struct envelope *envelope,
                         struct identity_device *device, struct bytes public_key, struct bytes possession,
                         struct fault *fault)
{
    char text[IDENTITY_SHORT_BYTES];
    uint8_t signed_bytes[KEY_CHANGE_SIGNED_BYTES];
    enum err err = ERR_OK;
    struct identity_key *key = add_key(identity, public_key, &err);
    if (key == NULL) {
        return err == ERR_NO_MEMORY
                   ? fault_in(fault, FAULT_NO_MEMORY, "%s", "")
                   : fault_at(fault, position, FAULT_KEY, "%s", identity_short(&device->id, text));
    }
    key_change_signed_bytes(&device->id, envelope->sequence, signed_bytes);
    if (verify_key_check(key->key, bytes_of(signed_bytes, sizeof signed_bytes), possession) != ERR_OK) {
        return fault_at(fault, position, FAULT_POSSESSION, "%s", identity_short(&device->id, text));
    }
    key->older = device->key;
    device->key = key;
    return true;
}

static bool act_device(struct identity *identity, uint64_t position, const Dantin__ActDevice *act,
                       struct fault *fault)
{
    struct id sender_id;
    char text[IDENTITY_SHORT_BYTES];
    enum role role = role_of_name(act->role);
    struct bytes public_key = bytes_of(act->public_key.data, act->public_key.len);
    if (public_key.len != SIGN_PUBLIC_KEY_BYTES || role == ROLE_COUNT || role == ROLE_LOG ||
        id_from_bytes(bytes_of(act->sender.data, act->sender.len), &sender_id) != ERR_OK) {
        return fault_at(fault, position, FAULT_ACT, "device");
    }
    struct hash id = sign_spki_hash(public_key.at);
    if (identity_find(identity, &id) != NULL) {
        return fault_at(fault, position, FAULT_ACT_TWICE, "%s", identity_short(&id, text));
    }
    if (role_is_of_province(role) && !act->is_province) {
        return fault_at(fault, position, FAULT_ACT, "role %s", role_name(role));
    }
    if (act->has_approval_signature && !is_approved(identity, act, &sender_id)) {
        return fault_at(fault, position, FAULT_OPERATOR, "%s", identity_short(&id, text));
    }
    enum err err = ERR_OK;
    struct identity_key *key = add_key(identity, public_key, &err);
    if (key == NULL && err != ERR_NO_MEMORY) {
        return fault_at(fault, position, FAULT_KEY, "%s", identity_short(&id, text));
    }
    struct identity_sender *sender = sender_of(identity, &sender_id);
    struct identity_device *device = key == NULL || sender == NULL ? NULL : add_device(identity, &id);
    if (device == NULL) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    device->key = key;
    device->sender = sender;
    device->role = role;
    device->role_position = position;
    device->is_province = act->has_is_province && act->is_province;
    sender->devices++;
    identity->device_count++;
    identity->unapproved_count += !act->has_approval_signature;
    return true;
}

/* By an operator in force, who is not the one that made the ticket, over all that the act says. */
static bool is_approved(struct identity *identity, const Dantin__ActDevice *act, const struct id *sender)
{
    uint8_t signed_bytes[ENROLMENT_SIGNED_BYTES_MAX];
    size_t len = 0;
    struct enrolment_claim claim = {
        .sender = *sender,
        .is_province = act->has_is_province && act->is_province,
        .may_see_exact = act->has_may_see_exact && act->may_see_exact,
        .role = act->role,
        .ticket_by = act->ticket_by,
        .approved_by = act->approved_by,
    };
    memcpy(claim.public_key, act->public_key.data, SIGN_PUBLIC_KEY_BYTES);
    return enrolment_signed_bytes(&claim, signed_bytes, &len) == ERR_OK &&
           is_signed_by_second(identity, act->ticket_by, act->approved_by, bytes_of(signed_bytes, len),
                               act->approval_signature);
}

/* Agreed by a second operator, after the device got the role it has: one yes does not serve twice. */
static bool is_agreed(struct identity *identity, uint64_t position, const struct identity_device *device,
                      const Dantin__ActRole *act)
{
    uint8_t signed_bytes[ROLE_CHANGE_SIGNED_BYTES_MAX];
    size_t len = 0;
    struct role_change change = {
        .device = device->id,
        .proposed_at = act->proposed_at,
        .has_exact = act->has_may_see_exact,
        .may_see_exact = act->has_may_see_exact && act->may_see_exact,
        .role = act->role,
        .proposed_by = act->proposed_by,
        .approved_by = act->approved_by,
    };
    return act->has_proposed_at && act->proposed_at > device->role_position && act->proposed_at <= position &&
           role_change_signed_bytes(&change, signed_bytes, &len) == ERR_OK &&
           is_signed_by_second(identity, act->proposed_by, act->approved_by, bytes_of(signed_bytes, len),
                               act->approval_signature);
}

/* Two operators; the second is one in force and signed. */
static bool is_signed_by_second(struct identity *identity, const char *first, const char *second,
                                struct bytes text, ProtobufCBinaryData signature)
{
    struct identity_operator *person = NULL;
    struct identity_operator *other = NULL;
    if (first == NULL || second == NULL) {
        return false;
    }
    HASH_FIND(hh, identity->operators, first, strlen(first), other);
    HASH_FIND(hh, identity->operators, second, strlen(second), person);
    return other != NULL && person != NULL && person != other && person->key != NULL &&
           verify_key_check(person->key, text, bytes_of(signature.data, signature.len)) == ERR_OK;
}

/* A device named by an act: one of people's, known. */
static struct identity_device *named_device(struct identity *identity, ProtobufCBinaryData bytes)
{
    struct hash id;
    if (hash_from_bytes(bytes_of(bytes.data, bytes.len), &id) != ERR_OK) {
        return NULL;
    }
    struct identity_device *device = identity_find(identity, &id);
    return device == identity->log ? NULL : device;
}

static bool act_revoke(struct identity *identity, uint64_t position, const Dantin__ActRevoke *act,
                       struct fault *fault)
{
    struct identity_device *device = named_device(identity, act->device);
    if (device == NULL) {
        return fault_at(fault, position, FAULT_ACT, "revoke");
    }
    if (!device->is_revoked) {
        device->is_revoked = true;
        device->sender->devices--;
        identity->revoked_count++;
    }
    return true;
}

static bool act_role(struct identity *identity, uint64_t position, const Dantin__ActRole *act,
                     struct fault *fault)
{
    char text[IDENTITY_SHORT_BYTES];
    struct identity_device *device = named_device(identity, act->device);
    enum role role = act->role == NULL ? ROLE_COUNT : role_of_name(act->role);
    if (device == NULL || role == ROLE_LOG || (act->role != NULL && role == ROLE_COUNT)) {
        return fault_at(fault, position, FAULT_ACT, "role");
    }
    if (act->role != NULL && role_is_of_province(role) && !device->is_province) {
        return fault_at(fault, position, FAULT_ACT, "role %s", role_name(role));
    }
    if (!is_agreed(identity, position, device, act)) {
        return fault_at(fault, position, FAULT_OPERATOR, "%s", identity_short(&device->id, text));
    }
    device->role = act->role == NULL ? device->role : role;
    device->role_position = position;
    return true;
}

static bool act_witnesses(struct identity *identity, uint64_t position, const Dantin__ActWitnesses *act,
                          struct fault *fault)
{
    for (struct identity_sender *sender = identity->senders; sender != NULL; sender = sender->hh.next) {
        sender->is_named = false;
    }
    identity->are_witnesses_named = act->n_sender > 0;
    for (size_t i = 0; i < act->n_sender; i++) {
        struct id id;
        if (id_from_bytes(bytes_of(act->sender[i].data, act->sender[i].len), &id) != ERR_OK) {
            return fault_at(fault, position, FAULT_ACT, "witnesses");
        }
        struct identity_sender *sender = sender_of(identity, &id);
        if (sender == NULL) {
            return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
        }
        sender->is_named = true;
    }
    return true;
}

/* The log of reads only grows: its newest link is told, for `dantind audit check`. */
static bool act_looks(struct identity *identity, uint64_t position, const Dantin__ActLooks *act,
                      struct fault *fault)
{
    if (act->number == 0 || act->number < identity->looks_number ||
        hash_from_bytes(bytes_of(act->hash.data, act->hash.len), &identity->looks_hash) != ERR_OK) {
        return fault_at(fault, position, FAULT_ACT, "%s", "looks");
    }
    identity->looks_number = act->number;
    return true;
}

static bool act_operator(struct identity *identity, uint64_t position, const Dantin__ActOperator *act,
                         struct fault *fault)
{
    if (act->name == NULL || act->name[0] == 0) {
        return fault_at(fault, position, FAULT_ACT, "operator");
    }
    struct identity_operator *person = NULL;
    HASH_FIND(hh, identity->operators, act->name, strlen(act->name), person);
    if (act->is_ended) {
        if (person != NULL) {
            person->key = NULL;
        }
        return person != NULL || fault_at(fault, position, FAULT_ACT, "operator");
    }
    enum err err = ERR_OK;
    struct identity_key *key = add_key(identity, bytes_of(act->public_key.data, act->public_key.len), &err);
    if (key == NULL && err != ERR_NO_MEMORY) {
        return fault_at(fault, position, FAULT_ACT, "operator");
    }
    if (key != NULL && person == NULL) {
        person = arena_zalloc(identity->arena, 1, sizeof *person);
        char *name = arena_text(identity->arena, bytes_of_text(act->name));
        if (person != NULL && name != NULL) {
            person->name = name;
            HASH_ADD_KEYPTR(hh, identity->operators, person->name, strlen(person->name), person);
            person = hash_table_added(&person->hh, identity->arena) ? person : NULL;
        } else {
            person = NULL;
        }
    }
    if (key == NULL || person == NULL) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    person->key = key->key;
    return true;
}

/* NULL: no memory. */
static struct identity_device *add_device(struct identity *identity, const struct hash *id)
{
    struct identity_device *device = arena_zalloc(identity->arena, 1, sizeof *device);
    if (device == NULL) {
        return NULL;
    }
    device->id = *id;
    HASH_ADD(hh, identity->devices, id, HASH_BYTES, device);
    return hash_table_added(&device->hh, identity->arena) ? device : NULL;
}

/* NULL: *ret_err says whether for lack of memory or because the key is none to take. */
static struct identity_key *add_key(struct identity *identity, struct bytes public_key, enum err *ret_err)
{
    struct identity_key *key = arena_zalloc(identity->arena, 1, sizeof *key);
    if (key == NULL) {
        *ret_err = ERR_NO_MEMORY;
        return NULL;
    }
    *ret_err = verify_key_new(public_key, &key->key);
    if (*ret_err != ERR_OK) {
        return NULL;
    }
    memcpy(key->public_key, public_key.at, SIGN_PUBLIC_KEY_BYTES);
    key->made = identity->keys;
    identity->keys = key;
    return key;
}

/* Found or made; NULL: no memory. */
static struct identity_sender *sender_of(struct identity *identity, const struct id *id)
{
    struct identity_sender *sender = NULL;
    HASH_FIND(hh, identity->senders, id->at, ID_BYTES, sender);
    if (sender != NULL) {
        return sender;
    }
    sender = arena_zalloc(identity->arena, 1, sizeof *sender);
    if (sender == NULL) {
        return NULL;
    }
    sender->id = *id;
    HASH_ADD(hh, identity->senders, id, ID_BYTES, sender);
    return hash_table_added(&sender->hh, identity->arena) ? sender : NULL;
}

/* ---- witnesses ---- */

static bool is_witness(const struct identity *identity, const struct identity_sender *sender)
{
    return sender->devices > 0 && (sender->is_named || !identity->are_witnesses_named);
}

void identity_count_start(struct identity *identity)
{
    identity->counted++;
}

bool identity_count_device(struct identity *identity, struct identity_device *device)
{
    struct identity_sender *sender = device->sender;
    if (device->is_revoked || sender == NULL || !is_witness(identity, sender) ||
        sender->stamp == identity->counted) {
        return false;
    }
    sender->stamp = identity->counted;
    return true;
}

size_t identity_witnesses(const struct identity *identity)
{
    size_t count = 0;
    for (const struct identity_sender *sender = identity->senders; sender != NULL; sender = sender->hh.next) {
        count += is_witness(identity, sender);
    }
    return count;
}
