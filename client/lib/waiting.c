/* Every hash is computed here; nothing is taken on the server's word but what the public key is whose. */
#include "client/lib/waiting.h"

#include "common/crypto/hash.h"
#include "common/crypto/sign.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/submission.pb-c.h"
#include "proto/waiting.pb-c.h"

static enum err check_entry(struct waiting_list *list, const Dantin__WaitingEntry *entry,
                            struct envelope *ret_envelope);
static enum err check_signature(const Dantin__WaitingEntry *entry);
static enum err take_change(struct waiting_list *list, const Dantin__WaitingEntry *entry,
                            const struct envelope *envelope, const Dantin__WaitingChange *change);
static enum err read_change(struct waiting_list *list, struct bytes in, struct waiting_item *item);
static struct bytes bytes_of_field(const ProtobufCBinaryData *field);

void waiting_list_init(struct waiting_list *list)
{
    *list = (struct waiting_list){0};
    arena_init(&list->arena, WAITING_ARENA_BYTES_MAX);
    buf_init(&list->items, WAITING_ITEMS_MAX * sizeof(struct waiting_item));
}

void waiting_list_release(struct waiting_list *list)
{
    buf_release(&list->items);
    arena_release(&list->arena);
}

size_t waiting_list_count(const struct waiting_list *list)
{
    return list->items.len / sizeof(struct waiting_item);
}

const struct waiting_item *waiting_list_at(const struct waiting_list *list, size_t index)
{
    return (const struct waiting_item *)(const void *)buf_content(&list->items).at + index;
}

enum err waiting_list_take(struct waiting_list *list, const struct Dantin__Waits *waits)
{
    const Dantin__WaitingEntry *entry = waits->entry;
    struct envelope envelope = {0};
    if (entry == NULL) {
        return ERR_OK;
    }
    enum err err = check_entry(list, entry, &envelope);
    for (size_t i = 0; err == ERR_OK && i < entry->n_change; i++) {
        err = take_change(list, entry, &envelope, entry->change[i]);
    }
    return err == ERR_MALFORMED ? ERR_PROTOCOL : err;
}

static enum err check_entry(struct waiting_list *list, const Dantin__WaitingEntry *entry,
                            struct envelope *ret_envelope)
{
    enum err err = envelope_decode(bytes_of_field(&entry->envelope), ret_envelope);
    if (err != ERR_OK || ret_envelope->content != ENVELOPE_CONTENT_CHANGES || !entry->has_position) {
        return ERR_PROTOCOL;
    }
    if (entry->has_hashes) {
        list->hashes = arena_copy(&list->arena, bytes_of_field(&entry->hashes));
        list->position = entry->position;
        if (list->hashes.at == NULL) {
            return ERR_TOO_BIG;
        }
    }
    if (list->hashes.at == NULL || list->position != entry->position || list->hashes.len % HASH_BYTES != 0) {
        return ERR_PROTOCOL;
    }
    struct hash payload_hash = hash_of_one(list->hashes);
    return hash_equal(&payload_hash, &ret_envelope->payload_hash) ? check_signature(entry) : ERR_PROTOCOL;
}

static enum err check_signature(const Dantin__WaitingEntry *entry)
{
    struct verify_key *key = NULL;
    enum err err = verify_key_new(bytes_of_field(&entry->public_key), &key);
    if (err == ERR_OK) {
        err = verify_key_check(key, bytes_of_field(&entry->envelope), bytes_of_field(&entry->signature));
    }
    verify_key_free(key);
    return err;
}

static enum err take_change(struct waiting_list *list, const Dantin__WaitingEntry *entry,
                            const struct envelope *envelope, const Dantin__WaitingChange *change)
{
    struct hash hash_of_envelope = envelope_hash(bytes_of_field(&entry->envelope));
    struct waiting_item item = {
        .version = version_name(&hash_of_envelope, change->index),
        .device = envelope->device,
        .position = entry->position,
        .server_time_ms = entry->server_time_ms,
    };
    size_t at = (size_t)change->index * HASH_BYTES;
    if (change->index >= list->hashes.len / HASH_BYTES) {
        return ERR_PROTOCOL;
    }
    enum err err = hash_from_bytes(bytes_of(list->hashes.at + at, HASH_BYTES), &item.change_hash);
    if (err == ERR_OK && change->has_change) {
        struct hash salt = {0};
        err = hash_from_bytes(bytes_of_field(&change->salt), &salt);
        if (err == ERR_OK) {
            struct hash hash = payload_change_hash(&salt, bytes_of_field(&change->change));
            err = hash_equal(&hash, &item.change_hash) ? ERR_OK : ERR_PROTOCOL;
        }
        if (err == ERR_OK) {
            err = read_change(list, bytes_of_field(&change->change), &item);
        }
    }
    return err == ERR_OK ? buf_append(&list->items, bytes_of(&item, sizeof item)) : err;
}

/* What this program cannot read it cannot show, and nobody approves what they have not seen. */
static enum err read_change(struct waiting_list *list, struct bytes in, struct waiting_item *item)
{
    Dantin__Change *change = NULL;
    struct bytes kept = arena_copy(&list->arena, in);
    if (kept.at == NULL) {
        return ERR_TOO_BIG;
    }
    enum err err = message_unpack(&dantin__change__descriptor, kept, false, &list->arena, &change);
    if (err == ERR_TOO_BIG) {
        return err;
    }
    const struct kind_schema *schema = err == ERR_OK ? schema_of(change->kind) : NULL;
    if (schema == NULL || id_from_bytes(bytes_of_field(&change->record), &item->record) != ERR_OK) {
        return ERR_OK;
    }
    item->is_removal = change->removal;
    if (!item->is_removal && message_unpack(schema->descriptor, bytes_of_field(&change->body), false,
                                            &list->arena, &item->message) != ERR_OK) {
        return ERR_OK;
    }
    item->schema = schema;
    return ERR_OK;
}

static struct bytes bytes_of_field(const ProtobufCBinaryData *field)
{
    return bytes_of(field->data, field->len);
}
