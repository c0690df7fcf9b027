/* Code lists. Two hash tables, built once: by code and by what a clerk may type (folded names, folded codes).
 */
#include "common/record/codes.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/name.h"

enum {
    SLOTS = 2048,          /* a power of two, several times the number of keys */
    TYPED_BYTES_MAX = 256, /* no name of a code comes near it */
    KEYS_PER_ITEM = 3,     /* folded: name in each language, code */
};

static const struct code_list lists[] = {
#define CODE_LIST(list, width, source) {#list, width, source},
#define CODE_ITEM(list, code, name_vi, name_en)
#include "common/record/codes.def"
#undef CODE_LIST
#undef CODE_ITEM
};

static const struct code_item items[] = {
#define CODE_LIST(list, width, source)
#define CODE_ITEM(list, code, name_vi, name_en) {#list, code, name_vi, name_en},
#include "common/record/codes.def"
#undef CODE_LIST
#undef CODE_ITEM
};

enum { LIST_COUNT = sizeof(lists) / sizeof(lists[0]), ITEM_COUNT = sizeof(items) / sizeof(items[0]) };
_Static_assert(ITEM_COUNT *KEYS_PER_ITEM * 2 < SLOTS, "the tables stay at most half full");

struct slot {
    const struct code_item *item; /* NULL: free */
    uint8_t key[TYPED_BYTES_MAX];
    size_t key_len;
    bool is_ambiguous;
};

static struct slot by_code[SLOTS];
static struct slot by_typed[SLOTS];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void build_tables(void);
static void add_typed(const struct code_item *item, const char *text);
static struct slot *find_slot(struct slot *table, const char *list, struct bytes key);
static struct bytes trim(struct bytes in);
static bool pad_with_zeros(struct bytes code, unsigned width, char *out, size_t out_bytes);

const struct code_list *codes_list(const char *name)
{
    for (size_t i = 0; i < LIST_COUNT; i++) {
        if (strcmp(lists[i].name, name) == 0) {
            return &lists[i];
        }
    }
    return NULL;
}

const struct code_item *codes_find(const char *list, struct bytes code)
{
    (void)pthread_once(&tables_once, build_tables); /* fails only for an invalid once object */
    return find_slot(by_code, list, code)->item;
}

const struct code_item *codes_find_typed(const char *list, struct bytes typed)
{
    struct bytes code = trim(typed);
    const struct code_item *item = codes_find(list, code);
    if (item != NULL) {
        return item;
    }
    const struct code_list *about = codes_list(list);
    char text[TYPED_BYTES_MAX];
    if (about != NULL && pad_with_zeros(code, about->width, text, sizeof(text))) {
        item = codes_find(list, bytes_of_text(text));
        if (item != NULL) {
            return item;
        }
    }
    size_t len = 0;
    if (name_fold_into(code, text, sizeof(text), &len) != ERR_OK || len == 0) {
        return NULL;
    }
    const struct slot *slot = find_slot(by_typed, list, bytes_of(text, len));
    return slot->is_ambiguous ? NULL : slot->item;
}

struct bytes codes_label(const char *list, struct bytes code, enum language language)
{
    const struct code_item *item = codes_find(list, code);
    if (item == NULL) {
        return code;
    }
    struct bytes name = bytes_of_text(language == LANGUAGE_VI ? item->name_vi : item->name_en);
    return codes_find_typed(list, name) == item ? name : code;
}

const struct code_item *codes_at(size_t index)
{
    return index < ITEM_COUNT ? &items[index] : NULL;
}

static void build_tables(void)
{
    for (size_t i = 0; i < ITEM_COUNT; i++) {
        const struct code_item *item = &items[i];
        struct bytes code = bytes_of_text(item->code);
        struct slot *slot = find_slot(by_code, item->list, code);
        REQUIRE(slot->item == NULL); /* a code stands once in its list */
        REQUIRE(code.len <= sizeof(slot->key));
        slot->item = item;
        memcpy(slot->key, code.at, code.len);
        slot->key_len = code.len;
        add_typed(item, item->code);
        add_typed(item, item->name_vi);
        add_typed(item, item->name_en);
    }
}

static void add_typed(const struct code_item *item, const char *text)
{
    char key[TYPED_BYTES_MAX];
    size_t len = 0;
    REQUIRE(name_fold_into(bytes_of_text(text), key, sizeof(key), &len) == ERR_OK);
    struct slot *slot = find_slot(by_typed, item->list, bytes_of(key, len));
    if (slot->item != NULL) {
        slot->is_ambiguous = slot->is_ambiguous || slot->item != item;
        return;
    }
    slot->item = item;
    memcpy(slot->key, key, len);
    slot->key_len = len;
}

/* The slot that holds the key, or the free one where it belongs: there always is one. FNV-1a over list and
 * key. */
static struct slot *find_slot(struct slot *table, const char *list, struct bytes key)
{
    uint32_t hash = 2166136261u;
    for (const char *at = list; *at != '\0'; at++) {
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    }
    for (size_t i = 0; i < key.len; i++) {
        hash = (hash ^ key.at[i]) * 16777619u;
    }
    size_t at = hash % SLOTS;
    while (table[at].item != NULL) {
        const struct slot *slot = &table[at];
        if (slot->key_len == key.len && memcmp(slot->key, key.at, key.len) == 0 &&
            strcmp(slot->item->list, list) == 0) {
            break;
        }
        at = (at + 1) % SLOTS;
    }
    return &table[at];
}

static struct bytes trim(struct bytes in)
{
    while (in.len > 0 && (in.at[0] == ' ' || in.at[0] == '\t')) {
        in.at++;
        in.len--;
    }
    while (in.len > 0 && (in.at[in.len - 1] == ' ' || in.at[in.len - 1] == '\t')) {
        in.len--;
    }
    return in;
}

/* false: the code is not of digits, or no shorter than the width. */
static bool pad_with_zeros(struct bytes code, unsigned width, char *out, size_t out_bytes)
{
    if (code.len == 0 || code.len >= width || width >= out_bytes) {
        return false;
    }
    for (size_t i = 0; i < code.len; i++) {
        if (code.at[i] < '0' || code.at[i] > '9') {
            return false;
        }
    }
    (void)snprintf(out, out_bytes, "%.*s%.*s", (int)(width - code.len), "0000000000000000", (int)code.len,
                   (const char *)code.at);
    return true;
}
