/* The keys of what is sealed, and that a value opens at its own place alone. */
#include "server/store/vault.h"

#include <fcntl.h>
#include <stdio.h>
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/lib/folder.h"
#include "tests/lib/test.h"

enum { PATH_BYTES = FOLDER_PATH_BYTES + 32 };

struct fixture {
    char folder[FOLDER_PATH_BYTES];
    char path[PATH_BYTES];
    struct vault *vault;
    uint8_t index_key[VAULT_WRAPPED_BYTES];
    uint8_t wrapped[VAULT_WRAPPED_BYTES]; /* of data key 5 of `sender` */
    struct error error;
};

static const struct id sender = {{7}};
static const struct id record = {{9}};

static bool does_disk_fail;

int fsync(int descriptor);

/* In the place of the C library's. */
int fsync(int descriptor)
{
    return does_disk_fail ? -1 : (int)syscall(SYS_fsync, descriptor);
}

static size_t files_in(const char *folder)
{
    DIR *entries = opendir(folder);
    size_t count = 0;
    assert_non_null(entries);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        count += entry->d_name[0] != '.';
    }
    assert_int_equal(closedir(entries), 0);
    return count;
}

static struct vault *open_vault(struct fixture *f, const char *path)
{
    struct vault *vault = NULL;
    if (vault_new(path, LANGUAGE_EN, &vault, &f->error) != ERR_OK) {
        fail_msg("%s", f->error.text);
    }
    return vault;
}

static int fixture_open(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    folder_new(f.folder);
    (void)snprintf(f.path, sizeof f.path, "%s/master.key", f.folder);
    assert_int_equal(vault_master_create(f.path, LANGUAGE_EN, &f.error), ERR_OK);
    f.vault = open_vault(&f, f.path);
    vault_make_index_key(f.vault, f.index_key);
    assert_int_equal(vault_set_index_key(f.vault, bytes_of(f.index_key, sizeof f.index_key)), ERR_OK);
    assert_int_equal(vault_make_key(f.vault, 5, &sender, f.wrapped), ERR_OK);
    assert_int_equal(vault_add_key(f.vault, 5, &sender, bytes_of(f.wrapped, sizeof f.wrapped)), ERR_OK);
    *state = &f;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    vault_free(f->vault);
    folder_remove(f->folder);
    return 0;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

/* The file is for its owner alone; what others may read, or what is none, is refused, and none is made over another. */
static void vault_new__bad_file__refused(void **state)
{
    struct fixture *f = *state;
    struct vault *vault = NULL;
    struct stat status;
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(status.st_size, VAULT_MASTER_FILE_BYTES);
    assert_int_equal(vault_master_create(f->path, LANGUAGE_EN, &f->error), ERR_EXISTS);
    assert_int_equal(chmod(f->path, 0640), 0);
    assert_int_equal(vault_new(f->path, LANGUAGE_EN, &vault, &f->error), ERR_FORBIDDEN);
    static const char *const bad[] = {"", "00\n",
                                      "x123456789012345678901234567890123456789012345678901234567890123\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_file(f->path, bad[i], 0600);
        assert_int_equal(vault_new(f->path, LANGUAGE_EN, &vault, &f->error), ERR_MALFORMED);
    }
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(vault_new(f->path, LANGUAGE_EN, &vault, &f->error), ERR_NOT_FOUND);
    assert_null(vault);
}

/* A disk that fails in the middle leaves no half of a key, which would be in the way of a whole one for ever. */
static void vault_master_create__disk_fails__nothing_left_and_made_again(void **state)
{
    struct fixture *f = *state;
    struct vault *vault = NULL;
    assert_int_equal(unlink(f->path), 0);
    does_disk_fail = true;
    assert_int_equal(vault_master_create(f->path, LANGUAGE_EN, &f->error), ERR_IO);
    does_disk_fail = false;
    assert_int_equal(files_in(f->folder), 0);

    assert_int_equal(vault_master_create(f->path, LANGUAGE_EN, &f->error), ERR_OK);

    assert_int_equal(files_in(f->folder), 1);
    assert_int_equal(vault_new(f->path, LANGUAGE_EN, &vault, &f->error), ERR_OK);
    vault_free(vault);
}

/* Sealed under one vault, opened by another that has the same master key and learns the data key from the database. */
static void vault_open__same_master__opened(void **state)
{
    struct fixture *f = *state;
    struct vault *other = open_vault(f, f->path);
    struct vault_place place = vault_place_of_field(KIND_MEMBER, &record, "", "card_number");
    uint8_t sealed[8 + VAULT_OVERHEAD_BYTES];
    uint8_t plain[8];
    struct bytes view = bytes_of(sealed, sizeof sealed);
    vault_seal(f->vault, 5, &place, bytes_of_text("01234567"), sealed);

    assert_int_equal(vault_key_of(view), 5);
    assert_int_equal(vault_plain_bytes(view), 8);
    assert_int_equal(vault_open(other, &place, view, plain), ERR_NOT_FOUND);
    assert_int_equal(vault_add_key(other, 5, &sender, bytes_of(f->wrapped, sizeof f->wrapped)), ERR_OK);
    assert_int_equal(vault_open(other, &place, view, plain), ERR_OK);
    assert_memory_equal(plain, "01234567", 8);
    assert_int_equal(vault_open(other, &place, bytes_of(sealed, 3), plain), ERR_MALFORMED);
    vault_free(other);
}

/* A number moved to another record or column, or a payload to another entry, does not open. */
static void vault_open__other_place__refused(void **state)
{
    struct fixture *f = *state;
    struct vault_place place = vault_place_of_field(KIND_MEMBER, &record, "", "card_number");
    struct id neighbour = {{10}};
    struct hash entry = {{1}};
    struct vault_place others[] = {
        vault_place_of_field(KIND_MEMBER, &neighbour, "", "card_number"),
        vault_place_of_field(KIND_MEMBER, &record, "", "file_number"),
        vault_place_of_field(KIND_MEMBER, &record, "card", "number"),
        vault_place_of_field(KIND_BRANCH, &record, "", "card_number"),
        vault_place_of_payload(&entry),
    };
    uint8_t sealed[8 + VAULT_OVERHEAD_BYTES];
    uint8_t plain[8];
    vault_seal(f->vault, 5, &place, bytes_of_text("01234567"), sealed);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(vault_open(f->vault, &others[i], bytes_of(sealed, sizeof sealed), plain),
                         ERR_SEALED);
    }
}

/* A data key that was given to another sender or another number in the database is no key. */
static void vault_add_key__not_as_wrapped__refused(void **state)
{
    struct fixture *f = *state;
    struct vault *other = open_vault(f, f->path);
    struct id neighbour = {{8}};
    struct bytes wrapped = bytes_of(f->wrapped, sizeof f->wrapped);
    assert_int_equal(vault_add_key(other, 6, &sender, wrapped), ERR_SEALED);
    assert_int_equal(vault_add_key(other, 5, &neighbour, wrapped), ERR_SEALED);
    assert_int_equal(vault_add_key(other, 5, &sender, bytes_of(f->wrapped, 60)), ERR_MALFORMED);
    assert_false(vault_has_key(other, 5));
    vault_free(other);
}

/* A crash of the database undoes a number together with the transaction that took it: it comes again, for another key. What the vault
 * made first must not be taken for it. */
static void vault_add_key__number_came_again__the_databases_key(void **state)
{
    struct fixture *f = *state;
    struct id neighbour = {{8}};
    struct vault_place place = vault_place_of_field(KIND_MEMBER, &record, "", "card_number");
    struct vault *other = open_vault(f, f->path);
    uint8_t undone[VAULT_WRAPPED_BYTES];
    uint8_t stored[VAULT_WRAPPED_BYTES];
    uint8_t sealed[8 + VAULT_OVERHEAD_BYTES];
    uint8_t plain[8];
    struct bytes view = bytes_of(sealed, sizeof sealed);
    assert_int_equal(vault_make_key(f->vault, 6, &sender, undone), ERR_OK);
    assert_false(vault_has_key(f->vault, 6));
    vault_seal(f->vault, 6, &place, bytes_of_text("00000000"), sealed);
    assert_int_equal(vault_open(f->vault, &place, view, plain), ERR_NOT_FOUND);
    assert_int_equal(vault_make_key(other, 6, &neighbour, stored), ERR_OK);
    vault_seal(other, 6, &place, bytes_of_text("01234567"), sealed);

    assert_int_equal(vault_add_key(f->vault, 6, &neighbour, bytes_of(stored, sizeof stored)), ERR_OK);

    assert_int_equal(vault_open(f->vault, &place, view, plain), ERR_OK);
    assert_memory_equal(plain, "01234567", 8);
    vault_free(other);
}

/* Equal numbers have equal indexes, of one field of one kind; another index key gives others. */
static void vault_blind__equal_values__equal(void **state)
{
    struct fixture *f = *state;
    uint8_t blinds[5][VAULT_BLIND_BYTES];
    struct bytes number = bytes_of_text("01234567");
    vault_blind(f->vault, KIND_MEMBER, "card_number", number, blinds[0]);
    vault_blind(f->vault, KIND_MEMBER, "card_number", bytes_of_text("01234568"), blinds[1]);
    vault_blind(f->vault, KIND_MEMBER, "file_number", number, blinds[2]);
    vault_blind(f->vault, KIND_BRANCH, "card_number", number, blinds[3]);
    uint8_t again[VAULT_BLIND_BYTES];
    vault_blind(f->vault, KIND_MEMBER, "card_number", number, again);
    assert_memory_equal(again, blinds[0], sizeof again);
    uint8_t index_key[VAULT_WRAPPED_BYTES];
    vault_make_index_key(f->vault, index_key);
    assert_int_equal(vault_set_index_key(f->vault, bytes_of(index_key, sizeof index_key)), ERR_OK);
    vault_blind(f->vault, KIND_MEMBER, "card_number", number, blinds[4]);
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = i + 1; j < 5; j++) {
            assert_memory_not_equal(blinds[i], blinds[j], VAULT_BLIND_BYTES);
        }
    }
}

/* Whoever exchanges the master key leaves the new one beside the old before the keys are wrapped anew: a vault follows it there,
 * and to no key the database does not name. */
static void vault_follow_master__exchanged__new_file_taken(void **state)
{
    struct fixture *f = *state;
    char aside[PATH_BYTES + 8];
    uint8_t id[VAULT_MASTER_ID_BYTES];
    uint8_t wrapped[VAULT_WRAPPED_BYTES];
    (void)snprintf(aside, sizeof aside, "%s.new", f->path);
    assert_int_equal(vault_master_create(aside, LANGUAGE_EN, &f->error), ERR_OK);
    struct vault *next = open_vault(f, aside);
    vault_master_id(next, id);
    assert_int_equal(vault_make_key(next, 6, &sender, wrapped), ERR_OK);

    assert_int_equal(vault_add_key(f->vault, 6, &sender, bytes_of(wrapped, sizeof wrapped)), ERR_SEALED);
    assert_int_equal(vault_follow_master(f->vault, bytes_of(id, sizeof id)), ERR_OK);
    assert_int_equal(vault_add_key(f->vault, 6, &sender, bytes_of(wrapped, sizeof wrapped)), ERR_OK);
    assert_true(vault_has_key(f->vault, 5));
    id[0] ^= 1;
    assert_int_equal(vault_follow_master(f->vault, bytes_of(id, sizeof id)), ERR_SEALED);
    vault_free(next);
}

/* The limit on keys kept holds: then they are asked for again. */
static void vault_trim__full__forgotten(void **state)
{
    struct fixture *f = *state;
    uint8_t wrapped[VAULT_WRAPPED_BYTES];
    vault_trim(f->vault);
    assert_true(vault_has_key(f->vault, 5));
    for (uint32_t number = 10; number < 10 + VAULT_KEYS_MAX - 1; number++) {
        assert_int_equal(vault_make_key(f->vault, number, &sender, wrapped), ERR_OK);
    }
    vault_trim(f->vault);
    assert_false(vault_has_key(f->vault, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(vault_new__bad_file__refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(vault_master_create__disk_fails__nothing_left_and_made_again,
                                        fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(vault_open__same_master__opened, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(vault_open__other_place__refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(vault_add_key__not_as_wrapped__refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(vault_add_key__number_came_again__the_databases_key, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(vault_blind__equal_values__equal, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(vault_follow_master__exchanged__new_file_taken, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(vault_trim__full__forgotten, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
