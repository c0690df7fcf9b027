/* Kinds of record described once, as data. Rank 2. Pure; static const tables, any thread.
 *
 * From these tables come: spreadsheet headers and import, SQL parameter arrays and the ingest SQL, the
 * client's store, exports, docs/records.md. Adding a field = one line in kinds/<kind>.def, one in
 * proto/records.proto, one call of dantin.add_column in a migration; tests prove that the three agree.
 *
 * kinds/<kind>.def holds:
 *   FIELD(name, type, list, label_vi, label_en, flags)   a single value; column and protobuf field bear `name`
 *   LIST(name, message, shape, label_vi, label_en)       a list field, followed by its items
 *   ITEM(name, type, list, label_vi, label_en, flags)    a value of each element of the list above it
 *   MATCH("field", ...)                                  one way to recognise a record (struct match_key)
 *   DERIVE(list, code, from)                           an official id derives from these
 *   SECOND_PERSON                                      a change waits until a second person approves it
 * type: TEXT, CODE (list = code list), DATE, INTEGER, DECIMAL (two decimals), BOOLEAN, REFERENCE (list = kind it refers
 * to).
 * flags: REQUIRED, SENSITIVE (aggregate only), IDENTIFYING (blanked by an erasure), FOLDED (has a search
 * key), UNIQUE (no two records of one sender share it), SEALED (a TEXT the server keeps sealed at rest; looked up,
 * where UNIQUE, by a blind index beside it), KEY (of a PLAIN list: the items that tell its elements apart). shape: PLAIN, or EDGE (a dated edge: items <reference>, from, to; half-open [from, to); absent =
 * unbounded; at no date two elements; the element with the latest `from` is "the last edge", which SQL keeps
 * in the record's own row). In SQL a list's element columns are <list>_<item>; earlier elements live in the
 * child table <kind>_<list>. */
#ifndef COMMON_RECORD_SCHEMA_H
#define COMMON_RECORD_SCHEMA_H

#include <protobuf-c/protobuf-c.h>

#include "common/base/arena.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

enum {
    SCHEMA_VERSION = 1,
    SCHEMA_LIST_ELEMENTS_MAX = 64,
    SCHEMA_TEXT_BYTES_MAX = 512,
    SCHEMA_RECORD_BYTES_MAX = 16384
};

/* Numbers run from 1 without a gap, so that the count of kinds is the highest of them. */
enum {
    KIND_PLACE_NONE,
#define KIND(symbol, number, name, message, label_vi, label_en) KIND_PLACE_##symbol,
#include "common/record/kinds.def"
    KIND_PLACES
};

enum record_kind {
#define KIND(symbol, number, name, message, label_vi, label_en) KIND_##symbol = number,
#include "common/record/kinds.def"
    KIND_MAX = KIND_PLACES - 1
};

/* How many lists, and fields flagged UNIQUE, all kinds have together: what is sized by them is sized here. */
#define REQUIRED 0
#define SENSITIVE 0
#define IDENTIFYING 0
#define FOLDED 0
#define SEALED 0
#define UNIQUE 1
enum {
    SCHEMA_LIST_COUNT = 0
#define LIST(name, message, shape, label_vi, label_en) +1
#include "common/record/kinds.def"
    ,
    SCHEMA_UNIQUE_COUNT = 0
#define FIELD(name, type, list, label_vi, label_en, flags) +(flags)
#include "common/record/kinds.def"
};
#undef REQUIRED
#undef SENSITIVE
#undef IDENTIFYING
#undef FOLDED
#undef SEALED
#undef UNIQUE

enum field_type {
    FIELD_TEXT,
    FIELD_CODE,
    FIELD_DATE,
    FIELD_INTEGER,
    FIELD_DECIMAL,
    FIELD_BOOLEAN,
    FIELD_REFERENCE
};
enum field_flags {
    FIELD_REQUIRED = 1,
    FIELD_SENSITIVE = 2,
    FIELD_IDENTIFYING = 4,
    FIELD_FOLDED = 8,
    FIELD_UNIQUE = 16,
    FIELD_KEY = 32,
    FIELD_SEALED = 64
};
enum list_shape { LIST_PLAIN, LIST_EDGE };
/* Items of every EDGE list, in this order (checked when the tables are built). */
enum edge_item { EDGE_REFERENCE, EDGE_FROM, EDGE_TO, EDGE_ITEMS };

struct field_schema {
    const char *name; /* of the protobuf field and the column */
    enum field_type type;
    const char *list; /* code list, or kind referred to; "" for other types */
    const char *label_vi;
    const char *label_en;
    unsigned flags; /* enum field_flags */
};

struct list_schema {
    const char *name;
    enum list_shape shape;
    const char *label_vi;
    const char *label_en;
    const struct field_schema *items;
    size_t item_count;
};

/* One way an import may recognise a record: the named fields together (a list's name means its last edge's
 * reference). At most MATCH_FIELDS_MAX names, NULL-terminated. Earlier keys win over later ones. */
enum { MATCH_FIELDS_MAX = 4, MATCH_KEYS_MAX = 4 };
struct match_key {
    const char *fields[MATCH_FIELDS_MAX];
};

/* What says which branch a record belongs to: its first dated edge to a branch, else its plain reference `branch`. Of
 * the two indexes one at most is not -1; both -1: records of this kind are the province's. */
struct schema_owner {
    int list;
    int field;
};

struct kind_schema {
    enum record_kind kind;
    const char *name;
    const char *label_vi;
    const char *label_en;
    const ProtobufCMessageDescriptor *descriptor;
    const struct field_schema *fields;
    size_t field_count;
    const struct list_schema *lists;
    size_t list_count;
    struct schema_owner owner;
    /* Field `ended_date`, -1: none. A record whose edges to its owner all ended but that states none was not ended: it
     * left, and another record may go on with its unique numbers. */
    int ended_field;
    struct match_key match_keys[MATCH_KEYS_MAX]; /* unused ones have fields[0] == NULL */
    /* Fields an official id derives from (all three NULL when ids of this kind are always drawn). A record
     * whose code-list field is stated has the derived id. */
    const char *derive_list;
    const char *derive_code;
    const char *derive_from;
    bool needs_second_person; /* a change of this kind waits for an approval (docs/protocol.md#approvals) */
};

/* NULL: no such kind. */
const struct kind_schema *schema_of(uint32_t kind);
const struct kind_schema *schema_of_name(const char *name);
/* Index of a field or list by name; -1: none. */
int schema_field_index(const struct kind_schema *schema, const char *name);
int schema_list_index(const struct kind_schema *schema, const char *name);
/* Is the field (or item) a reference to records of this kind? */
bool field_refers_to(const struct field_schema *field, const struct kind_schema *kind);
/* Does the server keep it sealed at rest? With a blind index beside it, by which it is found? */
bool field_is_sealed(const struct field_schema *field);
bool field_is_blind(const struct field_schema *field);
/* May a record of kind `from` refer to one of kind `to`? */
bool schema_refers_to(const struct kind_schema *from, const struct kind_schema *to);

/* Do records of this kind tell of a person: a member's own, one that names somebody, or refers to a member? */
bool schema_is_personal(const struct kind_schema *schema);

/* One value of a record. Views point into the message (or wherever the caller keeps them). */
struct value {
    bool is_stated;
    struct bytes text; /* TEXT, CODE: UTF-8; REFERENCE: 16 bytes */
    int64_t number;    /* DATE: days since 1970-01-01; INTEGER; DECIMAL: hundredths; BOOLEAN: 0 or 1 */
};
/* Both not stated, or both the same. */
bool value_equal(struct value a, struct value b);

/* `message` is an unpacked protobuf message of the kind (ProtobufCMessage *). */
struct value record_field(const struct kind_schema *schema, const void *message, size_t field_index);
size_t record_list_count(const struct kind_schema *schema, const void *message, size_t list_index);
struct value record_item(const struct kind_schema *schema, const void *message, size_t list_index,
                         size_t element_index, size_t item_index);
/* Index of the last edge (latest `from`, an unstated one counts as earliest; the later element wins a tie);
 * -1: no element. */
int record_last_edge(const struct kind_schema *schema, const void *message, size_t list_index);
/* The day on which the record left: the last of the edges to its owner ended then, and it states no ended_date.
 * INT64_MAX: it has not left. Kinds without ended_date never leave: a branch whose edges ended is dissolved. */
int64_t record_left_date(const struct kind_schema *schema, const void *message);
/* The day on which the first of the edges to its owner begins; INT64_MIN: an edge that always was; INT64_MAX: there is
 * none. */
int64_t record_begin_date(const struct kind_schema *schema, const void *message);

/* A record that a record's content refers to, at whatever date. */
struct record_reference {
    enum record_kind kind;
    struct id record;
};
/* Every reference stated, one named twice twice. *ret_references lies in the arena. ERR_TOO_BIG: arena.
 * ERR_MALFORMED: one is not 16 bytes. */
MUST_CHECK enum err record_references(const struct kind_schema *schema, const void *message,
                                      struct arena *arena, const struct record_reference **ret_references,
                                      size_t *ret_count);

/* Building: a new empty message, then values. Everything lives in `arena`; texts are copied; a value that is
 * not stated clears the field. ERR_TOO_BIG: the arena's cap. ERR_MALFORMED: the value cannot be held at all
 * (a NUL in a text, a reference that is not 16 bytes, a number outside the field's range); whether it makes
 * sense is for the rules. */
MUST_CHECK enum err record_new(const struct kind_schema *schema, struct arena *arena, void *ret_message);
MUST_CHECK enum err record_set_field(const struct kind_schema *schema, struct arena *arena, void *message,
                                     size_t field_index, struct value value);
/* Append an element whose items are `items` (item_count of them). ERR_TOO_BIG past SCHEMA_LIST_ELEMENTS_MAX.
 */
MUST_CHECK enum err record_append(const struct kind_schema *schema, struct arena *arena, void *message,
                                  size_t list_index, const struct value *items);
/* Change one item of an element that the list has (element_index < record_list_count). Errors as
 * record_set_field. */
MUST_CHECK enum err record_set_item(const struct kind_schema *schema, struct arena *arena, void *message,
                                    size_t list_index, size_t element_index, size_t item_index,
                                    struct value value);

#endif
