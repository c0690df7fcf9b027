/* Files of an export, read in order. */
#include "verify/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/crypto/note.h"

static bool read_file(const struct source *source, const char *name, size_t bytes_max, struct buf *content,
                      struct fault *fault);
static bool open_file(const struct source *source, const char *name, FILE **ret_file, struct fault *fault);
static bool load(struct source *source, struct source_bundle *bundle, uint64_t position, const char *path,
                 size_t bytes_max, struct fault *fault);
static bool record_at(struct source *source, struct source_bundle *bundle, uint64_t position,
                      const char *path, enum err (*next)(struct bytes *rest, struct bytes *ret_record),
                      struct bytes *ret_record, struct fault *fault);

bool source_open(struct source *source, const char *folder, struct fault *fault)
{
    struct buf head;
    if (strlen(folder) >= sizeof source->folder) {
        return fault_in(fault, FAULT_READ, "%s", folder);
    }
    memcpy(source->folder, folder, strlen(folder) + 1);
    struct source_bundle *bundles[] = {&source->entries, &source->hashes, &source->verdicts,
                                       &source->payloads};
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        buf_init(&bundles[i]->content, EXPORT_BUNDLE_BYTES_MAX);
    }
    buf_init(&source->file, NOTE_BYTES_MAX);
    buf_init(&head, EXPORT_HEAD_BYTES_MAX);
    bool is_right = read_file(source, "journal", EXPORT_HEAD_BYTES_MAX, &head, fault);
    if (is_right && export_head_parse(buf_content(&head), &source->head) != ERR_OK) {
        is_right = fault_in(fault, FAULT_LAYOUT, "journal");
    }
    buf_release(&head);
    return is_right && open_file(source, "checkpoints", &source->checkpoints, fault);
}

void source_release(struct source *source)
{
    buf_release(&source->entries.content);
    buf_release(&source->hashes.content);
    buf_release(&source->verdicts.content);
    buf_release(&source->payloads.content);
    buf_release(&source->file);
    if (source->checkpoints != NULL) {
        (void)fclose(source->checkpoints); /* it was only read */
    }
    *source = (struct source){0};
}

bool source_leaf(struct source *source, uint64_t position, struct bytes *ret_leaf, struct fault *fault)
{
    char path[TILE_PATH_BYTES_MAX];
    uint64_t number = position / TILE_WIDTH;
    tile_path(TILE_ENTRIES, number, tile_width(source->head.size, TILE_ENTRIES, number), path);
    if (!record_at(source, &source->entries, position, path, bundle_next, ret_leaf, fault)) {
        return false;
    }
    if (ret_leaf->len == 0) {
        return fault_at(fault, position, FAULT_MISSING, "%s", "");
    }
    return ret_leaf->len == LEAF_BYTES || fault_at(fault, position, FAULT_LAYOUT, "%s", path);
}

bool source_entry(struct source *source, uint64_t position, struct source_entry *ret_entry,
                  struct fault *fault)
{
    char path[TILE_PATH_BYTES_MAX];
    uint64_t number = position / TILE_WIDTH;
    size_t width = tile_width(source->head.size, 0, number);
    tile_path(0, number, width, path);
    if (!source_leaf(source, position, &ret_entry->leaf, fault) ||
        !load(source, &source->hashes, position, path, TILE_BYTES_MAX, fault)) {
        return false;
    }
    struct bytes hashes = buf_content(&source->hashes.content);
    if (hashes.len != width * HASH_BYTES) {
        return fault_at(fault, position, FAULT_LAYOUT, "%s", path);
    }
    memcpy(ret_entry->hash.at, hashes.at + position % TILE_WIDTH * HASH_BYTES, HASH_BYTES);
    export_path(EXPORT_VERDICTS, number, width, path);
    return record_at(source, &source->verdicts, position, path, export_record_next, &ret_entry->verdicts,
                     fault);
}

bool source_payload(struct source *source, uint64_t position, struct bytes *ret_payload, struct fault *fault)
{
    char path[TILE_PATH_BYTES_MAX];
    uint64_t number = position / TILE_WIDTH;
    struct bytes record;
    export_path(EXPORT_PAYLOADS, number, tile_width(source->head.size, TILE_ENTRIES, number), path);
    if (!record_at(source, &source->payloads, position, path, export_record_next, &record, fault)) {
        return false;
    }
    if (record.len == 0 || record.len > EXPORT_PAYLOAD_BYTES_MAX || record.at[0] > 1 ||
        (record.at[0] == 0 && record.len > 1)) {
        return fault_at(fault, position, FAULT_LAYOUT, "%s", path);
    }
    *ret_payload = record.at[0] == 0 ? bytes_of(NULL, 0) : bytes_of(record.at + 1, record.len - 1);
    return true;
}

bool source_checkpoint(struct source *source, struct buf *note, bool *ret_is_end, struct fault *fault)
{
    uint8_t length[EXPORT_LENGTH_BYTES];
    uint8_t *at = NULL;
    buf_clear(note);
    size_t len = fread(length, 1, sizeof length, source->checkpoints);
    *ret_is_end = len == 0 && feof(source->checkpoints);
    if (*ret_is_end) {
        return true;
    }
    if (ferror(source->checkpoints)) {
        return fault_in(fault, FAULT_READ, "checkpoints");
    }
    if (len != sizeof length || u32_read(length) > NOTE_BYTES_MAX) {
        return fault_in(fault, FAULT_LAYOUT, "checkpoints");
    }
    size_t note_len = u32_read(length);
    if (buf_reserve(note, note_len, &at) != ERR_OK) {
        return fault_in(fault, FAULT_NO_MEMORY, "%s", "");
    }
    if (fread(at, 1, note_len, source->checkpoints) != note_len) {
        return fault_in(fault, FAULT_LAYOUT, "checkpoints");
    }
    buf_commit(note, note_len);
    return true;
}

bool source_file(struct source *source, const char *name, size_t bytes_max, struct bytes *ret_content,
                 struct fault *fault)
{
    if (!read_file(source, name, bytes_max, &source->file, fault)) {
        return false;
    }
    *ret_content = buf_content(&source->file);
    return true;
}

/* The record at `position` of a bundle; going back reads the bundle from its start. */
static bool record_at(struct source *source, struct source_bundle *bundle, uint64_t position,
                      const char *path, enum err (*next)(struct bytes *rest, struct bytes *ret_record),
                      struct bytes *ret_record, struct fault *fault)
{
    size_t index = (size_t)(position % TILE_WIDTH);
    if (!load(source, bundle, position, path, EXPORT_BUNDLE_BYTES_MAX, fault)) {
        return false;
    }
    if (bundle->next > index) {
        bundle->rest = buf_content(&bundle->content);
        bundle->next = 0;
    }
    for (; bundle->next <= index; bundle->next++) {
        if (next(&bundle->rest, ret_record) != ERR_OK) {
            bundle->is_loaded = false;
            return fault_at(fault, position, FAULT_LAYOUT, "%s", path);
        }
    }
    /* More records than entries would be bytes nobody checked. */
    uint64_t first = position - index;
    if (bundle->next == TILE_WIDTH || first + bundle->next == source->head.size) {
        return bundle->rest.len == 0 || fault_at(fault, position, FAULT_LAYOUT, "%s", path);
    }
    return true;
}

/* Make the bundle that holds `position` the loaded one. */
static bool load(struct source *source, struct source_bundle *bundle, uint64_t position, const char *path,
                 size_t bytes_max, struct fault *fault)
{
    REQUIRE(position < source->head.size);
    uint64_t number = position / TILE_WIDTH;
    if (bundle->is_loaded && bundle->number == number) {
        return true;
    }
    bundle->is_loaded = false;
    if (!read_file(source, path, bytes_max, &bundle->content, fault)) {
        return false;
    }
    bundle->number = number;
    bundle->rest = buf_content(&bundle->content);
    bundle->next = 0;
    bundle->is_loaded = true;
    return true;
}

static bool open_file(const struct source *source, const char *name, FILE **ret_file, struct fault *fault)
{
    char path[SOURCE_PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", source->folder, name);
    *ret_file = fopen(path, "re");
    return *ret_file != NULL || fault_in(fault, FAULT_READ, "%s", name);
}

/* The whole file into `content`, cleared first. */
static bool read_file(const struct source *source, const char *name, size_t bytes_max, struct buf *content,
                      struct fault *fault)
{
    enum { PIECE_BYTES = 65536 };
    FILE *file = NULL;
    buf_clear(content);
    if (!open_file(source, name, &file, fault)) {
        return false;
    }
    bool is_right = true;
    while (is_right) {
        uint8_t *at = NULL;
        size_t room = bytes_max - content->len < PIECE_BYTES ? bytes_max - content->len : PIECE_BYTES;
        if (buf_reserve(content, room, &at) != ERR_OK) {
            is_right = fault_in(fault, FAULT_NO_MEMORY, "%s", "");
            break;
        }
        size_t len = fread(at, 1, room, file);
        buf_commit(content, len);
        if (len < room || room == 0) {
            break;
        }
    }
    if (is_right && ferror(file)) {
        is_right = fault_in(fault, FAULT_READ, "%s", name);
    } else if (is_right && getc(file) != EOF) {
        is_right = fault_in(fault, FAULT_LAYOUT, "%s", name); /* longer than any such file */
    }
    (void)fclose(file); /* it was only read */
    return is_right;
}
