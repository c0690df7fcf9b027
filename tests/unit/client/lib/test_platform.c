/* Files that survive, names that never overwrite, locks, sockets. */
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/platform.h"
#include "common/base/clock.h"
#include "tests/lib/folder.h"

static char folder[FOLDER_PATH_BYTES];

static int setup(void **state)
{
    (void)state;
    folder_new(folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static const char *in_folder(const char *name)
{
    static char path[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(platform_path_join(folder, name, path, sizeof path), ERR_OK);
    return path;
}

static void assert_content(const char *path, const char *expected)
{
    struct buf content;
    buf_init(&content, 1 << 20);
    assert_int_equal(platform_file_read(path, &content), ERR_OK);
    assert_true(bytes_equal(buf_content(&content), bytes_of_text(expected)));
    buf_release(&content);
}

static size_t count_entries(void)
{
    char command[FOLDER_PATH_BYTES + 32];
    size_t count = 0;
    (void)snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    assert_int_equal(fscanf(list, "%zu", &count), 1);
    (void)pclose(list);
    return count;
}

/* Replacing gives the new content whole, the mode asked for, and leaves nothing else behind. */
static void file_replace__twice__newest_and_nothing_aside(void **state)
{
    (void)state;
    const char *path = in_folder("device.key");

    assert_int_equal(platform_file_replace(path, bytes_of_text("one"), true), ERR_OK);
    assert_true(platform_file_is_private(path));
    assert_int_equal(platform_file_replace(path, bytes_of_text("two"), false), ERR_OK);

    assert_content(path, "two");
    assert_false(platform_file_is_private(path));
    assert_int_equal(count_entries(), 1);
}

/* A folder that is not there is told, not made. */
static void file_replace__no_folder__not_found(void **state)
{
    (void)state;
    assert_int_equal(platform_file_replace(in_folder("nowhere/x"), bytes_of_text("x"), true), ERR_NOT_FOUND);
}

/* Reading keeps to the caller's cap: one byte more than fits is an error, exactly full is not. */
static void file_read__cap__exact_fits_one_more_does_not(void **state)
{
    (void)state;
    struct buf content;
    assert_int_equal(platform_file_replace(in_folder("f"), bytes_of_text("12345"), false), ERR_OK);

    buf_init(&content, 5);
    assert_int_equal(platform_file_read(in_folder("f"), &content), ERR_OK);
    buf_release(&content);
    buf_init(&content, 4);
    assert_int_equal(platform_file_read(in_folder("f"), &content), ERR_TOO_BIG);
    buf_release(&content);
    buf_init(&content, 4);
    assert_int_equal(platform_file_read(in_folder("g"), &content), ERR_NOT_FOUND);
    buf_release(&content);
}

static void write_output(const char *wanted, const char *text, const char *expected_name)
{
    struct platform_output *output = NULL;
    char path[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(platform_output_open(wanted, &output), ERR_OK);
    assert_int_equal(platform_output_write(output, bytes_of_text(text)), ERR_OK);
    assert_int_equal(platform_output_finish(output, path, sizeof path), ERR_OK);
    assert_string_equal(path, in_folder(expected_name));
    assert_content(path, text);
}

/* A file of the user is never overwritten: the next free number is taken, before the extension. */
static void output__name_taken__next_number(void **state)
{
    (void)state;
    char wanted[PLATFORM_PATH_BYTES_MAX];
    (void)snprintf(wanted, sizeof wanted, "%s", in_folder("đảng viên.csv"));
    write_output(wanted, "a", "đảng viên.csv");
    write_output(wanted, "b", "đảng viên (2).csv");
    write_output(wanted, "c", "đảng viên (3).csv");
    assert_content(wanted, "a");
    (void)snprintf(wanted, sizeof wanted, "%s", in_folder(".hidden"));
    write_output(wanted, "d", ".hidden");
    write_output(wanted, "e", ".hidden (2)");
    assert_int_equal(count_entries(), 5);
}

/* Half-written lists of people are nowhere to be found, should the program be killed. */
static void output__not_finished__no_name_yet(void **state)
{
    (void)state;
    struct platform_output *output = NULL;
    char path[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(platform_output_open(in_folder("x.csv"), &output), ERR_OK);
    assert_int_equal(platform_output_write(output, bytes_of_text("Nguyễn Văn Đạt")), ERR_OK);
    if (count_entries() > 0) {
        platform_output_discard(output);
        skip(); /* a file system without unnamed files */
    }
    assert_int_equal(platform_output_finish(output, path, sizeof path), ERR_OK);
    assert_int_equal(count_entries(), 1);
    assert_content(path, "Nguyễn Văn Đạt");
    assert_true(platform_file_is_private(path));
}

/* An output given up leaves no trace. */
static void output__discarded__nothing_there(void **state)
{
    (void)state;
    struct platform_output *output = NULL;
    assert_int_equal(platform_output_open(in_folder("x.csv"), &output), ERR_OK);
    assert_int_equal(platform_output_write(output, bytes_of_text("x")), ERR_OK);

    platform_output_discard(output);
    platform_output_discard(NULL);

    assert_int_equal(count_entries(), 0);
}

/* Two handles exclude each other, also within one process; released, the lock is free. */
static void lock__held__waits_then_locked(void **state)
{
    (void)state;
    struct platform_lock *first = NULL;
    struct platform_lock *second = NULL;
    assert_int_equal(platform_lock_take(in_folder("lock"), 0, &first), ERR_OK);
    int64_t began_ms = clock_monotonic_ms();

    assert_int_equal(platform_lock_take(in_folder("lock"), 50, &second), ERR_LOCKED);
    assert_true(clock_monotonic_ms() - began_ms >= 50);
    platform_lock_release(first);
    assert_int_equal(platform_lock_take(in_folder("lock"), 0, &second), ERR_OK);

    platform_lock_release(second);
    platform_lock_release(NULL);
}

/* A home deep down is made, for its owner alone; a file in the way is told. */
static void folder_make__deep__private(void **state)
{
    (void)state;
    struct stat status;
    assert_int_equal(platform_folder_make(in_folder("a/b/c")), ERR_OK);
    assert_int_equal(platform_folder_make(in_folder("a/b/c")), ERR_OK);
    assert_int_equal(stat(in_folder("a/b"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(platform_file_replace(in_folder("file"), bytes_of_text("x"), true), ERR_OK);

    assert_int_equal(platform_folder_make(in_folder("file")), ERR_IO);
    assert_int_equal(platform_folder_make(in_folder("file/below")), ERR_IO);
}

/* Paths never overflow what the caller gave. */
static void path_join__too_long__too_big(void **state)
{
    (void)state;
    char small[8] = "?";
    assert_int_equal(platform_path_join("abc", "def", small, sizeof small), ERR_OK);
    assert_string_equal(small, "abc/def");
    assert_int_equal(platform_path_join("abc", "defg", small, sizeof small), ERR_TOO_BIG);
    assert_string_equal(small, "abc/def");
}

/* The stated home wins over the user's. */
static void home__environment__wins(void **state)
{
    (void)state;
    char home[PLATFORM_PATH_BYTES_MAX];
    assert_int_equal(setenv("DANTIN_HOME", "/somewhere", 1), 0);
    assert_int_equal(platform_home(home, sizeof home), ERR_OK);
    assert_string_equal(home, "/somewhere");
    assert_int_equal(unsetenv("DANTIN_HOME"), 0);
    assert_int_equal(setenv("HOME", "/h", 1), 0);
    assert_int_equal(platform_home(home, sizeof home), ERR_OK);
    assert_string_equal(home, "/h/.local/share/dantin");
}

/* A secret is there until it is dropped or its time is over; a later one takes its place. */
static void keyring__put_get_drop_and_wait__gone(void **state)
{
    (void)state;
    uint8_t out[8];
    size_t len = 0;
    char name[64];
    (void)snprintf(name, sizeof name, "dantin-test:%d", (int)getpid());
    enum err err = platform_keyring_put(name, bytes_of_text("first"), 60);
    if (err == ERR_UNSUPPORTED) {
        skip();
    }
    assert_int_equal(err, ERR_OK);
    assert_int_equal(platform_keyring_put(name, bytes_of_text("second"), 60), ERR_OK);

    assert_int_equal(platform_keyring_get(name, out, sizeof out, &len), ERR_OK);

    assert_int_equal(len, 6);
    assert_memory_equal(out, "second", 6);
    assert_int_equal(platform_keyring_get(name, out, 3, &len), ERR_TOO_BIG);
    assert_int_equal(platform_keyring_drop(name), ERR_OK);
    assert_int_equal(platform_keyring_get(name, out, sizeof out, &len), ERR_NOT_FOUND);
    assert_int_equal(platform_keyring_drop(name), ERR_NOT_FOUND);
    assert_int_equal(platform_keyring_put(name, bytes_of_text("short"), 1), ERR_OK);
    int64_t deadline_ms = clock_monotonic_ms() + 10000;
    do {
        assert_true(clock_monotonic_ms() < deadline_ms);
        platform_wait(20);
        err = platform_keyring_get(name, out, sizeof out, &len);
    } while (err == ERR_OK);
    assert_int_equal(err, ERR_NOT_FOUND);
}

/* Listen on a free loopback port; the port as text goes to ret_port. */
static int listen_somewhere(char ret_port[8])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(ret_port, 8, "%u", (unsigned)ntohs(address.sin_port));
    return listener;
}

/* "localhost" may be IPv6 first while the server listens on IPv4 only: we connect all the same, and bytes go both ways. */
static void socket__localhost_on_ipv4_only__connects(void **state)
{
    (void)state;
    char port[8];
    struct platform_socket *ours = NULL;
    size_t count = 0;
    uint8_t byte = 0;
    bool can_read = false;
    int listener = listen_somewhere(port);

    assert_int_equal(platform_socket_connect("localhost", port, 5000, &ours), ERR_OK);
    int theirs = accept(listener, NULL, NULL);
    assert_true(theirs >= 0);
    assert_int_equal(platform_socket_receive(ours, &byte, 1, &count), ERR_AGAIN);
    assert_int_equal(platform_socket_send(ours, bytes_of_text("x"), &count), ERR_OK);
    assert_int_equal(read(theirs, &byte, 1), 1);
    assert_int_equal(platform_socket_wait(ours, false, 0, &can_read, NULL), ERR_TIMED_OUT);
    (void)close(theirs);
    assert_int_equal(platform_socket_wait(ours, false, 5000, &can_read, NULL), ERR_OK);
    assert_true(can_read);
    assert_int_equal(platform_socket_receive(ours, &byte, 1, &count), ERR_CLOSED);

    platform_socket_close(ours);
    (void)close(listener);
}

/* Nobody listens, or no such host: told at once, with the system's reason. */
static void socket__nobody_listens__unreachable(void **state)
{
    (void)state;
    char port[8];
    struct platform_socket *ours = NULL;
    (void)close(listen_somewhere(port));

    assert_int_equal(platform_socket_connect("127.0.0.1", port, 5000, &ours), ERR_UNREACHABLE);
    assert_int_equal(errno, ECONNREFUSED);
    assert_int_equal(platform_socket_connect("no.such.host.invalid", port, 5000, &ours), ERR_UNREACHABLE);
    assert_null(ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(file_replace__twice__newest_and_nothing_aside, setup, teardown),
        cmocka_unit_test_setup_teardown(file_replace__no_folder__not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(file_read__cap__exact_fits_one_more_does_not, setup, teardown),
        cmocka_unit_test_setup_teardown(output__name_taken__next_number, setup, teardown),
        cmocka_unit_test_setup_teardown(output__not_finished__no_name_yet, setup, teardown),
        cmocka_unit_test_setup_teardown(output__discarded__nothing_there, setup, teardown),
        cmocka_unit_test_setup_teardown(lock__held__waits_then_locked, setup, teardown),
        cmocka_unit_test_setup_teardown(folder_make__deep__private, setup, teardown),
        cmocka_unit_test(path_join__too_long__too_big),
        cmocka_unit_test(keyring__put_get_drop_and_wait__gone),
        cmocka_unit_test(home__environment__wins),
        cmocka_unit_test(socket__localhost_on_ipv4_only__connects),
        cmocka_unit_test(socket__nobody_listens__unreachable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
