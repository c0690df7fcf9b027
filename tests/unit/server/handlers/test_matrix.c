/* Every message against every role, of the device's own sender and of another: one expected outcome each. The rows are made from
 * messages.def: a message without a declaration here fails the build. Contents of SUBMIT stand in a table of their own. */
#include "tests/unit/server/handlers/fixture.h"

#include "tests/lib/model_world.h"

/* What a device of this role is answered with when it sends a message of this type after WELCOME. */
enum expected {
    TAKEN, /* it reaches its handler, or is a matter of the session: whatever it is answered, it is not ERROR 12 */
    FORBIDDEN, /* ERROR 12; the session goes on */
    BROKEN,    /* not a client's message, or not after WELCOME: ERROR 5, the session ends */
};

enum { PERSONS = ROLE_LOG }; /* roles that connect */

/* clerk, approver, viewer, administrator, auditor */
#define ALL                               \
    {                                     \
        TAKEN, TAKEN, TAKEN, TAKEN, TAKEN \
    }
#define WRITERS                                   \
    {                                             \
        TAKEN, TAKEN, FORBIDDEN, TAKEN, FORBIDDEN \
    }
#define NOBODY                                 \
    {                                          \
        BROKEN, BROKEN, BROKEN, BROKEN, BROKEN \
    }
static const struct {
    uint16_t type;
    enum expected of[PERSONS];
} declared[] = {
    {MESSAGE_HELLO, NOBODY}, /* a second one */
    {MESSAGE_WELCOME, NOBODY},  {MESSAGE_PING, ALL},        {MESSAGE_PONG, ALL},
    {MESSAGE_GOODBYE, ALL},     {MESSAGE_ERROR, ALL},       {MESSAGE_CANCEL, ALL},
    {MESSAGE_ENROL, NOBODY}, /* a stranger's, before WELCOME */
    {MESSAGE_ENROLLED, NOBODY}, {MESSAGE_RENEW, ALL},       {MESSAGE_RENEWED, NOBODY},
    {MESSAGE_SUBMIT, ALL},                             /* by content: below */
    {MESSAGE_RECEIPT, NOBODY},  {MESSAGE_COSIGN, ALL}, /* senders are the witnesses, whoever sits there */
    {MESSAGE_COSIGNED, NOBODY}, {MESSAGE_SEAL, ALL},        {MESSAGE_SEALED, NOBODY},
    {MESSAGE_NOTICES, ALL},     {MESSAGE_NOTICED, NOBODY},  {MESSAGE_PROVE, ALL},
    {MESSAGE_PROVED, NOBODY},   {MESSAGE_WAITING, WRITERS}, {MESSAGE_WAITS, NOBODY},
    {MESSAGE_QUERY, ALL},       {MESSAGE_ROWS, NOBODY},
};

static const uint16_t types[] = {
#define MESSAGE(symbol, number, body, direction, state, roles, bytes_min, bytes_max) number,
#include "proto/messages.def"
#undef MESSAGE
};

/* A device of this role: of sender A, of sender B, or of the province, as the role allows. */
static struct builder_device device;

static void connect_as(enum role role, bool is_other)
{
    struct model_world *world = &fixture.world;
    bool is_province = role_is_of_province(role);
    const struct id *sender = is_province ? &world->province_branch
                              : is_other  ? &world->branch_b
                                          : &world->branch_a;
    struct store_device row = builder_store_device(&device, sender, is_province);
    struct store_device *known = model_store_device(world->store, &device.device);
    row.role = role;
    if (known == NULL) {
        model_store_add_device(world->store, &device.device, &row);
    } else {
        row.last_sequence = known->last_sequence;
        row.last_envelope_hash = known->last_envelope_hash;
        *known = row;
    }
    fixture_connect(device.public_key);
    (void)fixture_greet();
}

static int open_all(void **state)
{
    int result = fixture_open(state);
    builder_device_init(&device, 500);
    return result;
}

static int close_all(void **state)
{
    builder_device_release(&device);
    return fixture_close(state);
}

/* A body of the shortest length its type may have; that it makes no sense is the handler's to say. */
static void send_least(uint16_t type, uint64_t request_id)
{
    uint8_t body[4096] = {0};
    size_t len = message_info_of(type)->bytes_min;
    if (len == 2) {
        body[0] = 0x78; /* field 15, a number: nobody knows it, so it is skipped in messages of a session */
    } else if (len > 0) {
        assert_true(len <= sizeof body && len > 4);
        body[0] = 0xFA; /* field 127, bytes */
        body[1] = 0x07;
        size_t inner = len - 3 < 128 ? len - 3 : len - 4;
        size_t at = 2;
        if (inner >= 128) {
            body[at++] = (uint8_t)(0x80 | (inner & 0x7F));
        }
        body[at++] = (uint8_t)(inner >= 128 ? inner >> 7 : inner);
    }
    assert_int_equal(
        frame_append(session_input(fixture.session), type, request_id, bytes_of(body, len), false), ERR_OK);
    while (session_run(fixture.session)) {
    }
    model_world_settle(&fixture.world);
}

static enum expected outcome_of(uint16_t type)
{
    enum message_type answer = MESSAGE_PONG;
    uint64_t request_id = 0;
    send_least(type, 7);
    const Dantin__Error *error = fixture_take(&answer, &request_id);
    bool is_error = error != NULL && answer == MESSAGE_ERROR;
    if (is_error && request_id == 0 && error->code == ERR_PROTOCOL) {
        assert_int_equal(session_state(fixture.session), SESSION_CLOSED);
        return BROKEN;
    }
    if (is_error && error->code == ERR_FORBIDDEN) {
        assert_int_equal(request_id, 7);
        assert_int_equal(session_state(fixture.session), SESSION_READY);
        return FORBIDDEN;
    }
    return TAKEN;
}

/* The declarations are exactly the messages there are. */
static void matrix__messages__each_declared_once(void **state)
{
    (void)state;
    assert_int_equal(sizeof declared / sizeof declared[0], sizeof types / sizeof types[0]);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t found = 0;
        for (size_t j = 0; j < sizeof declared / sizeof declared[0]; j++) {
            found += declared[j].type == types[i];
        }
        if (found != 1) {
            fail_msg("message %u is declared %zu times", types[i], found);
        }
    }
}

/* Whose the records are that a message is about is the handler's and the store's business: at the door only the role counts, and
 * it counts the same for every sender. */
static void matrix__every_message_every_role__as_declared(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof declared / sizeof declared[0]; i++) {
        for (int role = 0; role < PERSONS; role++) {
            for (int is_other = 0; is_other < 2; is_other++) {
                connect_as((enum role)role, is_other);
                enum expected outcome = outcome_of(declared[i].type);
                if (outcome != declared[i].of[role]) {
                    fail_msg("%s by a %s: %d, not %d", message_info_of(declared[i].type)->name,
                             role_name((enum role)role), (int)outcome, (int)declared[i].of[role]);
                }
            }
        }
    }
}

/* What became of the one item of a submission. */
enum item_expected { APPLIED, WAITS, OUT_OF_SCOPE, NOT_THE_ROLES, UNKNOWN, NOT_TAKEN };

enum item { MEMBER, BALLOT, APPROVAL, UNREADABLE };

/* own: about a record of the device's sender; other: of another sender. Of the province everything is own. */
static const struct {
    enum item item;
    enum item_expected own[PERSONS];
    enum item_expected other[PERSONS];
} submissions[] = {
    {MEMBER,
     {APPLIED, APPLIED, NOT_TAKEN, APPLIED, NOT_TAKEN},
     {OUT_OF_SCOPE, OUT_OF_SCOPE, NOT_TAKEN, APPLIED, NOT_TAKEN}},
    {BALLOT,
     {WAITS, WAITS, NOT_TAKEN, WAITS, NOT_TAKEN},
     {OUT_OF_SCOPE, OUT_OF_SCOPE, NOT_TAKEN, WAITS, NOT_TAKEN}},
    {APPROVAL,
     {NOT_THE_ROLES, APPLIED, NOT_TAKEN, NOT_THE_ROLES, NOT_TAKEN},
     {NOT_THE_ROLES, UNKNOWN, NOT_TAKEN, NOT_THE_ROLES, NOT_TAKEN}},
    {UNREADABLE,
     {APPLIED, APPLIED, NOT_TAKEN, APPLIED, NOT_TAKEN}, /* journalled, without a single item */
     {APPLIED, APPLIED, NOT_TAKEN, APPLIED, NOT_TAKEN}},
};

static struct bytes make_change(enum record_kind kind, const void *message)
{
    struct builder_change change = {
        .kind = kind, .record = builder_id(fixture.world.next_id++), .message = message};
    return builder_pack_change(&fixture.world.arena, &change);
}

/* Of a ballot that its sender's clerk submitted. */
static struct bytes make_approval(bool is_other)
{
    struct model_world *world = &fixture.world;
    struct builder_device *clerk = is_other ? &world->b : &world->a;
    struct bytes item =
        make_change(KIND_CONGRESS_BALLOT,
                    builder_ballot(&world->arena, is_other ? &world->cell_b : &world->cell_a, "01/BB"));
    struct builder_submission sealed = builder_seal_bytes(&world->arena, clerk, &item, 1, BUILDER_SOUND);
    (void)model_world_offer(world, clerk, &sealed);
    model_world_settle(world);
    struct id version = builder_version(&sealed, 0);
    struct hash hash = builder_change_hash(&world->arena, &sealed, 0);
    return builder_pack_approval(&world->arena, &version, &hash, NULL);
}

static struct builder_submission seal_item(enum item item, bool is_other)
{
    struct model_world *world = &fixture.world;
    const struct id *cell = is_other ? &world->cell_b : &world->cell_a;
    struct bytes bytes = {0};
    switch (item) {
    case BALLOT:
        bytes = make_change(KIND_CONGRESS_BALLOT, builder_ballot(&world->arena, cell, "01/BB"));
        break;
    case APPROVAL:
        bytes = make_approval(is_other);
        break;
    case MEMBER:
    case UNREADABLE:
        bytes = make_change(KIND_MEMBER, builder_member(&world->arena, "Nguyễn Văn An", cell, NULL));
        break;
    }
    return builder_seal_content(&world->arena, &device,
                                item == APPROVAL ? ENVELOPE_CONTENT_APPROVALS : ENVELOPE_CONTENT_CHANGES,
                                &bytes, 1, item == UNREADABLE ? BUILDER_PAYLOAD_GARBAGE : BUILDER_SOUND);
}

static enum item_expected submit(enum item item, bool is_other)
{
    struct builder_device before = device;
    struct builder_submission sealed = seal_item(item, is_other);
    Dantin__Submit message = DANTIN__SUBMIT__INIT;
    enum message_type type = MESSAGE_PONG;
    uint64_t request_id = 0;
    message.has_envelope = message.has_signature = message.has_payload_zstd = true;
    message.envelope = (ProtobufCBinaryData){sealed.envelope.len, (uint8_t *)(uintptr_t)sealed.envelope.at};
    message.signature =
        (ProtobufCBinaryData){sealed.signature.len, (uint8_t *)(uintptr_t)sealed.signature.at};
    message.payload_zstd =
        (ProtobufCBinaryData){sealed.payload_zstd.len, (uint8_t *)(uintptr_t)sealed.payload_zstd.at};
    fixture_send(MESSAGE_SUBMIT, 9, &message);
    const void *answer = fixture_take(&type, &request_id);
    assert_non_null(answer);
    if (type == MESSAGE_ERROR) {
        assert_int_equal(((const Dantin__Error *)answer)->code, ERR_FORBIDDEN);
        device.sequence = before.sequence; /* it is still free */
        device.previous = before.previous;
        return NOT_TAKEN;
    }
    assert_int_equal(type, MESSAGE_RECEIPT);
    const Dantin__Receipt *receipt = answer;
    const Dantin__Verdict *verdict = receipt->n_verdict == 0 ? NULL : receipt->verdict[0];
    const char *rule = verdict == NULL || verdict->rule == NULL ? "" : verdict->rule;
    return verdict == NULL                            ? APPLIED
           : verdict->code == VERDICT_WAITING         ? WAITS
           : strcmp(rule, "ingest.out_of_scope") == 0 ? OUT_OF_SCOPE
           : strcmp(rule, "ingest.role") == 0         ? NOT_THE_ROLES
           : strcmp(rule, "approval.unknown") == 0    ? UNKNOWN
                                                      : NOT_TAKEN;
}

/* Every content against every role, about the device's own sender's records and another's. */
static void matrix__every_submission_every_role__as_declared(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof submissions / sizeof submissions[0]; i++) {
        for (int role = 0; role < PERSONS; role++) {
            for (int is_other = 0; is_other < 2; is_other++) {
                connect_as((enum role)role, false);
                enum item_expected outcome = submit(submissions[i].item, is_other);
                enum item_expected expected =
                    is_other ? submissions[i].other[role] : submissions[i].own[role];
                if (outcome != expected) {
                    fail_msg("item %d by a %s, other sender's %d: %d, not %d", (int)submissions[i].item,
                             role_name((enum role)role), is_other, (int)outcome, (int)expected);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrix__messages__each_declared_once),
        cmocka_unit_test_setup_teardown(matrix__every_message_every_role__as_declared, open_all, close_all),
        cmocka_unit_test_setup_teardown(matrix__every_submission_every_role__as_declared, open_all,
                                        close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
