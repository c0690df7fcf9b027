/* Connection strings and versions of PostgreSQL's programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <libpq-fe.h>

#include "server/store/database.h"
#include "server/store/program.h"
#include "server/store/program_pipe.h"

/* libpq reads it back: what it holds for a name afterwards. */
static void expect_setting(const char *conninfo, const char *name, const char *value)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    assert_non_null(options);
    bool is_found = false;
    for (const PQconninfoOption *at = options; at->keyword != NULL; at++) {
        if (strcmp(at->keyword, name) == 0 && at->val != NULL) {
            is_found = true;
            assert_string_equal(at->val, value);
        }
    }
    assert_true(is_found);
    PQconninfoFree(options);
}

/* A folder with blanks and quotes in its name must not become another connection. */
static void database_conninfo__quotes_and_blanks__read_back(void **state)
{
    (void)state;
    char text[256] = "untouched";
    const struct database_setting parts[] = {{"host", "/srv/Tỉnh uỷ/o'brien\\x"}, {"user", "dantin_read"}};

    assert_int_equal(database_conninfo(parts, 2, text, 16), ERR_TOO_BIG);
    assert_string_equal(text, "untouched");
    assert_int_equal(database_conninfo(parts, 2, text, sizeof text), ERR_OK);

    expect_setting(text, "host", "/srv/Tỉnh uỷ/o'brien\\x");
    expect_setting(text, "user", "dantin_read");
}

/* One configured database serves three roles, whichever form it was written in; a user in it never wins. */
static void database_conninfo_as__both_forms__other_user(void **state)
{
    (void)state;
    char text[1024];

    assert_int_equal(
        database_conninfo_as("host=a,b port=5432 dbname=x user=root", "dantin_ingest", text, sizeof text),
        ERR_OK);
    expect_setting(text, "host", "a,b");
    expect_setting(text, "user", "dantin_ingest");
    assert_int_equal(database_conninfo_as("postgresql://root@h1,h2/x?target_session_attrs=read-write",
                                          "dantin_read", text, sizeof text),
                     ERR_OK);
    expect_setting(text, "host", "h1,h2");
    expect_setting(text, "dbname", "x");
    expect_setting(text, "target_session_attrs", "read-write");
    expect_setting(text, "user", "dantin_read");
    assert_int_equal(database_conninfo_as("nonsense", "dantin_read", text, sizeof text), ERR_CONFIG);
}

/* Take one connection of libpq, say this version, and wait until it goes. */
static void play_server(int listener, const char *version)
{
    char packet[1024];
    uint8_t answer[256] = {'R', 0, 0, 0, 8, 0, 0, 0, 0, 'S', 0, 0, 0, 0};
    size_t setting_len = sizeof "server_version" + strlen(version) + 1;
    size_t len = 14 + setting_len;
    int line = accept(listener, NULL, NULL);

    answer[13] = (uint8_t)(4 + setting_len);
    memcpy(answer + 14, "server_version", sizeof "server_version");
    memcpy(answer + 14 + sizeof "server_version", version, strlen(version) + 1);
    memcpy(answer + len, "Z\0\0\0\005I", 6);
    if (line < 0 || read(line, packet, sizeof packet) <= 0 ||
        write(line, answer, len + 6) != (ssize_t)(len + 6)) {
        _exit(1);
    }
    while (read(line, packet, sizeof packet) > 0) {
    }
    _exit(0);
}

/* An old PostgreSQL is refused with its version before anything is done to it, not found out by a failing migration. */
static void database_open__older_than_15__refused(void **state)
{
    (void)state;
    static const char *const versions[] = {"14.18", "9.6.24", "15.0"};
    char folder[] = "/tmp/dantin-old-XXXXXX";
    char conninfo[256];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    (void)snprintf(conninfo, sizeof conninfo, "host=%s port=5432 user=u dbname=d gssencmode=disable", folder);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);

    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        struct pg_conn *connection = NULL;
        struct error error = {0};
        int status = 0;
        pid_t server = fork();
        if (server == 0) {
            play_server(listener, versions[i]);
        }
        enum err err = database_open(conninfo, LANGUAGE_EN, &connection, &error);
        PQfinish(connection);
        assert_int_equal(waitpid(server, &status, 0), server);
        assert_int_equal(status, 0);
        assert_int_equal(err, i < 2 ? ERR_CONFIG : ERR_OK);
        if (i == 0) {
            assert_non_null(strstr(error.text, "version 14.18; 15 or newer"));
        }
    }
    (void)close(listener);
    (void)unlink(address.sun_path);
    (void)rmdir(folder);
}

/* The newest PostgreSQL is chosen by number, not by text. */
static void program_version_parse__outputs__numbers(void **state)
{
    (void)state;
    assert_int_equal(program_version_parse("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"), 150020);
    assert_int_equal(program_version_parse("postgres (PostgreSQL) 9.6\n"), 90006);
    assert_int_equal(program_version_parse("postgres (PostgreSQL) 19devel\n"), 190000);
    assert_int_equal(program_version_parse("something else"), 0);
    assert_int_equal(program_version_parse("postgres (PostgreSQL) x"), 0);
}

/* How a program ended is told apart from whether it could be started; its last words are kept. */
static void program_run__endings__told_apart(void **state)
{
    (void)state;
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    const char *good[] = {"/bin/sh", "-c", "echo out; echo err >&2", NULL};
    const char *bad[] = {"/bin/sh", "-c", "echo why; exit 3", NULL};
    const char *missing[] = {"/nonexistent/program", NULL};
    const char *much[] = {"/bin/sh", "-c",
                          "i=0; while [ $i -lt 3000 ]; do echo line; i=$((i+1)); done; echo last", NULL};

    assert_int_equal(program_run(good, output), ERR_OK);
    assert_string_equal(output, "out\nerr\n");
    assert_int_equal(program_run(bad, output), ERR_DATABASE);
    assert_string_equal(output, "why\n");
    assert_int_equal(program_run(missing, output), ERR_IO);
    assert_int_equal(program_run(much, output), ERR_OK);
    assert_int_equal(strlen(output), PROGRAM_OUTPUT_BYTES_MAX - 1);
    assert_string_equal(output + strlen(output) - 10, "line\nlast\n");
}

/* A machine without PostgreSQL is told what to install. */
static void programs_find__none_fits__says_what_to_install(void **state)
{
    (void)state;
    struct programs programs;
    struct error error = {0};
    assert_int_equal(programs_find("/nonexistent", 15, 0, LANGUAGE_EN, &programs, &error), ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "postgresql-15"));
    assert_int_equal(programs_find("", 15, 999, LANGUAGE_VI, &programs, &error), ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "postgresql-999"));
}

/* A password must not stand among a program's arguments: it comes apart from the rest, in both forms of a connection string. */
static void database_conninfo_split__password__apart(void **state)
{
    (void)state;
    static const char *const given[] = {"postgresql://dantin_admin:s%20e@db/x", "host=db dbname=x"};
    static const char *const passwords[] = {"s e", ""};
    char rest[256];
    char password[256];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(database_conninfo_split(given[i], rest, password, sizeof rest), ERR_OK);
        assert_string_equal(password, passwords[i]);
        assert_null(strstr(rest, "password"));
        assert_non_null(strstr(rest, "host='db'"));
    }
    assert_int_equal(database_conninfo_split("host=db password=abc", rest, password, 8), ERR_TOO_BIG);
    assert_int_equal(database_conninfo_split("=", rest, password, sizeof rest), ERR_CONFIG);
}

/* What a program prints is ours to read, what it complains of comes at the end, and its password through the environment alone. */
static void program_pipe__both_directions__end_told(void **state)
{
    (void)state;
    const char *const prints[] = {"/bin/sh", "-c", "printf %s \"$PGPASSWORD\"; echo trouble >&2; exit 3",
                                  NULL};
    const char *const reads[] = {"/bin/sh", "-c", "read line; test \"$line\" = hello", NULL};
    const char *const nothing[] = {"/nonexistent/pg_dump", NULL};
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    char text[16] = "";
    struct program_pipe pipe;
    assert_int_equal(program_pipe_open(prints, "secret", false, &pipe), ERR_OK);
    assert_int_equal(read(pipe.fd, text, sizeof text - 1), 6);
    assert_string_equal(text, "secret");
    assert_int_equal(program_pipe_close(&pipe, output), ERR_DATABASE);
    assert_string_equal(output, "trouble\n");

    assert_int_equal(program_pipe_open(reads, NULL, true, &pipe), ERR_OK);
    assert_int_equal(write(pipe.fd, "hello\n", 6), 6);
    assert_int_equal(program_pipe_close(&pipe, output), ERR_OK);
    assert_string_equal(output, "");

    assert_int_equal(program_pipe_open(nothing, NULL, false, &pipe), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(database_conninfo__quotes_and_blanks__read_back),
        cmocka_unit_test(database_conninfo_as__both_forms__other_user),
        cmocka_unit_test(database_open__older_than_15__refused),
        cmocka_unit_test(database_conninfo_split__password__apart),
        cmocka_unit_test(program_pipe__both_directions__end_told),
        cmocka_unit_test(program_version_parse__outputs__numbers),
        cmocka_unit_test(program_run__endings__told_apart),
        cmocka_unit_test(programs_find__none_fits__says_what_to_install),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
