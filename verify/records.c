/* Versions follow one another; the digest follows them. */
#include "verify/records.h"

#include <string.h>

#include "common/record/date.h"
#include "common/wire/field_reader.h"
#include "common/wire/state_digest.h"

enum {
    CHANGE_KIND = 1,
    CHANGE_RECORD = 2,
    CHANGE_BASE = 3,
    CHANGE_BODY = 4,
    CHANGE_REMOVAL = 5,
    APPROVAL_VERSION = 1,
    APPROVAL_HASH = 2,
    APPROVAL_REJECTION = 3,
};

/* An Approval, read. */
struct approval {
    struct id version;
    struct hash hash;
    bool is_rejection;
};

static struct record_state *state_of(struct records *records, const struct record_key *key);
static bool is_in_scope(struct records *records, const struct record_deed *deed,
                        const struct record_state *state, const struct record_change *change);
static scope_find find_branch;
static const char *short_name(const struct id *version, char ret_text[IDENTITY_SHORT_BYTES]);
static bool read_approval(struct bytes item, struct approval *ret_approval);

void records_init(struct records *records, struct arena *arena)
{
    *records = (struct records){.arena = arena};
    scope_kinds_init(&records->kinds);
}

void records_release(struct records *records)
{
    HASH_CLEAR(hh, records->states);
    HASH_CLEAR(hh, records->waiting);
    HASH_CLEAR(hh, records->erased);
    *records = (struct records){0};
}

struct record_key records_key(uint32_t kind, const struct id *record)
{
    struct record_key key;
    u16_write(key.at, (uint16_t)kind);
    memcpy(key.at + 2, record->at, ID_BYTES);
    return key;
}

/* By hand: the fate of a change hangs on few fields, and unpacking all of it would cost more than checking its hash. */
bool records_read_change(struct records *records, struct bytes item, struct record_change *ret_change)
{
    uint64_t kind = 0;
    struct record_change change = {.scope = {.exists = true}};
    struct id record = {{0}};
    struct bytes body = {NULL, 0};
    while (item.len > 0) {
        struct field field;
        if (field_read(&item, &field) != ERR_OK) {
            return false;
        }
        bool is_bytes = field.wire_type == FIELD_WIRE_BYTES;
        if (field.wire_type == FIELD_WIRE_VARINT) {
            kind = field.number == CHANGE_KIND ? field.value : kind;
            change.scope.is_removed =
                field.number == CHANGE_REMOVAL ? field.value != 0 : change.scope.is_removed;
        } else if (field.number == CHANGE_BODY && is_bytes) {
            body = field.bytes;
        } else if ((field.number == CHANGE_RECORD &&
                    (!is_bytes || id_from_bytes(field.bytes, &record) != ERR_OK)) ||
                   (field.number == CHANGE_BASE &&
                    (!is_bytes || id_from_bytes(field.bytes, &change.base) != ERR_OK))) {
            return false;
        }
    }
    if (kind == 0 || kind > KIND_MAX || id_is_none(&record) ||
        (!change.scope.is_removed &&
         !scope_read(&records->kinds, (enum record_kind)kind, body, records->arena, &change.scope))) {
        return false;
    }
    change.key = records_key((uint32_t)kind, &record);
    *ret_change = change;
    return true;
}

bool records_needs_second(const struct record_key *key)
{
    const struct kind_schema *schema = schema_of(u16_read(key->at));
    return schema != NULL && schema->needs_second_person;
}

bool records_apply(struct records *records, const struct record_deed *deed,
                   const struct record_change *change, const struct id *version, struct fault *fault)
{
    char text[IDENTITY_SHORT_BYTES];
    struct record_state *state = state_of(records, &change->key);
    if (state == NULL) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    if (!change->is_erased && !id_equal(&state->version, &change->base)) {
        return fault_at(fault, deed->position, FAULT_BASE, "%s", short_name(version, text));
    }
    if (!is_in_scope(records, deed, state, change)) {
        return fault_at(fault, deed->position, FAULT_SCOPE, "%s", short_name(version, text));
    }
    struct id record;
    struct scope_state after = change->scope;
    memcpy(record.at, change->key.at + 2, ID_BYTES);
    state_digest_move(&records->digest, u16_read(change->key.at), &record, &state->version, version);
    if (after.is_removed) {
        after.edges = state->scope.edges;
        after.edge_count = state->scope.edge_count;
        after.is_unknown = state->scope.is_unknown;
    }
    state->scope = after;
    state->version = *version;
    records->applied_count++;
    return true;
}

/* The province's devices may change every record. Of what was erased nobody knows any more whose it was. */
static bool is_in_scope(struct records *records, const struct record_deed *deed,
                        const struct record_state *state, const struct record_change *change)
{
    if (deed->device->is_province || change->is_erased) {
        return true;
    }
    const struct scope_question question = {
        .find = find_branch,
        .context = records,
        .sender = &deed->device->sender->id,
        .date = date_of_moment(deed->time_ms),
        .kind = (enum record_kind)u16_read(change->key.at),
    };
    return scope_allows(&question, &state->scope, &change->scope);
}

static const struct scope_state *find_branch(void *context, const struct id *branch)
{
    const struct records *records = context;
    struct record_key key = records_key(KIND_BRANCH, branch);
    struct record_state *state = NULL;
    HASH_FIND(hh, records->states, key.at, sizeof key.at, state);
    return state == NULL ? NULL : &state->scope;
}

/* Found or made; NULL: no memory. */
static struct record_state *state_of(struct records *records, const struct record_key *key)
{
    struct record_state *state = NULL;
    HASH_FIND(hh, records->states, key->at, sizeof key->at, state);
    if (state != NULL) {
        return state;
    }
    state = arena_zalloc(records->arena, 1, sizeof *state);
    if (state == NULL) {
        return NULL;
    }
    state->key = *key;
    HASH_ADD(hh, records->states, key, sizeof state->key, state);
    records->record_count++;
    return hash_table_added(&state->hh, records->arena) ? state : NULL;
}

bool records_wait(struct records *records, const struct record_change *change, const struct id *version,
                  const struct identity_device *device, struct fault *fault)
{
    struct record_waiting *waiting = arena_zalloc(records->arena, 1, sizeof *waiting);
    if (waiting == NULL) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    *waiting = (struct record_waiting){.version = *version, .change = *change, .device = device};
    HASH_ADD(hh, records->waiting, version, ID_BYTES, waiting);
    return hash_table_added(&waiting->hh, records->arena) || fault_in(fault, FAULT_NO_MEMORY, "%s", "");
}

bool records_approve(struct records *records, const struct record_deed *deed, struct bytes item,
                     struct fault *fault)
{
    struct approval approval;
    char text[IDENTITY_SHORT_BYTES];
    if (!read_approval(item, &approval)) {
        return fault_at(fault, deed->position, FAULT_ITEM, "(approval)");
    }
    struct record_waiting *waiting = NULL;
    HASH_FIND(hh, records->waiting, approval.version.at, ID_BYTES, waiting);
    if (waiting == NULL || waiting->device->sender != deed->device->sender ||
        !hash_equal(&waiting->change.hash, &approval.hash)) {
        return fault_at(fault, deed->position, FAULT_APPROVAL, "%s", short_name(&approval.version, text));
    }
    if (waiting->device == deed->device) {
        return fault_at(fault, deed->position, FAULT_APPROVAL_SELF, "%s",
                        short_name(&approval.version, text));
    }
    HASH_DEL(records->waiting, waiting);
    return approval.is_rejection || records_apply(records, deed, &waiting->change, &approval.version, fault);
}

void records_lose(struct records *records, struct bytes item, const struct verdict *verdict)
{
    /* By these an approval decides nothing. */
    static const char *const idle[] = {
        "approval.unknown",    "approval.decided",      "approval.wrong_hash", "approval.same_person",
        "approval.unreadable", "approval.base_waiting", "ingest.unreadable",   "ingest.named_twice",
        "ingest.role",         "ingest.incident",
    };
    struct approval approval;
    struct record_waiting *waiting = NULL;
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++) {
        if (strcmp(verdict->rule, idle[i]) == 0) {
            return;
        }
    }
    if (item.at != NULL && read_approval(item, &approval)) {
        HASH_FIND(hh, records->waiting, approval.version.at, ID_BYTES, waiting);
    }
    if (waiting != NULL) {
        HASH_DEL(records->waiting, waiting);
    }
}

static bool read_approval(struct bytes item, struct approval *ret_approval)
{
    struct approval approval = {0};
    while (item.len > 0) {
        struct field field;
        if (field_read(&item, &field) != ERR_OK) {
            return false;
        }
        bool is_bytes = field.wire_type == FIELD_WIRE_BYTES;
        if ((field.number == APPROVAL_VERSION &&
             (!is_bytes || id_from_bytes(field.bytes, &approval.version) != ERR_OK)) ||
            (field.number == APPROVAL_HASH &&
             (!is_bytes || hash_from_bytes(field.bytes, &approval.hash) != ERR_OK))) {
            return false;
        }
        if (field.number == APPROVAL_REJECTION && field.wire_type == FIELD_WIRE_VARINT) {
            approval.is_rejection = field.value != 0;
        }
    }
    *ret_approval = approval;
    return !id_is_none(&approval.version);
}

bool records_note_erased(struct records *records, const struct record_key *key, const struct id *version,
                         struct fault *fault)
{
    if (records_erased(records, version) != NULL) {
        return true;
    }
    struct record_erased *erased = arena_zalloc(records->arena, 1, sizeof *erased);
    if (erased == NULL) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    erased->version = *version;
    erased->key = *key;
    HASH_ADD(hh, records->erased, version, ID_BYTES, erased);
    return hash_table_added(&erased->hh, records->arena) || fault_in(fault, FAULT_NO_MEMORY, "%s", "");
}

const struct record_erased *records_erased(const struct records *records, const struct id *version)
{
    struct record_erased *erased = NULL;
    HASH_FIND(hh, records->erased, version->at, ID_BYTES, erased);
    return erased;
}

static const char *short_name(const struct id *version, char ret_text[IDENTITY_SHORT_BYTES])
{
    hex_encode(bytes_of(version->at, (IDENTITY_SHORT_BYTES - 1) / 2), ret_text);
    return ret_text;
}
