#include "server/ingest/act.h"

#include <string.h>

#include "common/crypto/hash.h"
#include "common/wire/key_change.h"
#include "common/wire/message.h"
#include "common/wire/prescan.h"
#include "proto/journal.pb-c.h"

/* One line for each kind of act: the message's field, and who reads it. */
typedef enum err act_reader(struct submission *submission, const Dantin__Act *message,
                            struct submission_act *act);

static enum err read_device(struct submission *submission, const Dantin__Act *message,
                            struct submission_act *act);
static enum err read_revoke(struct submission *submission, const Dantin__Act *message,
                            struct submission_act *act);
static enum err read_role(struct submission *submission, const Dantin__Act *message,
                          struct submission_act *act);
static enum err read_witnesses(struct submission *submission, const Dantin__Act *message,
                               struct submission_act *act);
static enum err read_epoch(struct submission *submission, const Dantin__Act *message,
                           struct submission_act *act);
static enum err read_release(struct submission *submission, const Dantin__Act *message,
                             struct submission_act *act);
static enum err read_operator(struct submission *submission, const Dantin__Act *message,
                              struct submission_act *act);
static enum err read_erasure(struct submission *submission, const Dantin__Act *message,
                             struct submission_act *act);
static enum err read_looks(struct submission *submission, const Dantin__Act *message,
                           struct submission_act *act);
static enum err read_log_key(struct submission *submission, const Dantin__Act *message,
                             struct submission_act *act);
static enum err read_new_key(const struct envelope *envelope, struct bytes public_key,
                             struct bytes possession, struct submission_act *act);
static act_reader *reader_of(const Dantin__Act *message);
static enum err read_key(struct bytes in, uint8_t ret_key[SIGN_PUBLIC_KEY_BYTES]);
static enum err read_hash(ProtobufCBinaryData in, struct hash *ret_hash);
static struct bytes view(ProtobufCBinaryData in);
static bool is_short(const char *text, size_t bytes_max);
static const char *refusal_of(const struct act_context *context, uint32_t index);
static const char *refusal_of_device(const struct act_context *context, uint32_t index);
static const char *refusal_of_epoch(const struct act_context *context, const struct submission_act *act);

enum err act_read(struct submission *submission, struct arena *scratch, struct bytes in,
                  struct submission_act *ret_act)
{
    struct submission_act act = {0};
    Dantin__Act *message = NULL;
    enum err err = in.at == NULL ? ERR_NOT_FOUND
                                 : message_unpack(&dantin__act__descriptor, in, false, scratch, &message);
    if (err == ERR_OK) {
        act_reader *read = reader_of(message);
        err = read == NULL ? ERR_MALFORMED : read(submission, message, &act);
    }
    if (submission->arena.is_out_of_memory || scratch->is_out_of_memory) {
        return ERR_NO_MEMORY;
    }
    act.is_readable = err == ERR_OK;
    if (act.effect.kind == STORE_ACT_ERASURE && act.is_readable) {
        act.effect.act_hash = hash_of_one(in);
    }
    *ret_act = act.is_readable ? act : (struct submission_act){0};
    return err;
}

size_t act_elements(struct bytes in)
{
    return in.at == NULL ? 0 : prescan_count(&dantin__act__descriptor, in, PAYLOAD_ELEMENTS_MAX);
}

enum err act_read_key(const struct submission *submission, struct arena *scratch, struct bytes in,
                      struct submission_act *ret_act)
{
    struct submission_act act = {0};
    Dantin__KeyChange *message = NULL;
    enum err err = in.at == NULL
                       ? ERR_NOT_FOUND
                       : message_unpack(&dantin__key_change__descriptor, in, false, scratch, &message);
    if (err == ERR_OK) {
        err = read_new_key(&submission->envelope, view(message->public_key), view(message->possession), &act);
    }
    if (err == ERR_NO_MEMORY || scratch->is_out_of_memory) {
        return ERR_NO_MEMORY;
    }
    act.is_readable = err == ERR_OK;
    *ret_act = act.is_readable ? act : (struct submission_act){0};
    return err;
}

size_t act_key_elements(struct bytes in)
{
    return in.at == NULL ? 0 : prescan_count(&dantin__key_change__descriptor, in, PAYLOAD_ELEMENTS_MAX);
}

struct verdict act_judge(const struct act_context *context, uint32_t index)
{
    struct verdict verdict = {.code = VERDICT_APPLIED};
    const char *rule = refusal_of(context, index);
    if (rule != NULL) {
        verdict.code = VERDICT_REFUSED;
        memcpy(verdict.rule, rule, strlen(rule) + 1);
    }
    return verdict;
}

/* ---- reading ---- */

/* Exactly one field may be there. */
static act_reader *reader_of(const Dantin__Act *message)
{
    const struct {
        bool is_there;
        act_reader *read;
    } readers[] = {
        {message->device != NULL, read_device},      {message->revoke != NULL, read_revoke},
        {message->role != NULL, read_role},          {message->witnesses != NULL, read_witnesses},
        {message->log_key != NULL, read_log_key},    {message->epoch != NULL, read_epoch},
        {message->erasure != NULL, read_erasure},    {message->release != NULL, read_release},
        {message->operator_ != NULL, read_operator}, {message->looks != NULL, read_looks},
    };
    act_reader *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        count += readers[i].is_there ? 1 : 0;
        found = readers[i].is_there ? readers[i].read : found;
    }
    return count == 1 ? found : NULL;
}

static enum err read_device(struct submission *submission, const Dantin__Act *message,
                            struct submission_act *act)
{
    const Dantin__ActDevice *from = message->device;
    struct store_act *to = &act->effect;
    (void)submission;
    to->kind = STORE_ACT_DEVICE;
    enum err err = read_key(view(from->public_key), to->public_key);
    if (err == ERR_OK) {
        err = id_from_bytes(view(from->sender), &to->sender);
    }
    to->role = role_of_name(from->role);
    if (err != ERR_OK || id_is_none(&to->sender) || to->role >= ROLE_LOG ||
        !is_short(from->ticket_by, ACT_NAME_BYTES_MAX) || !is_short(from->approved_by, ACT_NAME_BYTES_MAX)) {
        return ERR_MALFORMED;
    }
    to->device = sign_spki_hash(to->public_key);
    to->is_province = from->has_is_province && from->is_province;
    to->may_see_exact = from->has_may_see_exact && from->may_see_exact;
    return ERR_OK;
}

static enum err read_revoke(struct submission *submission, const Dantin__Act *message,
                            struct submission_act *act)
{
    (void)submission;
    act->effect.kind = STORE_ACT_REVOKE;
    return is_short(message->revoke->reason, ACT_REASON_BYTES_MAX)
               ? read_hash(message->revoke->device, &act->effect.device)
               : ERR_TOO_BIG;
}

static enum err read_role(struct submission *submission, const Dantin__Act *message,
                          struct submission_act *act)
{
    const Dantin__ActRole *from = message->role;
    bool has_two = from->proposed_by != NULL && from->approved_by != NULL &&
                   strcmp(from->proposed_by, from->approved_by) != 0 && from->has_proposed_at &&
                   from->approval_signature.len == SIGN_SIGNATURE_BYTES;
    (void)submission;
    act->effect.kind = STORE_ACT_ROLE;
    act->effect.has_role = from->role != NULL;
    act->effect.role = role_of_name(from->role);
    act->effect.has_exact = from->has_may_see_exact;
    act->effect.may_see_exact = from->has_may_see_exact && from->may_see_exact;
    if (!has_two || !is_short(from->proposed_by, ACT_NAME_BYTES_MAX) ||
        !is_short(from->approved_by, ACT_NAME_BYTES_MAX) ||
        (!act->effect.has_role && !act->effect.has_exact) ||
        (act->effect.has_role && act->effect.role >= ROLE_LOG)) {
        return ERR_MALFORMED;
    }
    return read_hash(from->device, &act->effect.device);
}

static enum err read_witnesses(struct submission *submission, const Dantin__Act *message,
                               struct submission_act *act)
{
    const Dantin__ActWitnesses *from = message->witnesses;
    if (from->n_sender > ACT_SENDERS_MAX) {
        return ERR_TOO_BIG;
    }
    struct id *senders = arena_zalloc(&submission->arena, from->n_sender + 1, sizeof *senders);
    if (senders == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < from->n_sender; i++) {
        if (id_from_bytes(view(from->sender[i]), &senders[i]) != ERR_OK) {
            return ERR_MALFORMED;
        }
    }
    act->effect.kind = STORE_ACT_WITNESSES;
    act->effect.senders = senders;
    act->effect.sender_count = from->n_sender;
    return ERR_OK;
}

static enum err read_epoch(struct submission *submission, const Dantin__Act *message,
                           struct submission_act *act)
{
    const Dantin__ActEpoch *from = message->epoch;
    (void)submission;
    act->effect.kind = STORE_ACT_EPOCH;
    act->branch_size = from->branch_size;
    if (!from->has_branch_size || id_from_bytes(view(from->previous), &act->previous) != ERR_OK ||
        id_from_bytes(view(from->epoch), &act->effect.epoch) != ERR_OK || id_is_none(&act->effect.epoch)) {
        return ERR_MALFORMED;
    }
    return hash_from_bytes(view(from->branch_root), &act->branch_root);
}

static enum err read_release(struct submission *submission, const Dantin__Act *message,
                             struct submission_act *act)
{
    (void)submission;
    act->effect.kind = STORE_ACT_RELEASE;
    return read_hash(message->release->device, &act->effect.device);
}

static enum err read_operator(struct submission *submission, const Dantin__Act *message,
                              struct submission_act *act)
{
    const Dantin__ActOperator *from = message->operator_;
    if (from->name == NULL || from->name[0] == '\0' || !is_short(from->name, ACT_NAME_BYTES_MAX)) {
        return ERR_MALFORMED;
    }
    act->effect.kind = STORE_ACT_OPERATOR;
    act->effect.name = arena_text(&submission->arena, bytes_of_text(from->name));
    act->effect.has_ended = from->has_is_ended && from->is_ended;
    return act->effect.name == NULL ? ERR_NO_MEMORY
                                    : read_key(view(from->public_key), act->effect.public_key);
}

/* That every version named is the record's, the command sees to that makes the act: it reads them under the head's lock. */
static enum err read_erasure(struct submission *submission, const Dantin__Act *message,
                             struct submission_act *act)
{
    const Dantin__ActErasure *from = message->erasure;
    const struct kind_schema *schema = schema_of(from->kind);
    struct id version;
    (void)submission;
    if (schema == NULL || from->n_version == 0 || from->decision == NULL || from->decision[0] == '\0' ||
        !is_short(from->decision, ACT_REASON_BYTES_MAX) ||
        id_from_bytes(view(from->record), &act->effect.record) != ERR_OK) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < from->n_version; i++) {
        if (id_from_bytes(view(from->version[i]->version), &version) != ERR_OK ||
            from->version[i]->body.len > SCHEMA_RECORD_BYTES_MAX) {
            return ERR_MALFORMED;
        }
    }
    for (size_t i = 0; i < from->n_sender; i++) {
        if (from->sender[i].len != ID_BYTES) {
            return ERR_MALFORMED;
        }
    }
    act->effect.kind = STORE_ACT_ERASURE;
    act->effect.record_kind = schema->kind;
    return ERR_OK;
}

/* Whether the log of reads is what it says, its auditor knows: the journal only keeps it. */
static enum err read_looks(struct submission *submission, const Dantin__Act *message,
                           struct submission_act *act)
{
    const Dantin__ActLooks *from = message->looks;
    (void)submission;
    act->effect.kind = STORE_ACT_LOOKS;
    act->effect.link_number = from->number;
    return from->number == 0 || from->number > INT64_MAX ? ERR_MALFORMED
                                                         : read_hash(from->hash, &act->effect.link_hash);
}

static enum err read_log_key(struct submission *submission, const Dantin__Act *message,
                             struct submission_act *act)
{
    return read_new_key(&submission->envelope, view(message->log_key->public_key),
                        view(message->log_key->possession), act);
}

/* Who sealed the entry goes on under another key. That it is not held is a verdict of its own. */
static enum err read_new_key(const struct envelope *envelope, struct bytes public_key,
                             struct bytes possession, struct submission_act *act)
{
    struct verify_key *key = NULL;
    uint8_t signed_bytes[KEY_CHANGE_SIGNED_BYTES];
    act->effect.kind = STORE_ACT_KEY;
    act->effect.device = envelope->device;
    act->effect.from_sequence = envelope->sequence + 1;
    enum err err = read_key(public_key, act->effect.public_key);
    if (err == ERR_OK) {
        err = verify_key_new(public_key, &key);
    }
    if (err == ERR_OK) {
        key_change_signed_bytes(&envelope->device, envelope->sequence, signed_bytes);
        err = verify_key_check(key, bytes_of(signed_bytes, sizeof signed_bytes), possession);
        act->has_possession = err == ERR_OK;
        err = err == ERR_BAD_SIGNATURE ? ERR_OK : err;
    }
    verify_key_free(key);
    return err;
}

/* Canonical, not of small order. */
static enum err read_key(struct bytes in, uint8_t ret_key[SIGN_PUBLIC_KEY_BYTES])
{
    struct verify_key *key = NULL;
    enum err err = verify_key_new(in, &key);
    verify_key_free(key);
    if (err == ERR_OK) {
        memcpy(ret_key, in.at, SIGN_PUBLIC_KEY_BYTES);
    }
    return err;
}

static enum err read_hash(ProtobufCBinaryData in, struct hash *ret_hash)
{
    enum err err = hash_from_bytes(view(in), ret_hash);
    return err == ERR_OK && hash_is_none(ret_hash) ? ERR_MALFORMED : err;
}

static struct bytes view(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

static bool is_short(const char *text, size_t bytes_max)
{
    return text == NULL || strlen(text) <= bytes_max;
}

/* ---- judging ---- */

/* NULL: it is applied. */
static const char *refusal_of(const struct act_context *context, uint32_t index)
{
    const struct submission_act *act = &context->submission->acts[index];
    if (!act->is_readable) {
        return "ingest.unreadable";
    }
    switch (act->effect.kind) {
    case STORE_ACT_EPOCH:
        return refusal_of_epoch(context, act);
    case STORE_ACT_WITNESSES:
    case STORE_ACT_OPERATOR:
    case STORE_ACT_ERASURE:
    case STORE_ACT_LOOKS:
        return NULL;
    case STORE_ACT_DEVICE:
    case STORE_ACT_KEY:
    case STORE_ACT_REVOKE:
    case STORE_ACT_ROLE:
    case STORE_ACT_RELEASE:
    case STORE_ACT_KIND_COUNT:
        break;
    }
    return refusal_of_device(context, index);
}

static const char *refusal_of_device(const struct act_context *context, uint32_t index)
{
    const struct submission_act *act = &context->submission->acts[index];
    const struct store_act *effect = &act->effect;
    const struct store_device *device = &context->targets[index];
    bool is_known = !hash_is_none(&device->device);
    for (uint32_t i = 0; i < index; i++) {
        if (hash_equal(&context->submission->acts[i].effect.device, &effect->device)) {
            return "act.named_twice";
        }
    }
    if (effect->kind == STORE_ACT_DEVICE) {
        bool is_role_fit = effect->is_province || !role_is_of_province(effect->role);
        return is_known ? "act.device_exists" : is_role_fit ? NULL : "act.role";
    }
    bool is_own_key = effect->kind == STORE_ACT_KEY; /* of the log too: nobody else seals acts */
    if (!is_known || (device->role == ROLE_LOG && !is_own_key)) {
        return "act.device_unknown";
    }
    if (device->is_revoked) {
        return "act.device_revoked";
    }
    if (effect->kind == STORE_ACT_ROLE && effect->has_role && role_is_of_province(effect->role) &&
        !device->is_province) {
        return "act.role";
    }
    if (effect->kind == STORE_ACT_RELEASE && !device->is_quarantined) {
        return "act.not_quarantined";
    }
    return is_own_key && !act->has_possession ? "act.possession" : NULL;
}

/* It says from where it goes on; that must be the head as it is. */
static const char *refusal_of_epoch(const struct act_context *context, const struct submission_act *act)
{
    struct hash root = merkle_frontier_root(context->frontier);
    bool is_alone = context->is_first && context->submission->change_count == 1;
    bool is_head = id_equal(&act->previous, &context->head->epoch) &&
                   act->branch_size == context->head->position && hash_equal(&act->branch_root, &root) &&
                   !id_equal(&act->effect.epoch, &context->head->epoch);
    return is_alone && is_head ? NULL : "act.epoch";
}
