#include "server/erasures_list.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/base/arena.h"
#include "common/base/base64.h"
#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/crypto/hash.h"
#include "common/wire/message.h"
#include "proto/journal.pb-c.h"

enum {
    LIST_MODE = 0600,
    LIST_KEYS_BYTES_MAX = 1 << 16,
    LISTED_BYTES_MAX = ERASURES_LIST_LINE_BYTES_MAX / 4 * 3,
    LISTED_ARENA_BYTES_MAX = 4 * ERASURES_LIST_LINE_BYTES_MAX,
    SIGNATURE_TEXT_BYTES = BASE64_TEXT_BYTES(SIGN_SIGNATURE_BYTES)
};

static const char domain[ERASURES_LIST_DOMAIN_BYTES] = "dantin/erasures";

/* Going through the file. */
struct walk {
    FILE *file;
    const char *path;
    struct buf keys; /* that lines may be by, one after another */
    enum language language;
    struct error *error;
    struct arena arena;
    struct hash previous; /* of the newest whole line */
    long end;             /* of it */
    unsigned line;
};

static enum err walk_lines(struct walk *walk,
                           enum err (*on_line)(void *context, const Dantin__ErasureListed *listed,
                                               struct error *ret_error),
                           void *context);
static enum err read_line(struct walk *walk, struct bytes line, Dantin__ErasureListed **ret_listed);
static enum err read_note(struct walk *walk, struct bytes line, struct bytes *ret_note,
                          Dantin__ErasureListed **ret_listed);
static enum err check_line(struct walk *walk, struct bytes note, struct bytes signature_text);
static enum err check_signature(const struct walk *walk, struct bytes text, struct bytes signature);
static enum err start(struct walk *walk, struct bytes log_keys);
static enum err take_key(struct walk *walk, const Dantin__ErasureListed *listed);
static bool knows(const struct walk *walk, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]);
static enum err write_line(const struct walk *walk, const struct signing_key *key,
                           const Dantin__ErasureListed *listed);
static enum err make_line(const struct signing_key *key, struct bytes note, struct buf *out);
static enum err append(const struct walk *walk, struct bytes line);
static enum err sync_folder(const char *path);
static enum err say_io(const struct walk *walk);
static enum err say_changed(const struct walk *walk);

enum err erasures_list_walk(const char *path, struct bytes log_keys,
                            enum err (*on_line)(void *context, const Dantin__ErasureListed *listed,
                                                struct error *ret_error),
                            void *context, enum language language, struct error *ret_error)
{
    struct walk walk = {.path = path, .language = language, .error = ret_error};
    walk.file = fopen(path, "re");
    if (walk.file == NULL) {
        return errno == ENOENT ? ERR_OK : say_io(&walk);
    }
    enum err err = start(&walk, log_keys);
    err = err == ERR_OK ? walk_lines(&walk, on_line, context) : err;
    (void)fclose(walk.file); /* it was only read */
    buf_release(&walk.keys);
    return err;
}

enum err erasures_list_follow(const char *path, const struct signing_key *key, struct bytes log_keys,
                              const uint8_t next[SIGN_PUBLIC_KEY_BYTES], enum language language,
                              struct error *ret_error)
{
    Dantin__ErasureListed listed = DANTIN__ERASURE_LISTED__INIT;
    listed.has_log_key = true;
    listed.log_key = (ProtobufCBinaryData){SIGN_PUBLIC_KEY_BYTES, (uint8_t *)(uintptr_t)next};
    return erasures_list_add(path, key, log_keys, &listed, language, ret_error);
}

enum err erasures_list_add(const char *path, const struct signing_key *key, struct bytes log_keys,
                           Dantin__ErasureListed *listed, enum language language, struct error *ret_error)
{
    struct walk walk = {.path = path, .language = language, .error = ret_error};
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, LIST_MODE);
    if (fd < 0) {
        return say_io(&walk);
    }
    walk.file = fdopen(fd, "r+");
    if (walk.file == NULL) {
        (void)close(fd); /* nothing was written */
        return say_io(&walk);
    }
    enum err err = start(&walk, log_keys);
    err = err == ERR_OK && flock(fd, LOCK_EX) != 0 ? say_io(&walk) : err;
    err = err == ERR_OK ? walk_lines(&walk, NULL, NULL) : err;
    bool is_there = listed->has_log_key && knows(&walk, listed->log_key.data);
    if (err == ERR_OK && !is_there) {
        listed->has_previous = true;
        listed->previous = (ProtobufCBinaryData){HASH_BYTES, walk.previous.at};
        err = write_line(&walk, key, listed);
        listed->previous = (ProtobufCBinaryData){0}; /* it lay here */
    }
    if (fclose(walk.file) != 0 && err == ERR_OK) {
        err = say_io(&walk);
    }
    buf_release(&walk.keys);
    return err;
}

bool erasures_list_has_any(const char *path)
{
    struct walk walk = {.path = path, .error = &(struct error){0}};
    char *text = NULL;
    size_t room = 0;
    ssize_t len = 0;
    bool has_any = false;
    walk.file = fopen(path, "re");
    if (walk.file == NULL) {
        return errno != ENOENT;
    }
    arena_init(&walk.arena, LISTED_ARENA_BYTES_MAX);
    while (!has_any && (len = getline(&text, &room, walk.file)) > 0) {
        Dantin__ErasureListed *listed = NULL;
        struct bytes note;
        arena_clear(&walk.arena);
        has_any =
            text[len - 1] == '\n' &&
            (read_note(&walk, bytes_of(text, (size_t)len), &note, &listed) != ERR_OK || !listed->has_log_key);
    }
    (void)fclose(walk.file); /* it was only read */
    free(text);
    arena_release(&walk.arena);
    return has_any;
}

/* on_line NULL: it is only checked. */
static enum err walk_lines(struct walk *walk,
                           enum err (*on_line)(void *context, const Dantin__ErasureListed *listed,
                                               struct error *ret_error),
                           void *context)
{
    char *text = NULL;
    size_t room = 0;
    enum err err = ERR_OK;
    arena_init(&walk->arena, LISTED_ARENA_BYTES_MAX);
    for (;;) {
        Dantin__ErasureListed *listed = NULL;
        ssize_t len = getline(&text, &room, walk->file);
        if (len < 0 || text[len - 1] != '\n') {
            err = ferror(walk->file) != 0 ? say_io(walk) : ERR_OK;
            break;
        }
        walk->line++;
        arena_clear(&walk->arena);
        err = read_line(walk, bytes_of(text, (size_t)len), &listed);
        if (listed != NULL && listed->has_log_key) {
            err = take_key(walk, listed);
        } else if (listed != NULL && on_line != NULL) {
            err = on_line(context, listed, walk->error);
        }
        if (err != ERR_OK) {
            break;
        }
        walk->previous = hash_of_one(bytes_of(text, (size_t)len));
        walk->end += len;
    }
    free(text);
    arena_release(&walk->arena);
    return err;
}

/* The signature first: nothing is believed of a line that is not ours. */
static enum err read_line(struct walk *walk, struct bytes line, Dantin__ErasureListed **ret_listed)
{
    Dantin__ErasureListed *listed = NULL;
    struct bytes note = {NULL, 0};
    if (read_note(walk, line, &note, &listed) != ERR_OK) {
        return say_changed(walk);
    }
    enum err err =
        check_line(walk, note, bytes_of(line.at + line.len - SIGNATURE_TEXT_BYTES - 1, SIGNATURE_TEXT_BYTES));
    if (err == ERR_OK && !bytes_equal(bytes_of(listed->previous.data, listed->previous.len),
                                      bytes_of(walk->previous.at, HASH_BYTES))) {
        err = say_changed(walk);
    }
    if (err == ERR_OK) {
        *ret_listed = listed;
    }
    return err;
}

/* What a line says, and the bytes that are signed. ERR_MALFORMED: it is none. */
static enum err read_note(struct walk *walk, struct bytes line, struct bytes *ret_note,
                          Dantin__ErasureListed **ret_listed)
{
    size_t tail = 1 + SIGNATURE_TEXT_BYTES + 1; /* space, signature, line end */
    size_t note_bytes = 0;
    if (line.len <= tail || line.len > ERASURES_LIST_LINE_BYTES_MAX || line.at[line.len - tail] != ' ') {
        return ERR_MALFORMED;
    }
    struct bytes note_text = bytes_of(line.at, line.len - tail);
    uint8_t *note = arena_alloc(&walk->arena, note_text.len);
    if (note == NULL || base64_decode(note_text, note, note_text.len, &note_bytes) != ERR_OK ||
        message_unpack(&dantin__erasure_listed__descriptor, bytes_of(note, note_bytes), true, &walk->arena,
                       (void *)ret_listed) != ERR_OK) {
        return ERR_MALFORMED;
    }
    *ret_note = bytes_of(note, note_bytes);
    return ERR_OK;
}

static enum err check_line(struct walk *walk, struct bytes note, struct bytes signature_text)
{
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    size_t signature_bytes = 0;
    struct buf in;
    buf_init(&in, sizeof domain + LISTED_BYTES_MAX);
    enum err err = base64_decode(signature_text, signature, sizeof signature, &signature_bytes);
    err = err == ERR_OK ? buf_append(&in, bytes_of(domain, sizeof domain)) : err;
    err = err == ERR_OK ? buf_append(&in, note) : err;
    err = err == ERR_OK ? check_signature(walk, buf_content(&in), bytes_of(signature, signature_bytes)) : err;
    buf_release(&in);
    return err == ERR_OK ? ERR_OK : say_changed(walk);
}

/* By any of the keys; the newest first. */
static enum err check_signature(const struct walk *walk, struct bytes text, struct bytes signature)
{
    struct bytes keys = buf_content(&walk->keys);
    enum err err = ERR_BAD_SIGNATURE;
    for (size_t i = keys.len / SIGN_PUBLIC_KEY_BYTES; err == ERR_BAD_SIGNATURE && i > 0; i--) {
        struct verify_key *key = NULL;
        err =
            verify_key_new(bytes_of(keys.at + (i - 1) * SIGN_PUBLIC_KEY_BYTES, SIGN_PUBLIC_KEY_BYTES), &key);
        err = err == ERR_OK ? verify_key_check(key, text, signature) : err;
        verify_key_free(key);
    }
    return err;
}

static enum err start(struct walk *walk, struct bytes log_keys)
{
    buf_init(&walk->keys, LIST_KEYS_BYTES_MAX);
    enum err err = buf_append(&walk->keys, log_keys);
    return err == ERR_OK ? ERR_OK
                         : error_set(walk->error, err, "%s: %s", walk->path, err_text(err, walk->language));
}

static enum err take_key(struct walk *walk, const Dantin__ErasureListed *listed)
{
    if (listed->log_key.len != SIGN_PUBLIC_KEY_BYTES) {
        return say_changed(walk);
    }
    return knows(walk, listed->log_key.data)
               ? ERR_OK
               : buf_append(&walk->keys, bytes_of(listed->log_key.data, listed->log_key.len));
}

static bool knows(const struct walk *walk, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES])
{
    struct bytes keys = buf_content(&walk->keys);
    for (size_t i = 0; i + SIGN_PUBLIC_KEY_BYTES <= keys.len; i += SIGN_PUBLIC_KEY_BYTES) {
        if (memcmp(keys.at + i, public_key, SIGN_PUBLIC_KEY_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static enum err write_line(const struct walk *walk, const struct signing_key *key,
                           const Dantin__ErasureListed *listed)
{
    struct buf note;
    struct buf line;
    buf_init(&note, LISTED_BYTES_MAX);
    buf_init(&line, ERASURES_LIST_LINE_BYTES_MAX);
    enum err err = message_pack(listed, &note);
    err = err == ERR_OK ? make_line(key, buf_content(&note), &line) : err;
    err = err == ERR_OK ? append(walk, buf_content(&line))
                        : error_set(walk->error, err, "%s: %s", walk->path, err_text(err, walk->language));
    buf_release(&line);
    buf_release(&note);
    return err;
}

static enum err make_line(const struct signing_key *key, struct bytes note, struct buf *out)
{
    uint8_t signature[SIGN_SIGNATURE_BYTES];
    struct buf in;
    uint8_t *at = NULL;
    size_t note_text = BASE64_TEXT_BYTES(note.len);
    size_t len = note_text + 1 + SIGNATURE_TEXT_BYTES + 1;
    buf_init(&in, sizeof domain + LISTED_BYTES_MAX);
    enum err err = buf_append(&in, bytes_of(domain, sizeof domain));
    err = err == ERR_OK ? buf_append(&in, note) : err;
    err = err == ERR_OK ? buf_reserve(out, len + 1, &at) : err;
    if (err == ERR_OK) {
        signing_key_sign(key, buf_content(&in), signature);
        base64_encode(note, (char *)at);
        at[note_text] = ' ';
        base64_encode(bytes_of(signature, sizeof signature), (char *)at + note_text + 1);
        at[len - 1] = '\n';
        buf_commit(out, len);
    }
    buf_release(&in);
    return err;
}

/* Behind the newest whole line. */
static enum err append(const struct walk *walk, struct bytes line)
{
    int fd = fileno(walk->file);
    bool is_written = ftruncate(fd, walk->end) == 0 && lseek(fd, walk->end, SEEK_SET) == walk->end;
    while (is_written && line.len > 0) {
        ssize_t done = write(fd, line.at, line.len);
        is_written = done > 0 || (done < 0 && errno == EINTR);
        size_t step = done > 0 ? (size_t)done : 0;
        line = bytes_of(line.at + step, line.len - step);
    }
    return is_written && fsync(fd) == 0 && sync_folder(walk->path) == ERR_OK ? ERR_OK : say_io(walk);
}

static enum err sync_folder(const char *path)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy) {
        return ERR_IO;
    }
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd); /* it was only read */
    }
    return is_synced ? ERR_OK : ERR_IO;
}

static enum err say_io(const struct walk *walk)
{
    return error_set(walk->error, ERR_IO, "%s: %s", walk->path, strerror(errno));
}

static enum err say_changed(const struct walk *walk)
{
    return error_set(walk->error, ERR_BAD_SIGNATURE, text_get(TEXT_ERASURES_LIST_CHANGED, walk->language),
                     walk->path, walk->line);
}
