/* write_journal DIR SUBMISSIONS CHANGES: a journal of the province and 17 senders with real signatures, a checkpoint for every 40 entries,
 * cosigned by all senders at the end. Leaves DIR/export, DIR/first.tlog-proof and DIR/last.tlog-proof (receipts), DIR/log-key and
 * DIR/device-keys (hex). For tests in other languages and for benchmarks. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/base/check.h"
#include "tests/lib/journal_builder.h"

enum { SENDERS = 17, GROUP = 40, PATH_BYTES = 4096, CHANGES_MAX = 1000 };

static void write_submissions(struct journal_builder *journal, struct builder_device *devices, uint64_t count,
                              size_t changes)
{
    struct bytes items[CHANGES_MAX];
    uint64_t record = 1000;
    for (uint64_t i = 0; i < count; i++) {
        struct id sender = builder_id(1 + i % SENDERS);
        for (size_t k = 0; k < changes; k++) {
            struct builder_change change = {.kind = KIND_BRANCH,
                                            .record = builder_id(record++),
                                            .message =
                                                builder_branch(&journal->arena, "Chi bộ", &sender, false)};
            items[k] = builder_pack_change(&journal->arena, &change);
        }
        (void)journal_builder_items(journal, &devices[i % SENDERS], ENVELOPE_CONTENT_CHANGES, items, NULL,
                                    changes);
        arena_clear(&journal->arena); /* what is kept lies in the entries */
        if (i % GROUP == GROUP - 1) {
            (void)journal_builder_checkpoint(journal);
        }
    }
}

static void write_keys(const char *path, const struct builder_device *devices, size_t count)
{
    FILE *file = fopen(path, "we");
    REQUIRE(file != NULL);
    for (size_t i = 0; i < count; i++) {
        char hex[HASH_HEX_BYTES];
        hex_encode(bytes_of(devices[i].public_key, SIGN_PUBLIC_KEY_BYTES), hex);
        REQUIRE(fprintf(file, "%s\n", hex) > 0);
    }
    REQUIRE(fclose(file) == 0);
}

int main(int argument_count, char **arguments)
{
    static struct builder_device devices[SENDERS];
    static struct journal_builder journal;
    struct builder_device province;
    struct id senders[SENDERS];
    char path[PATH_BYTES];
    if (argument_count != 4) {
        (void)fprintf(stderr, "usage: %s DIR SUBMISSIONS CHANGES\n", arguments[0]);
        return 2;
    }
    size_t changes = strtoul(arguments[3], NULL, 10);
    REQUIRE(changes > 0 && changes <= CHANGES_MAX);
    journal_builder_init(&journal);
    builder_device_init(&province, 1 + SENDERS);
    for (size_t i = 0; i < SENDERS; i++) {
        senders[i] = builder_id(1 + i);
        builder_device_init(&devices[i], 1 + i);
        (void)journal_builder_enrol(&journal, &devices[i], &senders[i], "clerk");
    }
    (void)journal_builder_enrol_province(&journal, &province, "administrator");
    (void)journal_builder_senders(&journal, &province, senders, SENDERS);
    write_submissions(&journal, devices, strtoull(arguments[2], NULL, 10), changes);
    (void)journal_builder_change(&journal, &devices[0], 999, NULL);
    struct journal_note *note = journal_builder_checkpoint(&journal);
    for (size_t i = 0; i < SENDERS; i++) {
        journal_builder_cosign(note, &devices[i]);
    }
    (void)snprintf(path, sizeof path, "%s/export", arguments[1]);
    REQUIRE(mkdir(path, 0700) == 0);
    journal_builder_export(&journal, path);
    (void)snprintf(path, sizeof path, "%s/first.tlog-proof", arguments[1]);
    journal_builder_receipt(&journal, 0, path);
    (void)snprintf(path, sizeof path, "%s/last.tlog-proof", arguments[1]);
    journal_builder_receipt(&journal, journal.count - 1, path);
    (void)snprintf(path, sizeof path, "%s/log-key", arguments[1]);
    write_keys(path, &journal.log, 1);
    (void)snprintf(path, sizeof path, "%s/device-keys", arguments[1]);
    write_keys(path, devices, SENDERS);
    for (size_t i = 0; i < SENDERS; i++) {
        builder_device_release(&devices[i]);
    }
    builder_device_release(&province);
    journal_builder_release(&journal);
    return 0;
}
