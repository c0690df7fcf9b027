/* What dantin-verify reads out of an exported journal: the head, records, verdicts, and in payloads changes and approvals. The
 * first byte chooses. */
#include "common/base/check.h"
#include "common/wire/export.h"
#include "verify/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void check_head(struct bytes in)
{
    struct export_head head;
    char text[EXPORT_HEAD_BYTES_MAX];
    if (export_head_parse(in, &head) == ERR_OK) {
        export_head_format(&head, text);
        ENSURE(bytes_equal(in, bytes_of_text(text)));
    }
}

static void check_verdicts(struct bytes in)
{
    struct buf again;
    struct verdict verdict;
    struct bytes rest = in;
    buf_init(&again, in.len);
    while (export_verdict_next(&rest, &verdict) == ERR_OK) {
        enum err err = export_verdict_append(&again, &verdict);
        ENSURE(err == ERR_OK);
    }
    ENSURE(bytes_equal(buf_content(&again), bytes_of(in.at, in.len - rest.len)));
    buf_release(&again);
}

static void check_records(struct bytes in)
{
    struct bytes record;
    size_t total = in.len;
    while (export_record_next(&in, &record) == ERR_OK) {
        ENSURE(record.len + EXPORT_LENGTH_BYTES + in.len <= total);
        total = in.len;
    }
}

static void check_items(struct bytes in)
{
    struct arena arena;
    struct records records;
    struct fault fault = {0};
    struct record_change change = {0};
    struct identity_sender sender = {.id = {{2}}};
    struct identity_device device = {.sender = &sender};
    struct identity_device province = {.sender = &sender, .is_province = true};
    const struct record_deed deed = {.device = &device};
    struct id version = {{1}};
    arena_init(&arena, 1 << 20);
    records_init(&records, &arena);
    if (records_read_change(&records, in, &change)) {
        const struct record_deed by_province = {.device = &province};
        bool is_applied = records_apply(&records, &by_province, &change, &version, &fault);
        ENSURE(is_applied == id_is_none(&change.base));
        change.base = version;
        (void)records_apply(&records, &deed, &change, &version, &fault); /* whether it may, its edges say */
        bool is_noted = records_wait(&records, &change, &version, &device, &fault);
        ENSURE(is_noted);
    }
    bool is_approved = records_approve(&records, &deed, in, &fault);
    ENSURE(!is_approved); /* nothing else waits, and nobody approves his own */
    records_release(&records);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static void (*const checks[])(struct bytes in) = {check_head, check_verdicts, check_records, check_items};
    if (len > 0) {
        checks[at[0] % (sizeof checks / sizeof checks[0])](bytes_of(at + 1, len - 1));
    }
    return 0;
}
