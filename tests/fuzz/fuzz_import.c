/* Any bytes into the import, up to the store: encoding, rows, headers, values, merging, rules.
 * A row without faults must pack into a message within its limit, and stating it again must change nothing.
 */
#include <stdint.h>
#include <string.h>

#include "client/lib/csv_reader.h"
#include "client/lib/import_row.h"
#include "client/lib/sniff.h"
#include "common/base/check.h"
#include "common/rules/rules.h"
#include "common/wire/message.h"

enum { TODAY = 19875 /* 2024-06-01 */, ARENA_BYTES_MAX = 4 << 20 };

struct state {
    struct csv_columns columns;
    bool has_header;
    struct arena arena;
    struct import_faults faults;
};

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Short texts are known, long ones are not, "?" is ambiguous. */
static enum err find_reference(void *context, enum record_kind kind, struct bytes typed,
                               struct id *ret_record)
{
    (void)context;
    if (typed.len > 8) {
        return ERR_NOT_FOUND;
    }
    if (typed.at[0] == '?') {
        return ERR_AMBIGUOUS;
    }
    memset(ret_record->at, (int)kind, ID_BYTES);
    memcpy(ret_record->at, typed.at, typed.len);
    return ERR_OK;
}

static struct bytes pack(const void *message, struct arena *arena)
{
    struct buf packed;
    struct bytes copy = {0};

    buf_init(&packed, 1 << 20);
    ENSURE(message_pack(message, &packed) == ERR_OK);
    copy = arena_copy(arena, buf_content(&packed));
    buf_release(&packed);
    return copy;
}

static enum err on_row(void *context, const struct csv_row *row)
{
    struct state *state = context;
    char unknown[64];
    struct error error;

    if (!state->has_header) {
        state->has_header = true;
        return csv_columns_read(row, NULL, false, LANGUAGE_VI, &state->columns, unknown, sizeof unknown,
                                &error);
    }
    struct import_row_reader reader = {&state->columns, LANGUAGE_VI, find_reference, NULL};
    struct import_row read = {0};
    void *merged = NULL;
    void *again = NULL;
    struct rule_finding findings[RULE_FINDINGS_MAX];

    arena_clear(&state->arena);
    import_faults_clear(&state->faults);
    if (import_row_read(&reader, row, &state->arena, &state->faults, &read) != ERR_OK ||
        state->faults.count > 0) {
        return ERR_OK;
    }
    if (import_row_merge(&state->columns, NULL, read.message, &state->arena, &merged) != ERR_OK ||
        import_row_merge(&state->columns, merged, read.message, &state->arena, &again) != ERR_OK) {
        return ERR_OK; /* the arena's cap */
    }
    struct rule_context rules = {state->columns.schema, merged, TODAY};

    ENSURE(rules_check(&rules, findings) <= RULE_FINDINGS_MAX);
    ENSURE(bytes_equal(pack(merged, &state->arena), pack(again, &state->arena)));
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static struct sniff sniff;
    static struct state state;
    struct sniff_result sniffed;
    struct csv_reader *reader = NULL;
    size_t done;
    enum err err;

    sniff_init(&sniff);
    sniff_add(&sniff, bytes_of(at, len));
    sniff_finish(&sniff, &sniffed);
    if (sniffed.encoding != SNIFF_UTF8) {
        return 0;
    }
    state.has_header = false;
    arena_init(&state.arena, ARENA_BYTES_MAX);
    import_faults_init(&state.faults, LANGUAGE_VI);
    done = sniffed.has_bom ? 3 : 0;
    err = csv_reader_new(sniffed.delimiter, on_row, &state, &reader);
    while (err == ERR_OK && done < len) {
        size_t part = len - done < CSV_PART_BYTES_MAX ? len - done : CSV_PART_BYTES_MAX;

        err = csv_reader_feed(reader, bytes_of(at + done, part));
        done += part;
    }
    if (err == ERR_OK) {
        err = csv_reader_finish(reader);
    }
    ENSURE(err != ERR_INTERNAL);
    csv_reader_free(reader);
    import_faults_release(&state.faults);
    arena_release(&state.arena);
    return 0;
}
