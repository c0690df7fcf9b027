/* The model's journal: facts by plain search, and copies of everything applied. Written without the code it
 * is compared with: it reads records through the schema only. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/crypto/hash.h"
#include "common/wire/envelope.h"
#include "common/wire/message.h"
#include "tests/lib/model_internal.h"

static void record_fact(const struct store *store, const struct store_record_key *key,
                        struct arena *edge_arena, struct store_record_fact *fact);
static void base_fact(const struct store *store, const struct store_record_key *key,
                      struct store_record_fact *fact);
static void journalled_fact(const struct store *store, const struct store_submission_key *key,
                            struct store_journalled *journalled);
static struct id owner_of(const struct model_version *version);
static bool has_official_code(const struct model_version *version);
static size_t edges_of(const struct model_version *version, struct arena *arena,
                       const struct store_edge **ret_edges);
static bool is_current_here(const struct model_version *version);
static void branch_facts(const struct store *store, const struct id *asked, size_t asked_count,
                         struct arena *arena, struct store_facts *facts);
static void number_facts(const struct store *store, const struct store_facts_request *request,
                         struct arena *arena, struct store_facts *facts);
static void refused_facts(const struct store *store, const struct store_facts_request *request,
                          struct arena *arena, struct store_facts *facts);
static bool is_asked(const struct store_facts_request *request, const struct store_record_key *key);
static void uncounted_facts(const struct store *store, const struct store_facts_request *request,
                            struct arena *arena, struct store_facts *facts);
static void referrer_facts(const struct store *store, const struct store_facts_request *request,
                           struct arena *arena, struct store_facts *facts);
static void *must(void *memory);

void model_facts(struct store *store, const struct store_facts_request *request, struct arena *arena,
                 struct store_facts *ret_facts)
{
    struct store_device *devices = must(arena_zalloc(arena, request->submission_count, sizeof *devices));
    struct store_journalled *journalled =
        must(arena_zalloc(arena, request->submission_count, sizeof *journalled));
    struct store_record_fact *records = must(arena_zalloc(arena, request->record_count, sizeof *records));
    bool *references = must(arena_zalloc(arena, request->reference_count, sizeof *references));
    for (size_t i = 0; i < request->submission_count; i++) {
        const struct store_device *device = model_store_device(store, &request->submissions[i].device);
        if (device != NULL) {
            devices[i] = *device;
        }
        journalled_fact(store, &request->submissions[i], &journalled[i]);
    }
    for (size_t i = 0; i < request->record_count; i++) {
        bool wants_edges = request->wants_edges != NULL && request->wants_edges[i];
        record_fact(store, &request->records[i], wants_edges ? arena : NULL, &records[i]);
    }
    for (size_t i = 0; i < request->reference_count; i++) {
        const struct record_reference *asked = &request->references[i];
        const struct model_version *current = model_current(store, asked->kind, &asked->record);
        references[i] = current != NULL && !current->version.is_removal;
    }
    struct store_device *targets = must(arena_zalloc(arena, request->target_count, sizeof *targets));
    for (size_t i = 0; i < request->target_count; i++) {
        const struct store_device *device = model_store_device(store, &request->targets[i]);
        targets[i] = device != NULL ? *device : targets[i];
    }
    ret_facts->targets = targets;
    ret_facts->head = store->head;
    ret_facts->tree = store->tree;
    ret_facts->devices = devices;
    ret_facts->journalled = journalled;
    ret_facts->records = records;
    ret_facts->references = references;
    number_facts(store, request, arena, ret_facts);
    refused_facts(store, request, arena, ret_facts);
    uncounted_facts(store, request, arena, ret_facts);
    referrer_facts(store, request, arena, ret_facts);

    size_t asked_max = request->branch_count + request->record_count + ret_facts->number_count;
    for (size_t i = 0; i < request->record_count; i++) {
        asked_max += records[i].edge_count;
    }
    struct id *asked = must(arena_zalloc(arena, asked_max, sizeof *asked));
    size_t asked_count = 0;
    for (size_t i = 0; i < request->branch_count; i++) {
        asked[asked_count++] = request->branches[i];
    }
    for (size_t i = 0; i < request->record_count; i++) {
        asked[asked_count++] = records[i].owner;
        for (size_t j = 0; j < records[i].edge_count; j++) {
            asked[asked_count++] = records[i].edges[j].to_branch;
        }
    }
    for (size_t i = 0; i < ret_facts->number_count; i++) {
        asked[asked_count++] = ret_facts->numbers[i].owner;
    }
    branch_facts(store, asked, asked_count, arena, ret_facts);
}

bool model_refuses(const struct store *store, const struct store_group *group)
{
    for (size_t i = 0; i < store->refused_record_count; i++) {
        for (size_t j = 0; j < group->version_count; j++) {
            const struct store_version *version = &group->versions[j];
            if (version->schema->kind == KIND_MEMBER &&
                id_equal(&store->refused_records[i], &version->record)) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < store->refused_envelope_count; i++) {
        for (size_t j = 0; j < group->entry_count; j++) {
            if (hash_equal(&store->refused_envelopes[i], &group->entries[j].envelope_hash)) {
                return true;
            }
        }
    }
    return false;
}

static void apply_version(struct store *store, const struct store_version *version)
{
    struct model_version *current = model_current(store, version->schema->kind, &version->record);
    REQUIRE((current == NULL) ==
            id_is_none(&version->previous)); /* the judge let through only what is based on it */
    if (current != NULL) {
        REQUIRE(id_equal(&current->version.version, &version->previous));
        REQUIRE(current->version.position < version->position);
        current->until = version->position;
    }
    if (store->version_count == store->version_room) {
        store->version_room = store->version_room * 2 + 64;
        store->versions = must(realloc(store->versions, store->version_room * sizeof *store->versions));
    }
    struct model_version *added = &store->versions[store->version_count++];
    *added = (struct model_version){.version = *version, .until = UINT64_MAX};
    added->version.message = NULL;
    if (version->is_removal) {
        return;
    }
    struct buf packed;
    buf_init(&packed, SCHEMA_RECORD_BYTES_MAX);
    REQUIRE(message_pack(version->message, &packed) == ERR_OK);
    added->body = arena_copy(&store->arena, buf_content(&packed));
    buf_release(&packed);
    void *message = NULL;
    REQUIRE(message_unpack(version->schema->descriptor, added->body, false, &store->arena, &message) ==
            ERR_OK);
    added->version.message = message;
}

static void apply_entry(struct store *store, const struct store_group *group, const struct store_entry *entry)
{
    REQUIRE(entry->position == store->entry_count);
    struct store_device *device = model_store_device(store, &entry->device);
    REQUIRE(device != NULL && device->last_sequence + 1 == entry->sequence);
    device->last_sequence = entry->sequence;
    device->last_envelope_hash = entry->envelope_hash;
    if (store->entry_count == store->entry_room) {
        store->entry_room = store->entry_room * 2 + 64;
        store->entries = must(realloc(store->entries, store->entry_room * sizeof *store->entries));
    }
    struct model_entry *added = &store->entries[store->entry_count++];
    struct arena *arena = &store->arena;
    size_t count = entry->verdict_count;
    *added = (struct model_entry){
        .entry = *entry, .epoch = group->head_after.epoch, .server_time_ms = group->server_time_ms};
    added->entry.envelope = arena_copy(arena, entry->envelope);
    added->entry.signature = arena_copy(arena, entry->signature);
    added->entry.payload_zstd = arena_copy(arena, entry->payload_zstd);
    added->entry.verdicts =
        (void *)arena_copy(arena, bytes_of(entry->verdicts, count * sizeof *entry->verdicts)).at;
    added->entry.verdict_indexes =
        (void *)arena_copy(arena, bytes_of(entry->verdict_indexes, count * sizeof *entry->verdict_indexes))
            .at;
    added->entry.verdict_versions =
        (void *)arena_copy(arena, bytes_of(entry->verdict_versions, count * sizeof *entry->verdict_versions))
            .at;
    added->entry.verdict_records =
        (void *)arena_copy(arena, bytes_of(entry->verdict_records, count * sizeof *entry->verdict_records))
            .at;
}

void model_apply(struct store *store, const struct store_group *group, struct bytes note)
{
    REQUIRE(group->server_time_ms >= store->head.server_time_ms);
    REQUIRE(group->head_after.position == store->head.position + group->entry_count);
    for (size_t i = 0; i < group->act_count; i++) {
        model_apply_act(store, &group->acts[i]);
    }
    for (size_t i = 0; i < group->version_count; i++) {
        apply_version(store, &group->versions[i]);
    }
    for (size_t i = 0; i < group->entry_count; i++) {
        apply_entry(store, group, &group->entries[i]);
    }
    for (size_t i = 0; i < group->waiting_count; i++) {
        model_apply_waiting(store, &group->waiting[i]);
    }
    for (size_t i = 0; i < group->outcome_count; i++) {
        model_apply_outcome(store, &group->outcomes[i]);
    }
    store->head = group->head_after;
    store->tree = (struct store_tree){*group->frontier_after, group->state_after};
    model_keep_checkpoint(store, note);
}

struct model_version *model_current(const struct store *store, enum record_kind kind, const struct id *record)
{
    for (size_t i = store->version_count; i > 0; i--) {
        struct model_version *version = &store->versions[i - 1];
        if (version->until == UINT64_MAX && version->version.schema->kind == kind &&
            id_equal(&version->version.record, record)) {
            return version;
        }
    }
    return NULL;
}

size_t model_store_commits(const struct store *store)
{
    return store->commits;
}

size_t model_store_entry_count(const struct store *store)
{
    return store->entry_count;
}

const struct store_entry *model_store_entry(const struct store *store, size_t index)
{
    REQUIRE(index < store->entry_count);
    return &store->entries[index].entry;
}

int64_t model_store_entry_time(const struct store *store, size_t index)
{
    REQUIRE(index < store->entry_count);
    return store->entries[index].server_time_ms;
}

const struct store_version *model_store_current(const struct store *store, enum record_kind kind,
                                                const struct id *record)
{
    const struct model_version *current = model_current(store, kind, record);
    return current == NULL ? NULL : &current->version;
}

static void dump_line(struct buf *out, const char *what, const void *id, size_t id_bytes, uint64_t number)
{
    char hex[HASH_HEX_BYTES];
    hex_encode(bytes_of(id, id_bytes), hex);
    REQUIRE(buf_append_format(out, " %s=%s/%" PRIu64, what, hex, number) == ERR_OK);
}

void model_store_dump(const struct store *store, struct buf *out)
{
    for (size_t i = 0; i < store->entry_count; i++) {
        const struct store_entry *entry = &store->entries[i].entry;
        REQUIRE(buf_append_format(out, "entry %" PRIu64, entry->position) == ERR_OK);
        dump_line(out, "device", entry->device.at, HASH_BYTES, entry->sequence);
        dump_line(out, "hash", entry->envelope_hash.at, HASH_BYTES, entry->change_count);
        REQUIRE(buf_append_text(out, entry->is_unreadable ? " unreadable" : "") == ERR_OK);
        for (size_t j = 0; j < entry->verdict_count; j++) {
            const struct verdict *verdict = &entry->verdicts[j];
            REQUIRE(buf_append_format(out, " [%u %d %s", entry->verdict_indexes[j], (int)verdict->code,
                                      verdict->rule) == ERR_OK);
            dump_line(out, "current", verdict->current.at, ID_BYTES, 0);
            REQUIRE(buf_append_text(out, "]") == ERR_OK);
        }
        REQUIRE(buf_append_text(out, "\n") == ERR_OK);
    }
    for (size_t i = 0; i < store->version_count; i++) {
        const struct model_version *version = &store->versions[i];
        struct hash body = hash_of_one(version->body);
        REQUIRE(buf_append_format(out, "version %s", version->version.schema->name) == ERR_OK);
        dump_line(out, "record", version->version.record.at, ID_BYTES, version->version.position);
        dump_line(out, "version", version->version.version.at, ID_BYTES, version->until);
        dump_line(out, "body", body.at, HASH_BYTES, version->version.is_removal);
        REQUIRE(buf_append_text(out, "\n") == ERR_OK);
    }
    for (size_t i = 0; i < store->waiting_change_count; i++) {
        const struct model_waiting *of = &store->waiting_changes[i];
        REQUIRE(buf_append_text(out, "waiting") == ERR_OK);
        dump_line(out, "version", of->waiting.version.at, ID_BYTES, of->waiting.position);
        if (of->waiting.is_decided) {
            dump_line(out, "decided", of->outcome.version.at, ID_BYTES, of->outcome.position);
            REQUIRE(buf_append_format(out, " %u %d %s", of->outcome.index, (int)of->outcome.verdict.code,
                                      of->outcome.verdict.rule) == ERR_OK);
        }
        REQUIRE(buf_append_text(out, "\n") == ERR_OK);
    }
    for (size_t i = 0; i < store->device_count; i++) {
        const struct store_device *device = &store->devices[i].device;
        REQUIRE(buf_append_text(out, "device") == ERR_OK);
        dump_line(out, "id", device->device.at, HASH_BYTES, device->last_sequence);
        dump_line(out, "last", device->last_envelope_hash.at, HASH_BYTES, device->is_quarantined);
        REQUIRE(buf_append_text(out, "\n") == ERR_OK);
    }
}

static void journalled_fact(const struct store *store, const struct store_submission_key *key,
                            struct store_journalled *journalled)
{
    for (size_t i = 0; i < store->entry_count; i++) {
        const struct store_entry *entry = &store->entries[i].entry;
        if (entry->sequence != key->sequence || !hash_equal(&entry->device, &key->device)) {
            continue;
        }
        *journalled = (struct store_journalled){
            .is_found = true,
            .epoch = store->entries[i].epoch,
            .position = entry->position,
            .server_time_ms = store->entries[i].server_time_ms,
            .envelope_hash = entry->envelope_hash,
            .change_count = entry->change_count,
            .is_unreadable = entry->is_unreadable,
            .verdicts = entry->verdicts,
            .verdict_indexes = entry->verdict_indexes,
            .verdict_count = entry->verdict_count,
            .leaf = entry->leaf,
        };
        memcpy(journalled->signature, entry->receipt_signature, sizeof journalled->signature);
    }
}

static void record_fact(const struct store *store, const struct store_record_key *key,
                        struct arena *edge_arena, struct store_record_fact *fact)
{
    const struct model_version *current = model_current(store, key->kind, &key->record);
    if (current != NULL) {
        fact->exists = true;
        fact->is_removed = current->version.is_removal;
        fact->current = current->version.version;
        fact->since = current->version.position;
        fact->owner = owner_of(current);
        fact->has_official_code = has_official_code(current);
        fact->edge_count = edge_arena == NULL ? 0 : edges_of(current, edge_arena, &fact->edges);
    }
    for (size_t i = 0; fact->is_removed && i < store->version_count; i++) {
        const struct model_version *before = &store->versions[i];
        if (before->version.schema->kind == key->kind && id_equal(&before->version.record, &key->record) &&
            before->until == fact->since) {
            fact->owner = owner_of(before);
            fact->edge_count = edge_arena == NULL ? 0 : edges_of(before, edge_arena, &fact->edges);
        }
    }
    base_fact(store, key, fact);
}

static void base_fact(const struct store *store, const struct store_record_key *key,
                      struct store_record_fact *fact)
{
    fact->base_state = id_is_none(&key->base) ? STORE_BASE_NONE : STORE_BASE_UNKNOWN;
    for (size_t i = 0; i < store->version_count; i++) {
        const struct model_version *version = &store->versions[i];
        if (version->version.schema->kind == key->kind && id_equal(&version->version.record, &key->record) &&
            id_equal(&version->version.version, &key->base)) {
            fact->base_state = version->until == UINT64_MAX ? STORE_BASE_CURRENT : STORE_BASE_OLDER;
            return;
        }
    }
    for (size_t i = 0; i < store->entry_count; i++) {
        const struct store_entry *entry = &store->entries[i].entry;
        for (size_t j = 0; entry->content == ENVELOPE_CONTENT_CHANGES && j < entry->verdict_count; j++) {
            if (entry->verdicts[j].code != VERDICT_APPLIED && entry->verdicts[j].code != VERDICT_WAITING &&
                id_equal(&entry->verdict_versions[j], &key->base)) {
                fact->base_state = STORE_BASE_REFUSED;
                fact->base_code = entry->verdicts[j].code;
                memcpy(fact->base_rule, entry->verdicts[j].rule, sizeof fact->base_rule);
                return;
            }
        }
    }
    model_waiting_base(store, key, fact);
}

static size_t list_named(const struct kind_schema *schema, const char *name)
{
    int list = schema_list_index(schema, name);
    REQUIRE(list >= 0);
    return (size_t)list;
}

/* Branch of a member, parent of a branch; of other kinds what their field `branch` says. */
static struct id owner_of(const struct model_version *version)
{
    const struct store_version *of = &version->version;
    struct id owner = {{0}};
    struct value value = {0};
    if (of->is_removal) {
        return owner;
    }
    if (of->schema->kind == KIND_MEMBER || of->schema->kind == KIND_BRANCH) {
        size_t list = list_named(of->schema, of->schema->kind == KIND_MEMBER ? "branch" : "parent");
        int last = record_last_edge(of->schema, of->message, list);
        if (last >= 0) {
            value = record_item(of->schema, of->message, list, (size_t)last, 0);
        }
    } else if (schema_field_index(of->schema, "branch") >= 0) {
        value = record_field(of->schema, of->message, (size_t)schema_field_index(of->schema, "branch"));
    }
    REQUIRE(!value.is_stated || id_from_bytes(value.text, &owner) == ERR_OK);
    return owner;
}

static bool has_official_code(const struct model_version *version)
{
    const struct store_version *of = &version->version;
    if (of->is_removal || of->schema->derive_list == NULL) {
        return false;
    }
    int field = schema_field_index(of->schema, of->schema->derive_list);
    REQUIRE(field >= 0);
    struct value value = record_field(of->schema, of->message, (size_t)field);
    return value.is_stated && value.text.len > 0;
}

static bool is_current_here(const struct model_version *version)
{
    return version->until == UINT64_MAX && !version->version.is_removal;
}

/* Of a member's branches, a branch's parents. */
static size_t edges_of(const struct model_version *version, struct arena *arena,
                       const struct store_edge **ret_edges)
{
    const struct store_version *of = &version->version;
    if (of->is_removal || (of->schema->kind != KIND_MEMBER && of->schema->kind != KIND_BRANCH)) {
        return 0;
    }
    size_t list = list_named(of->schema, of->schema->kind == KIND_MEMBER ? "branch" : "parent");
    size_t count = record_list_count(of->schema, of->message, list);
    struct store_edge *edges = must(arena_zalloc(arena, count, sizeof *edges));
    for (size_t i = 0; i < count; i++) {
        struct value to = record_item(of->schema, of->message, list, i, 0);
        struct value from_day = record_item(of->schema, of->message, list, i, 1);
        struct value to_day = record_item(of->schema, of->message, list, i, 2);
        REQUIRE(id_from_bytes(to.text, &edges[i].to_branch) == ERR_OK);
        edges[i].from = from_day.is_stated ? (int32_t)from_day.number : INT32_MIN;
        edges[i].to = to_day.is_stated ? (int32_t)to_day.number : INT32_MAX;
    }
    *ret_edges = edges;
    return count;
}

static void fill_branch(const struct model_version *version, struct arena *arena,
                        struct store_branch_fact *fact)
{
    const struct kind_schema *schema = version->version.schema;
    const void *message = version->version.message;
    const struct store_edge *edges = NULL;
    size_t count = edges_of(version, arena, &edges);
    struct value is_sender = record_field(schema, message, (size_t)schema_field_index(schema, "is_sender"));
    *fact = (struct store_branch_fact){
        .branch = version->version.record,
        .is_sender = is_sender.is_stated && is_sender.number != 0,
        .is_province = count == 0,
        .parents = edges,
        .parent_count = count,
    };
}

/* The branches asked and all that is above them, on any date. */
static void branch_facts(const struct store *store, const struct id *asked, size_t asked_count,
                         struct arena *arena, struct store_facts *facts)
{
    size_t branch_max = 0;
    size_t edge_max = 0;
    for (size_t i = 0; i < store->version_count; i++) {
        const struct model_version *version = &store->versions[i];
        if (is_current_here(version) && version->version.schema->kind == KIND_BRANCH) {
            branch_max++;
            edge_max += record_list_count(version->version.schema, version->version.message,
                                          list_named(version->version.schema, "parent"));
        }
    }
    struct store_branch_fact *branches = must(arena_zalloc(arena, branch_max, sizeof *branches));
    struct id *open = must(arena_zalloc(arena, asked_count + edge_max, sizeof *open));
    size_t open_count = asked_count;
    size_t count = 0;
    if (asked_count > 0) {
        memcpy(open, asked, asked_count * sizeof *open);
    }
    for (size_t at = 0; at < open_count; at++) {
        const struct model_version *version = model_current(store, KIND_BRANCH, &open[at]);
        bool is_known = version == NULL || version->version.is_removal;
        for (size_t i = 0; i < count && !is_known; i++) {
            is_known = id_equal(&branches[i].branch, &open[at]);
        }
        if (is_known) {
            continue;
        }
        struct store_branch_fact *branch = &branches[count++];
        fill_branch(version, arena, branch);
        for (size_t i = 0; i < branch->parent_count; i++) {
            open[open_count++] = branch->parents[i].to_branch;
        }
    }
    facts->branches = branches;
    facts->branch_count = count;
}

/* A member's cell may end without the membership ending. */
static int32_t left_on(const struct model_version *version)
{
    const struct store_version *of = &version->version;
    if (of->schema->kind != KIND_MEMBER) {
        return INT32_MAX;
    }
    size_t list = list_named(of->schema, "branch");
    int last = record_last_edge(of->schema, of->message, list);
    int ended = schema_field_index(of->schema, "ended_date");
    if (last < 0 || record_field(of->schema, of->message, (size_t)ended).is_stated) {
        return INT32_MAX;
    }
    struct value to = record_item(of->schema, of->message, list, (size_t)last, EDGE_TO);
    return to.is_stated ? (int32_t)to.number : INT32_MAX;
}

static void number_facts(const struct store *store, const struct store_facts_request *request,
                         struct arena *arena, struct store_facts *facts)
{
    size_t room = 0;
    struct store_number_fact *numbers = NULL;
    for (int pass = 0; pass < 2; pass++) { /* count, then fill */
        size_t count = 0;
        for (size_t i = 0; i < request->number_count; i++) {
            const struct store_number_key *key = &request->numbers[i];
            for (size_t j = 0; j < store->version_count; j++) {
                const struct model_version *version = &store->versions[j];
                if (!is_current_here(version) || version->version.schema->kind != key->kind) {
                    continue;
                }
                struct value value =
                    record_field(version->version.schema, version->version.message, key->field_index);
                if (!value.is_stated || !bytes_equal(value.text, key->text)) {
                    continue;
                }
                if (pass == 1) {
                    numbers[count] = (struct store_number_fact){.number_index = i,
                                                                .record = version->version.record,
                                                                .owner = owner_of(version),
                                                                .left = left_on(version)};
                }
                count++;
            }
        }
        room = count;
        if (pass == 0) {
            numbers = must(arena_zalloc(arena, room, sizeof *numbers));
        }
    }
    facts->numbers = numbers;
    facts->number_count = room;
}

static bool names(const struct field_schema *field, struct value value,
                  const struct record_reference *removal)
{
    return field->type == FIELD_REFERENCE && strcmp(field->list, schema_of(removal->kind)->name) == 0 &&
           bytes_equal(value.text, bytes_of(removal->record.at, ID_BYTES));
}

static bool refers(const struct model_version *version, const struct record_reference *removal)
{
    const struct kind_schema *schema = version->version.schema;
    const void *message = version->version.message;
    for (size_t i = 0; i < schema->field_count; i++) {
        if (names(&schema->fields[i], record_field(schema, message, i), removal)) {
            return true;
        }
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        for (size_t j = 0; j < record_list_count(schema, message, i); j++) {
            for (size_t item = 0; item < schema->lists[i].item_count; item++) {
                struct value value = record_item(schema, message, i, j, item);
                if (names(&schema->lists[i].items[item], value, removal)) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* No more than the contract promises, so that nobody counts on more. */
static void referrer_facts(const struct store *store, const struct store_facts_request *request,
                           struct arena *arena, struct store_facts *facts)
{
    size_t each_max = request->record_count + 1;
    struct store_referrer_fact *referrers =
        must(arena_zalloc(arena, request->removal_count * each_max, sizeof *referrers));
    size_t count = 0;
    for (size_t i = 0; i < request->removal_count; i++) {
        size_t found = 0;
        for (size_t j = 0; j < store->version_count && found < each_max; j++) {
            const struct model_version *version = &store->versions[j];
            if (is_current_here(version) && refers(version, &request->removals[i])) {
                referrers[count++] = (struct store_referrer_fact){.removal_index = i,
                                                                  .kind = version->version.schema->kind,
                                                                  .record = version->version.record};
                found++;
            }
        }
    }
    facts->referrers = referrers;
    facts->referrer_count = count;
}

static void refused_facts(const struct store *store, const struct store_facts_request *request,
                          struct arena *arena, struct store_facts *facts)
{
    struct store_refused_fact *refused = NULL;
    size_t room = 0;
    for (size_t i = 0; i < store->entry_count; i++) {
        room += store->entries[i].entry.verdict_count;
    }
    room += store->waiting_change_count;
    refused = must(arena_zalloc(arena, room, sizeof *refused));
    facts->refused = refused;
    for (size_t i = 0; store->head.is_refilling && i < store->entry_count; i++) {
        const struct store_entry *entry = &store->entries[i].entry;
        for (size_t j = 0; entry->content == ENVELOPE_CONTENT_CHANGES && j < entry->verdict_count; j++) {
            bool is_lost =
                entry->verdicts[j].code != VERDICT_APPLIED && entry->verdicts[j].code != VERDICT_WAITING;
            if (is_lost && is_asked(request, &entry->verdict_records[j])) {
                refused[facts->refused_count++] =
                    (struct store_refused_fact){entry->verdict_records[j].record, entry->device};
            }
        }
    }
    for (size_t i = 0; store->head.is_refilling && i < store->waiting_change_count; i++) {
        const struct model_waiting *of = &store->waiting_changes[i];
        if (of->waiting.is_decided && of->outcome.verdict.code != VERDICT_APPLIED &&
            is_asked(request, &of->waiting.key)) {
            refused[facts->refused_count++] = (struct store_refused_fact){
                of->waiting.key.record, store->entries[of->outcome.position].entry.device};
        }
    }
}

static bool is_asked(const struct store_facts_request *request, const struct store_record_key *key)
{
    for (size_t i = 0; key->kind == KIND_BRANCH && i < request->branch_count; i++) {
        if (id_equal(&request->branches[i], &key->record)) {
            return true;
        }
    }
    for (size_t i = 0; i < request->reference_count; i++) {
        if (request->references[i].kind == key->kind &&
            id_equal(&request->references[i].record, &key->record)) {
            return true;
        }
    }
    return false;
}

/* Without the limit per device: no schedule comes near it. */
static void uncounted_facts(const struct store *store, const struct store_facts_request *request,
                            struct arena *arena, struct store_facts *facts)
{
    struct store_uncounted_fact *uncounted = must(arena_zalloc(arena, store->entry_count, sizeof *uncounted));
    facts->uncounted = uncounted;
    for (size_t i = 0; i < store->entry_count; i++) {
        const struct store_entry *entry = &store->entries[i].entry;
        bool is_asked_of = false;
        for (size_t j = 0; j < request->submission_count; j++) {
            is_asked_of = is_asked_of || hash_equal(&request->submissions[j].device, &entry->device);
        }
        if (is_asked_of && entry->is_unreadable && entry->change_count == 0) {
            uncounted[facts->uncounted_count++] =
                (struct store_uncounted_fact){entry->device, entry->envelope_hash};
        }
    }
}

static void *must(void *memory)
{
    REQUIRE(memory != NULL);
    return memory;
}
