/* See server_verdict.h. */
#include "tests/lib/server_verdict.h"

#include "common/base/check.h"
#include "common/wire/message.h"
#include "proto/submission.pb-c.h"
#include "server/ingest/change.h"

static ProtobufCBinaryData packed_data(struct arena *arena, const void *message);

const char *server_verdict(struct arena *arena, enum record_kind kind, const void *message,
                           bool is_first_load, const char *const *reasons, size_t reason_count, int32_t today)
{
    uint8_t id[ID_BYTES] = {1};
    char text[] = "Đã đối chiếu hồ sơ gốc";
    struct submission_change read = {0};
    Dantin__Change change;
    dantin__change__init(&change);
    change.has_kind = change.has_record = change.has_body = change.has_first_load = 1;
    change.kind = kind;
    change.record = (ProtobufCBinaryData){.len = sizeof id, .data = id};
    change.body = packed_data(arena, message);
    change.first_load = is_first_load;
    change.n_reason = reason_count;
    change.reason = arena_zalloc(arena, reason_count + 1, sizeof *change.reason);
    REQUIRE(change.reason != NULL);
    for (size_t i = 0; i < reason_count; i++) {
        change.reason[i] = arena_zalloc(arena, 1, sizeof **change.reason);
        REQUIRE(change.reason[i] != NULL);
        dantin__reason__init(change.reason[i]);
        change.reason[i]->rule = arena_text(arena, bytes_of_text(reasons[i]));
        change.reason[i]->text = text;
    }
    ProtobufCBinaryData sealed = packed_data(arena, &change);
    enum err err = change_read(arena, arena, bytes_of(sealed.data, sealed.len), today, &read);
    return err == ERR_OK ? read.refused_by : "ingest.unreadable";
}

static ProtobufCBinaryData packed_data(struct arena *arena, const void *message)
{
    struct buf buf;
    buf_init(&buf, 1 << 20);
    REQUIRE(message_pack(message, &buf) == ERR_OK);
    struct bytes kept = arena_copy(arena, buf_content(&buf));
    REQUIRE(kept.at != NULL);
    buf_release(&buf);
    return (ProtobufCBinaryData){.len = kept.len, .data = (uint8_t *)kept.at};
}
