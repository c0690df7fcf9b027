/* Small files that hold keys: written whole and durably, or not at all. */
#include "server/commands/context.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/lib/folder.h"
#include "tests/lib/test.h"

enum { PATH_BYTES = FOLDER_PATH_BYTES + 32 };

static char folder[FOLDER_PATH_BYTES];
static char path[PATH_BYTES];
static bool has_file_been_synced;
static bool has_folder_been_synced; /* with the file under its name */
static bool fails;

int fsync(int descriptor);

/* In the place of the C library's. */
int fsync(int descriptor)
{
    struct stat found;
    assert_int_equal(fstat(descriptor, &found), 0);
    has_file_been_synced |= S_ISREG(found.st_mode);
    has_folder_been_synced |= S_ISDIR(found.st_mode) && access(path, F_OK) == 0;
    return fails ? -1 : (int)syscall(SYS_fsync, descriptor);
}

static int setup(void **state)
{
    (void)state;
    folder_new(folder);
    (void)snprintf(path, sizeof path, "%s/one.key", folder);
    has_file_been_synced = has_folder_been_synced = fails = false;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

/* An operator in the journal, a log key in the tree: what is said to be written is there after a cut of the power, name and all. */
static void write__a_key__file_and_name_are_durable(void **state)
{
    struct error error = {0};
    struct stat found;
    char text[CONTEXT_FILE_BYTES_MAX];
    size_t len = 0;
    (void)state;

    assert_int_equal(context_write(path, "secret\n", 0600, LANGUAGE_EN, &error), ERR_OK);

    assert_true(has_file_been_synced);
    assert_true(has_folder_been_synced);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0600);
    assert_int_equal(context_read(path, LANGUAGE_EN, text, &len, &error), ERR_OK);
    assert_int_equal(len, 7);
    assert_string_equal(text, "secret\n");
}

/* A full disk leaves no half of a key beside. */
static void write__disk_fails__nothing_is_left(void **state)
{
    struct error error = {0};
    char aside[PATH_BYTES + 8];
    (void)state;
    fails = true;

    assert_int_equal(context_write(path, "secret\n", 0600, LANGUAGE_EN, &error), ERR_IO);

    (void)snprintf(aside, sizeof aside, "%s.new", path);
    assert_int_not_equal(access(aside, F_OK), 0);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* What others may read is a secret no more; only keys are meant. */
static void read_key__others_may_read_it__refused(void **state)
{
    static const mode_t open_modes[] = {0640, 0604, 0620, 0601};
    struct error error = {0};
    char text[CONTEXT_FILE_BYTES_MAX];
    size_t len = 0;
    (void)state;
    assert_int_equal(context_write(path, "secret\n", 0600, LANGUAGE_EN, &error), ERR_OK);
    assert_int_equal(context_read_key(path, LANGUAGE_EN, text, &len, &error), ERR_OK);
    assert_string_equal(text, "secret\n");
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        assert_int_equal(chmod(path, open_modes[i]), 0);
        assert_int_equal(context_read_key(path, LANGUAGE_EN, text, &len, &error), ERR_FORBIDDEN);
        assert_non_null(strstr(error.text, "chmod 600"));
        assert_int_equal(context_read(path, LANGUAGE_EN, text, &len, &error), ERR_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(write__a_key__file_and_name_are_durable, setup, teardown),
        cmocka_unit_test_setup_teardown(write__disk_fails__nothing_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(read_key__others_may_read_it__refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
