/* Sealing as a client does it, from the wire's own functions. */
#include "tests/lib/builder.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/date.h"
#include "common/record/record_id.h"
#include "common/wire/message.h"
#include "common/wire/payload.h"
#include "proto/journal.pb-c.h"
#include "proto/records.pb-c.h"
#include "proto/submission.pb-c.h"

static void *allocate(struct arena *arena, size_t count, size_t size)
{
    void *memory = arena_zalloc(arena, count, size);
    REQUIRE(memory != NULL);
    return memory;
}

static struct bytes pack(struct arena *arena, const void *message)
{
    const ProtobufCMessage *packed = message;
    size_t len = protobuf_c_message_get_packed_size(packed);
    uint8_t *at = allocate(arena, 1, len + 1);
    REQUIRE(protobuf_c_message_pack(packed, at) == len);
    return bytes_of(at, len);
}

static ProtobufCBinaryData id_data(struct arena *arena, const struct id *id)
{
    struct bytes copy = arena_copy(arena, bytes_of(id->at, ID_BYTES));
    REQUIRE(copy.at != NULL);
    return (ProtobufCBinaryData){.len = copy.len, .data = (uint8_t *)copy.at};
}

void builder_device_init(struct builder_device *device, uint64_t number)
{
    *device = (struct builder_device){0};
    uint8_t seed[SIGN_SEED_BYTES] = {0};
    u64_write(seed, number);
    REQUIRE(signing_key_from_seed(seed, &device->key) == ERR_OK);
    signing_key_public(device->key, device->public_key);
    REQUIRE(verify_key_new(bytes_of(device->public_key, sizeof device->public_key), &device->verify) ==
            ERR_OK);
    device->device = sign_spki_hash(device->public_key);
}

void builder_device_release(struct builder_device *device)
{
    signing_key_free(device->key);
    verify_key_free(device->verify);
    *device = (struct builder_device){0};
}

struct store_device builder_store_device(const struct builder_device *device, const struct id *sender,
                                         bool is_province)
{
    struct store_device row = {.device = device->device, .sender = *sender, .is_province = is_province};
    memcpy(row.public_key, device->public_key, sizeof row.public_key);
    return row;
}

struct id builder_id(uint64_t number)
{
    static const uint8_t prefix[8] = {'b', 'u', 'i', 'l', 'd', 'e', 'r', 0};
    return record_id_make(prefix, number);
}

int32_t builder_date(const char *iso)
{
    int32_t days = 0;
    REQUIRE(date_parse(bytes_of_text(iso), &days) == ERR_OK);
    return days;
}

void *builder_branch(struct arena *arena, const char *name, const struct id *parent, bool is_sender)
{
    Dantin__Branch *branch = allocate(arena, 1, sizeof *branch);
    dantin__branch__init(branch);
    branch->name = (char *)name;
    branch->kind = (char *)(parent == NULL ? "province" : is_sender ? "direct" : "cell");
    branch->has_is_sender = is_sender;
    branch->is_sender = is_sender;
    if (parent != NULL) {
        builder_branch_add_parent(arena, branch, parent, "2000-01-01", NULL);
    }
    return branch;
}

void builder_branch_add_parent(struct arena *arena, void *branch, const struct id *parent, const char *from,
                               const char *to)
{
    Dantin__Branch *of = branch;
    Dantin__BranchParent **edges = allocate(arena, of->n_parent + 1, sizeof *edges);
    for (size_t i = 0; i < of->n_parent; i++) {
        edges[i] = of->parent[i];
    }
    Dantin__BranchParent *edge = allocate(arena, 1, sizeof *edge);
    dantin__branch_parent__init(edge);
    edge->has_branch = 1;
    edge->branch = id_data(arena, parent);
    edge->has_from = from != NULL;
    edge->from = from == NULL ? 0 : builder_date(from);
    edge->has_to = to != NULL;
    edge->to = to == NULL ? 0 : builder_date(to);
    edges[of->n_parent++] = edge;
    of->parent = edges;
}

void *builder_member(struct arena *arena, const char *name, const struct id *branch, const char *card_number)
{
    Dantin__Member *member = allocate(arena, 1, sizeof *member);
    dantin__member__init(member);
    member->name = (char *)name;
    member->card_number = (char *)card_number;
    member->sex = (char *)"nam";
    member->has_birth_date = 1;
    member->birth_date = builder_date("1980-05-17");
    member->has_admission_date = 1;
    member->admission_date = builder_date("2010-03-26");
    member->has_official_date = 1;
    member->official_date = builder_date("2011-03-26");
    Dantin__MemberBranch *edge = allocate(arena, 1, sizeof *edge);
    dantin__member_branch__init(edge);
    edge->has_branch = 1;
    edge->branch = id_data(arena, branch);
    edge->has_from = 1;
    edge->from = builder_date("2010-03-26");
    member->branch = allocate(arena, 1, sizeof *member->branch);
    member->branch[0] = edge;
    member->n_branch = 1;
    return member;
}

void builder_member_add_earlier(struct arena *arena, void *member, const struct id *before, const char *day)
{
    Dantin__Member *of = member;
    Dantin__MemberBranch **edges = allocate(arena, of->n_branch + 1, sizeof *edges);
    memcpy(edges + 1, of->branch, of->n_branch * sizeof *edges);
    Dantin__MemberBranch *edge = allocate(arena, 1, sizeof *edge);
    *edge = *edges[1];
    edge->branch = id_data(arena, before);
    edge->has_to = 1;
    edge->to = builder_date(day);
    edges[1]->has_from = 1;
    edges[1]->from = edge->to;
    edges[0] = edge;
    of->branch = edges;
    of->n_branch++;
}

void *builder_task(struct arena *arena, const char *content, const struct id *branch, const struct id *member)
{
    Dantin__Task *task = allocate(arena, 1, sizeof *task);
    dantin__task__init(task);
    task->content = (char *)content;
    task->has_branch = 1;
    task->branch = id_data(arena, branch);
    task->has_member = 1;
    task->member = id_data(arena, member);
    task->has_assigned_date = 1;
    task->assigned_date = builder_date("2023-01-09");
    return task;
}

void *builder_ballot(struct arena *arena, const struct id *branch, const char *note)
{
    Dantin__CongressBallot *ballot = allocate(arena, 1, sizeof *ballot);
    Dantin__CongressCandidate *candidate = allocate(arena, 1, sizeof *candidate);
    dantin__congress_ballot__init(ballot);
    dantin__congress_candidate__init(candidate);
    ballot->has_branch = 1;
    ballot->branch = id_data(arena, branch);
    ballot->has_date = 1;
    ballot->date = builder_date("2022-12-03");
    ballot->ballot = (char *)"secretary";
    ballot->has_round = ballot->has_seats = 1;
    ballot->round = ballot->seats = 1;
    ballot->has_official_members = ballot->has_present = ballot->has_issued = ballot->has_collected =
        ballot->has_valid = ballot->has_invalid = 1;
    ballot->official_members = ballot->present = ballot->issued = ballot->collected = ballot->valid = 8;
    ballot->minutes_number = (char *)note;
    candidate->name = (char *)"Hồ Văn Rê";
    candidate->has_votes = candidate->has_is_elected = 1;
    candidate->votes = 7;
    candidate->is_elected = 1;
    ballot->candidate = allocate(arena, 1, sizeof *ballot->candidate);
    ballot->candidate[0] = candidate;
    ballot->n_candidate = 1;
    return ballot;
}

void *builder_locality(struct arena *arena, const char *code, const char *name, struct id *ret_record)
{
    Dantin__Locality *locality = allocate(arena, 1, sizeof *locality);
    dantin__locality__init(locality);
    locality->code_list = (char *)"gso-2022";
    locality->code = (char *)code;
    locality->name = (char *)name;
    locality->kind = (char *)"province";
    REQUIRE(record_id_derived(schema_of(KIND_LOCALITY), locality, ret_record));
    return locality;
}

struct bytes builder_pack_change(struct arena *arena, const struct builder_change *change)
{
    Dantin__Change packed;
    dantin__change__init(&packed);
    packed.has_kind = 1;
    packed.kind = change->kind;
    packed.has_record = 1;
    packed.record = id_data(arena, &change->record);
    if (!id_is_none(&change->base)) {
        packed.has_base_version = 1;
        packed.base_version = id_data(arena, &change->base);
    }
    packed.has_body = change->message != NULL;
    if (change->message != NULL) {
        struct bytes body = pack(arena, change->message);
        packed.body = (ProtobufCBinaryData){.len = body.len, .data = (uint8_t *)body.at};
    }
    packed.has_removal = change->message == NULL;
    packed.removal = change->message == NULL;
    packed.has_first_load = change->is_first_load;
    packed.first_load = change->is_first_load;
    Dantin__Reason reason;
    Dantin__Reason *reasons[1] = {&reason};
    dantin__reason__init(&reason);
    if (change->reason != NULL) {
        reason.rule = (char *)change->reason;
        reason.text = (char *)"Đã đối chiếu hồ sơ gốc";
        packed.reason = reasons;
        packed.n_reason = 1;
    }
    return pack(arena, &packed);
}

struct builder_submission builder_seal(struct arena *arena, struct builder_device *device,
                                       const struct builder_change *changes, size_t change_count)
{
    struct bytes *packed = allocate(arena, change_count, sizeof *packed);
    for (size_t i = 0; i < change_count; i++) {
        packed[i] = builder_pack_change(arena, &changes[i]);
    }
    return builder_seal_bytes(arena, device, packed, change_count, BUILDER_SOUND);
}

static struct bytes seal_payload(struct arena *arena, const struct builder_device *device,
                                 const struct bytes *changes, size_t change_count, uint8_t salt,
                                 struct payload_sealed *ret_sealed)
{
    uint8_t seed[PAYLOAD_SEED_BYTES] = {0};
    u64_write(seed, device->sequence + 1);
    memcpy(seed + 8, device->device.at, 16);
    seed[PAYLOAD_SEED_BYTES - 1] = salt;
    struct buf out;
    buf_init(&out, 4 * PAYLOAD_COMPRESSED_BYTES_MAX);
    REQUIRE(payload_encode(seed, changes, change_count, &out, ret_sealed) == ERR_OK);
    struct bytes sealed = arena_copy(arena, buf_content(&out));
    REQUIRE(sealed.at != NULL);
    buf_release(&out);
    return sealed;
}

struct builder_submission builder_seal_bytes(struct arena *arena, struct builder_device *device,
                                             const struct bytes *changes, size_t change_count,
                                             enum builder_fault fault)
{
    return builder_seal_content(arena, device, ENVELOPE_CONTENT_CHANGES, changes, change_count, fault);
}

struct builder_submission builder_seal_content(struct arena *arena, struct builder_device *device,
                                               uint16_t content, const struct bytes *changes,
                                               size_t change_count, enum builder_fault fault)
{
    struct payload_sealed sealed;
    struct builder_submission submission = {.sequence = device->sequence + 1};
    submission.payload_zstd = seal_payload(arena, device, changes, change_count, 0, &sealed);
    struct envelope envelope = {
        .device = device->device,
        .sequence = device->sequence + 1,
        .previous = device->previous,
        .content = fault == BUILDER_CONTENT_UNKNOWN ? 999 : content,
        .schema_version = fault == BUILDER_SCHEMA_NEWER ? SCHEMA_VERSION + 1 : SCHEMA_VERSION,
        .payload_bytes = sealed.plain_bytes + (fault == BUILDER_LENGTH_FALSE),
        .payload_hash = sealed.hash,
    };
    if (fault == BUILDER_PAYLOAD_GARBAGE) {
        submission.payload_zstd = bytes_of_text("this is no zstd frame");
    } else if (fault == BUILDER_PAYLOAD_OTHER) {
        submission.payload_zstd = seal_payload(arena, device, changes, change_count, 1, &sealed);
    }
    uint8_t bytes[ENVELOPE_BYTES];
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    envelope_encode(&envelope, bytes);
    signing_key_sign(device->key, bytes_of(bytes, sizeof bytes), signature);
    submission.envelope = arena_copy(arena, bytes_of(bytes, sizeof bytes));
    submission.signature = arena_copy(arena, bytes_of(signature, sizeof signature));
    REQUIRE(submission.envelope.at != NULL && submission.signature.at != NULL);
    submission.envelope_hash = envelope_hash(submission.envelope);
    device->sequence = submission.sequence;
    device->previous = submission.envelope_hash;
    return submission;
}

struct id builder_version(const struct builder_submission *submission, uint32_t index)
{
    return version_name(&submission->envelope_hash, index);
}

struct bytes builder_pack_approval(struct arena *arena, const struct id *version,
                                   const struct hash *change_hash, const char *reason)
{
    Dantin__Approval approval = DANTIN__APPROVAL__INIT;
    approval.has_version = true;
    approval.version = id_data(arena, version);
    struct bytes hash = arena_copy(arena, bytes_of(change_hash->at, HASH_BYTES));
    REQUIRE(hash.at != NULL);
    approval.has_change_hash = true;
    approval.change_hash = (ProtobufCBinaryData){.len = hash.len, .data = (uint8_t *)hash.at};
    approval.has_is_rejection = reason != NULL;
    approval.is_rejection = reason != NULL;
    approval.reason = (char *)reason;
    return pack(arena, &approval);
}

struct hash builder_change_hash(struct arena *arena, const struct builder_submission *submission,
                                uint32_t index)
{
    struct payload payload = {0};
    REQUIRE(payload_decode(submission->payload_zstd, arena, &payload) == ERR_OK);
    REQUIRE(index < payload.change_count);
    return payload.hashes[index];
}
