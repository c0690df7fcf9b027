/* No byte of an exported journal can change unnoticed: one flipped bit anywhere, in any file, and the verifier says so. */
#include "verify/walk.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/base/random.h"
#include "tests/lib/folder.h"
#include "tests/lib/journal_builder.h"
#include "tests/lib/seed.h"
#include "tests/lib/test.h"

enum { SUBMISSIONS = 600, FLIPS = 150, FILES_MAX = 64, PATH_BYTES = 512 };

struct files {
    char paths[FILES_MAX][PATH_BYTES];
    size_t count;
};

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the export's folders */
static void list_files(const char *folder, struct files *files)
{
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        char path[PATH_BYTES];
        struct stat status;
        int len = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        assert_in_range(len, 1, PATH_BYTES - 1);
        assert_int_equal(stat(path, &status), 0);
        if (entry->d_name[0] == '.') {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            list_files(path, files);
        } else {
            assert_true(files->count < FILES_MAX);
            memcpy(files->paths[files->count++], path, (size_t)len + 1);
        }
    }
    assert_int_equal(closedir(entries), 0);
}

static void flip(const char *path, long offset, int bit)
{
    FILE *file = fopen(path, "r+e");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_not_equal(byte, EOF);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_not_equal(fputc(byte ^ (1 << bit), file), EOF);
    assert_int_equal(fclose(file), 0);
}

static long size_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (long)status.st_size;
}

static void write_export(const char *folder, uint8_t log_key[SIGN_PUBLIC_KEY_BYTES])
{
    struct journal_builder journal;
    struct builder_device devices[3];
    struct builder_device province;
    struct id senders[3];
    journal_builder_init(&journal);
    for (size_t i = 0; i < 3; i++) {
        senders[i] = builder_id(1 + i);
        builder_device_init(&devices[i], 10 + i);
        (void)journal_builder_enrol(&journal, &devices[i], &senders[i], "clerk");
    }
    builder_device_init(&province, 20);
    (void)journal_builder_enrol_province(&journal, &province, "administrator");
    (void)journal_builder_senders(&journal, &province, senders, 3);
    for (size_t i = 0; i < SUBMISSIONS; i++) {
        (void)journal_builder_change(&journal, &devices[i % 3], 100 + i, NULL);
        if (i % 50 == 49) {
            struct journal_note *note = journal_builder_checkpoint(&journal);
            journal_builder_cosign(note, &devices[0]);
            journal_builder_cosign(note, &devices[1]);
        }
    }
    journal_builder_export(&journal, folder);
    memcpy(log_key, journal.first_log_key, SIGN_PUBLIC_KEY_BYTES);
    for (size_t i = 0; i < 3; i++) {
        builder_device_release(&devices[i]);
    }
    builder_device_release(&province);
    journal_builder_release(&journal);
}

/* The signature line of a cosigner starts with who it is: a changed name or key id is a stranger's line, which says nothing.
 * So is that of the log only in its own line, which is then missing. What a flip there takes away is the cosignature. */
static bool is_noticed(const struct walk_options *options, const struct walk_report *sound)
{
    struct walk_report report;
    struct fault fault;
    return !walk_run(options, &report, &fault) || report.cosignatures < sound->cosignatures;
}

static void walk__any_bit_flipped__noticed(void **state)
{
    (void)state;
    static struct files files;
    struct prng prng;
    char folder[FOLDER_PATH_BYTES];
    uint8_t log_key[SIGN_PUBLIC_KEY_BYTES];
    struct walk_report sound;
    struct fault fault;
    prng_init(&prng, seed_of_test());
    folder_new(folder);
    write_export(folder, log_key);
    list_files(folder, &files);
    struct walk_options options = {.folder = folder, .log_key = log_key};
    assert_true(walk_run(&options, &sound, &fault));
    assert_true(sound.cosignatures > 0 && files.count > 10);

    for (size_t i = 0; i < FLIPS; i++) {
        const char *path = files.paths[i % files.count];
        long offset = (long)prng_below(&prng, (uint64_t)size_of(path));
        int bit = (int)prng_below(&prng, 8);
        flip(path, offset, bit);
        /* Of a payload what is in the zstd frame is hashed, not the frame: it may be packed otherwise. */
        if (!is_noticed(&options, &sound) && strstr(path, "/payloads/") == NULL) {
            fail_msg("%s: bit %d of byte %ld", path, bit, offset);
        }
        flip(path, offset, bit);
    }
    assert_true(walk_run(&options, &sound, &fault));
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk__any_bit_flipped__noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
