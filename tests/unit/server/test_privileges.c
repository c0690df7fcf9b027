/* A folder is given to the server's user: all of it, and nothing outside, whoever exchanges folders for links meanwhile. As root; nobody
 * else can give anything away. */
#include "server/privileges.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/folder.h"
#include "tests/lib/test.h"

enum { PATH_BYTES = FOLDER_PATH_BYTES + 32, USER = 65533, ROUNDS = 2000 };

static char root[FOLDER_PATH_BYTES];
static char given[PATH_BYTES];   /* root/given */
static char inner[PATH_BYTES];   /* root/given/inner */
static char aside[PATH_BYTES];   /* root/aside: where inner is when a link stands in its place */
static char outside[PATH_BYTES]; /* root/outside */
static atomic_bool is_over;

static void path_of(const char *name, char ret_path[PATH_BYTES])
{
    (void)snprintf(ret_path, PATH_BYTES, "%s/%s", root, name);
}

static void make_file(const char *name)
{
    char path[PATH_BYTES];
    path_of(name, path);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(close(file), 0);
}

static uid_t owner_of(const char *name)
{
    char path[PATH_BYTES];
    struct stat found;
    path_of(name, path);
    assert_int_equal(lstat(path, &found), 0);
    return found.st_uid;
}

static int setup(void **state)
{
    static const char *const folders[] = {"given", "given/inner", "given/inner/deep", "given/ca", "outside"};
    static const char *const files[] = {"given/file", "given/inner/file", "given/inner/deep/file",
                                        "given/ca/key", "outside/file"};
    char path[PATH_BYTES];
    (void)state;
    folder_new(root);
    path_of("given", given);
    path_of("given/inner", inner);
    path_of("aside", aside);
    path_of("outside", outside);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        path_of(folders[i], path);
        assert_int_equal(mkdir(path, 0700), 0);
        make_file(files[i]);
    }
    path_of("given/link", path);
    assert_int_equal(symlink(outside, path), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(root);
    return 0;
}

static void give_folder__everything_in_it__but_the_authority_and_what_links_point_to(void **state)
{
    struct error error = {0};
    (void)state;
    if (geteuid() != 0) {
        skip();
    }

    assert_int_equal(privileges_give_folder(given, USER, USER, LANGUAGE_EN, &error), ERR_OK);

    static const char *const theirs[] = {"given", "given/file", "given/inner", "given/inner/deep/file",
                                         "given/link"};
    static const char *const ours[] = {"given/ca", "given/ca/key", "outside", "outside/file"};
    for (size_t i = 0; i < sizeof theirs / sizeof theirs[0]; i++) {
        assert_int_equal(owner_of(theirs[i]), USER);
    }
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        assert_int_equal(owner_of(ours[i]), 0);
    }
}

static void *exchange(void *unused)
{
    while (!atomic_load(&is_over)) {
        if (rename(inner, aside) == 0 && symlink(outside, inner) == 0) {
            (void)unlink(inner);
        }
        (void)rename(aside, inner);
    }
    return unused;
}

/* The server's user may have been broken into, and waits for root to come by. */
static void give_folder__a_folder_becomes_a_link_meanwhile__nothing_outside_is_given(void **state)
{
    pthread_t thread;
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    atomic_store(&is_over, false);
    assert_int_equal(pthread_create(&thread, NULL, exchange, NULL), 0);
    bool is_ours = true;
    for (unsigned i = 0; i < ROUNDS && is_ours; i++) {
        struct error error = {0};
        enum err err = privileges_give_folder(given, USER + i % 2, USER, LANGUAGE_EN, &error);
        assert_true(err == ERR_OK || err == ERR_IO); /* it may meet the link, and say so */
        is_ours = owner_of("outside") == 0 && owner_of("outside/file") == 0;
    }
    atomic_store(&is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(is_ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            give_folder__everything_in_it__but_the_authority_and_what_links_point_to, setup, teardown),
        cmocka_unit_test_setup_teardown(
            give_folder__a_folder_becomes_a_link_meanwhile__nothing_outside_is_given, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
