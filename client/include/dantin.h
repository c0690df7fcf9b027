/* libdantin: the client of dantin as a library. What the `dantin` program, the web page and other programs use.
 *
 * Start here: dantin_open → dantin_import_file → dantin_seal → dantin_submit → dantin_close.
 * Everything blocks until done, reports progress through a callback, and may be called from one thread at a time per
 * handle. Several processes may use one home folder: each operation takes the store's lock file. All texts are UTF-8.
 * Functions that can fail return a number of docs/protocol.md#errors (0 = success) and leave the
 * sentence for people in dantin_error_text(). */
#ifndef DANTIN_H
#define DANTIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dantin;

enum dantin_language { DANTIN_VI, DANTIN_EN };

enum {
    DANTIN_PERSON_BYTES = 33, /* texts with their NUL */
    DANTIN_PASSPHRASE_BYTES = 1025,
    DANTIN_RECOVERY_CODE_BYTES = 35,
    DANTIN_PASSPHRASE_TRIES_MAX = 3, /* calls of on_passphrase */
    DANTIN_UNLOCK_MINUTES_MAX = 600, /* one working day */
};

/* Who works, where, and how the keys are unlocked. Zeroed: the only person of the default home, in Vietnamese. */
struct dantin_options {
    const char *home; /* NULL: $DANTIN_HOME, else ~/.local/share/dantin */
    enum dantin_language language;
    const char *person;     /* a-z, 0-9, '-' and '_'; NULL: the only one of the home */
    const char *passphrase; /* NULL: asked for with on_passphrase, when it is needed */
    /* Write the passphrase with its NUL into out; tries: wrong ones so far. false: there is none to be had. */
    bool (*on_passphrase)(void *context, const char *person, unsigned tries, char *out, size_t out_bytes);
    void *context;
};

/* Open the home folder (store, keys, configuration). PASSPHRASE: missing or wrong. AMBIGUOUS: several persons, none named. */
int dantin_open(const struct dantin_options *options, struct dantin **ret_dantin);
void dantin_close(struct dantin *dantin);
/* Sentence of the last failure on this handle (or, with NULL, of the last dantin_open): what happened, whether the data are
 * safe, what to do. Valid until the next call. */
const char *dantin_error_text(const struct dantin *dantin);
const char *dantin_version(void);

/* done and total in units of the work; total 0 = unknown. Return false to cancel (the work stops at a safe point). */
typedef bool dantin_on_progress(void *context, const char *what, uint64_t done, uint64_t total);
void dantin_set_progress(struct dantin *dantin, dantin_on_progress *on_progress, void *context);

/* Would these texts be taken? Pure, without a handle: for checking a command line or a form early. */
bool dantin_is_kind(const char *kind);         /* "member", "branch" ... */
bool dantin_is_date(const char *date);         /* dd/mm/yyyy or ISO */
bool dantin_is_position(const char *position); /* a number, or "head" */

/* ---- set-up ---- */

/* What guessing a passphrase costs whoever holds the key file. FOR_TESTS: nothing; tell people so. */
enum dantin_key_cost { DANTIN_KEY_STRONG, DANTIN_KEY_FOR_TESTS };

struct dantin_init_request {
    const char *server; /* "host:port" */
    const char *
        csr_path; /* where to write the certificate request (a free numbered name is taken if it exists); NULL:
                             device.csr in the person's folder */
    enum dantin_key_cost cost;
};
struct dantin_init_result {
    char person[DANTIN_PERSON_BYTES];
    char csr_path[4096];
    char recovery_code[DANTIN_RECOVERY_CODE_BYTES]; /* told this once, kept nowhere */
};
/* Would this be taken as a name of a person, as a new passphrase? Pure. */
bool dantin_is_person(const char *person);
bool dantin_is_passphrase(const char *passphrase);
/* Make the home of its first person (options->person; NULL: "main"): the key under the passphrase (0600, never leaves the PC)
 * and under a recovery code, the store, a certificate request; and fill the store with the reference data that ship with the
 * program. A set-up that was cut short is taken up where it stopped, with a new recovery code. EXISTS: the home is already set
 * up. */
int dantin_init(const struct dantin_options *options, const struct dantin_init_request *request,
                struct dantin_init_result *ret_result);
/* Install the certificate the operator returned, and the authority's certificate. */
int dantin_install_certificate(struct dantin *dantin, const char *certificate_path,
                               const char *authority_path);

/* ---- enrolling with a ticket ---- */

enum { DANTIN_WORDS_BYTES = 128, DANTIN_TICKET_SERVER_BYTES = 129 };

struct dantin_ticket {
    char server[DANTIN_TICKET_SERVER_BYTES]; /* "host:port" */
    int64_t expires_ms;                      /* since 1970 UTC */
};
/* What a ticket says. Pure. MALFORMED: it is none, or a character of it is wrong. */
int dantin_read_ticket(const char *ticket, struct dantin_ticket *ret_ticket);
/* Has the home of these options been set up? */
bool dantin_is_set_up(const struct dantin_options *options);
/* Show the key of the handle's person to the server of the ticket, and ask until an operator has said yes (then the certificate is
 * installed) or no, or wait_ms are over: *ret_is_approved false; the same ticket and key may ask again. on_words: the eight words
 * of the key, which the operator must hear from its person; called once, when the server has taken the ticket. */
int dantin_enrol(struct dantin *dantin, const char *ticket, uint64_t wait_ms,
                 void (*on_words)(void *context, const char *words), void *context, bool *ret_is_approved);

/* ---- persons and their passphrases ---- */

/* Who has a key in the home of these options (no passphrase is needed), by name. NOT_FOUND: nobody. */
int dantin_persons(const struct dantin_options *options, bool (*on_person)(void *context, const char *person),
                   void *context);
/* Add a person to the home: a key and a certificate request of their own; the home's store opens for them too. Whoever holds the
 * handle lets them in. EXISTS: there is one of that name. */
struct dantin_person_request {
    const char *person;
    const char *passphrase; /* the new person's */
    const char *csr_path;   /* as of dantin_init */
    enum dantin_key_cost cost;
};
int dantin_add_person(struct dantin *dantin, const struct dantin_person_request *request,
                      struct dantin_init_result *ret_result);
/* Put the key of the handle's person under another passphrase. `old` must be the present one, also while unlocked. */
int dantin_set_passphrase(struct dantin *dantin, const char *old, const char *passphrase,
                          enum dantin_key_cost cost);
/* Let the system keep the handle's unlocked keys for so many minutes: until then dantin_open asks nothing. UNSUPPORTED, BUSY: the
 * system keeps none. */
int dantin_unlock(struct dantin *dantin, unsigned minutes);
/* Forget the kept keys of options->person, or of everybody in the home. Nothing kept is success too. */
int dantin_lock(const struct dantin_options *options);
/* Draw a new recovery code; the one before is worth nothing from then on. */
int dantin_set_recovery_code(struct dantin *dantin, enum dantin_key_cost cost,
                             char ret_code[DANTIN_RECOVERY_CODE_BYTES]);
/* Go under another key: announced to the province by the present one, certified, put in its place. Device, numbering and receipts
 * stay. `passphrase`: the present one, also while unlocked; the new key is under it too. on_code gets its recovery code once, before
 * anything is announced; the code before is worth nothing when this returns 0. Cut at any point it goes on where it was when called
 * again; a key that was not announced yet is made anew, with another code. deadline_ms: as of dantin_submit. UNSUPPORTED: the server
 * issues no certificates; the sentence names the request for the province to sign. */
struct dantin_renew_key_request {
    const char *passphrase;
    enum dantin_key_cost cost;
    uint64_t deadline_ms;
    const char *
        certificate_path; /* of the new key, and the authority's, where the server issues none; NULL: it does */
    const char *authority_path;
    void (*on_code)(void *context, const char *code);
    void *context;
};
int dantin_renew_key(struct dantin *dantin, const struct dantin_renew_key_request *request);
/* Set a passphrase with the recovery code (options->passphrase is not looked at). PASSPHRASE: it is another code; MALFORMED: it is
 * none. */
int dantin_recover(const struct dantin_options *options, const char *code, const char *passphrase,
                   enum dantin_key_cost cost);

/* ---- import and export ---- */

struct dantin_import_options {
    bool is_dry_run;
    bool is_first_load; /* old data: warnings ask for no reason */
    bool is_complete;   /* the file holds everything of its kind: list what is missing */
    const char
        *complete_reason; /* with is_complete: remove the missing ones for this reason; NULL: only list */
    bool is_reference;    /* what the province keeps, to be referred to: no change is made */
    const char *kind;     /* "member", "branch" ...; NULL: recognised by the headers */
};

struct dantin_import_result {
    uint64_t rows, new_records, changed, unchanged, failed, warned, missing, removed;
    uint64_t still_used; /* missing ones that records which stay refer to: not removed, whatever the reason */
    /* After branches or members: cells in force today with fewer than 3 official members, over the whole store (a
     * warning), and the first of their names, "; " between, an ellipsis behind when there are more. */
    uint64_t cells_below_minimum;
    char cells[1024];
    uint64_t grassroots_below_30; /* grassroots committees with fewer than 30 members, likewise */
    char committees[1024];
    uint64_t grassroots_from_30; /* grassroots cells with 30 members or more, likewise */
    char grassroots_cells[1024];
    char kind[32];
    bool needs_second_person; /* what this kind submits waits until another person approves it */
    char list[32];            /* the list that each row added one element to; "" = rows state whole records */
    char list_label[160];     /* ... as people call it */
    char unknown_columns[1024]; /* headers that were not understood, ", " between */
    char error_file[4096];      /* "" when no row failed */
    char missing_file[4096];    /* with is_complete: the records the file does not hold; "" = none */
};

int dantin_import_file(struct dantin *dantin, const char *path, const struct dantin_import_options *options,
                       struct dantin_import_result *ret_result);
/* Journal-first data of the province: the shipped code lists, localities, the province's and the senders' branches. */
int dantin_import_reference(struct dantin *dantin, struct dantin_import_result *ret_result);
/* Write all records of a kind as CSV to a free name at or beside `path`; the name used goes to ret_path. */
int dantin_export(struct dantin *dantin, const char *kind, const char *path, char *ret_path,
                  size_t ret_path_bytes, uint64_t *ret_rows);
/* The server's refusals and conflicts not yet mended, in the form of an error file: one file per kind, at or beside `path`.
 * on_file is told each file written; not called when nothing is refused. */
int dantin_export_refused(struct dantin *dantin, const char *path,
                          void (*on_file)(void *context, const char *path, uint64_t rows), void *context);

/* ---- submitting ---- */

/* Seal all open changes into submissions (each at most 64 KiB compressed); durable when it returns. */
int dantin_seal(struct dantin *dantin, uint64_t *ret_submissions, uint64_t *ret_changes);

struct dantin_submit_result {
    uint64_t submissions, applied, warned, waiting, conflicts, refused;
    bool is_new_epoch;    /* the journal goes on under a new epoch since this session */
    uint64_t left_behind; /* submissions received before that it lacks: they were offered again */
};
/* Send every sealed submission without a receipt, resuming after cuts with back-off until done or deadline_ms from now (0: no
 * deadline; then failures of the line are waited out for ever).
 * Receipts are checked and stored durably before a submission counts as received. */
int dantin_submit(struct dantin *dantin, uint64_t deadline_ms, struct dantin_submit_result *ret_result);

/* A person the province forgot by a decision: what this PC held of them was blanked. Texts are valid during the call. */
struct dantin_erasure {
    const char *kind;   /* label in the user's language */
    const char *record; /* id, 32 hexadecimal digits */
    const char *decision;
    uint64_t position; /* of the act in the journal */
};
/* Each is told once, in the order of the journal; dantin_submit learns of them. */
int dantin_erasures(struct dantin *dantin,
                    void (*on_erasure)(void *context, const struct dantin_erasure *erasure), void *context);

struct dantin_status {
    bool is_enrolled;
    char device[65], sender_name[512], role[32], server[512];
    uint64_t records, open_changes, sealed_waiting, receipts, refused_open, conflicts_open;
    uint64_t waiting;             /* sealed here, for a second person */
    int64_t last_receipt_ms;      /* 0: none */
    uint64_t journal_entries;     /* of the newest checkpoint held; 0: none */
    uint64_t sealed_entries;      /* of the newest one that a quorum of senders cosigned; 0: none */
    uint64_t receipts_sealed;     /* receipts of entries below that */
    uint64_t left_behind;         /* submissions whose receipts were not kept by a new epoch */
    uint64_t alarms;              /* contradictions of the server nobody acknowledged */
    uint64_t notices;             /* about devices of the committee that this person has not acknowledged */
    uint64_t cells_below_minimum; /* cells with fewer than 3 official members today */
    uint64_t grassroots_below_30; /* grassroots committees with fewer than 30 members today */
    uint64_t grassroots_from_30;  /* grassroots cells with 30 members or more today */
};
int dantin_status(struct dantin *dantin, struct dantin_status *ret_status);

struct dantin_receipt {
    uint64_t sequence, position;
    char epoch[33], leaf[65];
    int64_t server_time_ms;
    uint64_t changes, applied, refused, conflicts, warned;
    bool is_sealed;      /* a quorum of senders cosigned a checkpoint that holds the entry */
    bool is_left_behind; /* a new epoch did not keep the entry */
};
/* Newest first; stop when the callback returns false. */
int dantin_receipts(struct dantin *dantin,
                    bool (*on_receipt)(void *context, const struct dantin_receipt *receipt), void *context);

/* The proof of the newest receipt of a submission, as text that others can check (c2sp.org/tlog-proof; docs/journal.md): `extra` is
 * what the leaf is made of. Valid during the call. DANTIN_NOT_FOUND without a receipt. */
int dantin_receipt_proof(struct dantin *dantin, uint64_t sequence,
                         void (*on_proof)(void *context, const struct dantin_receipt *receipt,
                                          const char *text),
                         void *context);
/* A page for the file: HTML, ready to print, with the proof as a QR code. path: wanted; ret_path: the one that was free. */
int dantin_receipt_page(struct dantin *dantin, uint64_t sequence, const char *path, char *ret_path,
                        size_t ret_path_bytes);

/* What a proof says, all of it checked against the log keys this PC knows. */
struct dantin_proof {
    uint64_t position, sequence, journal_entries;
    char epoch[33], device[65], leaf[65];
    int64_t server_time_ms;
    bool is_own;        /* this PC holds the receipt of that entry */
    bool is_consistent; /* the checkpoint is one this PC holds too */
};
/* Check a file that dantin_receipt_proof wrote, or anybody's; no network. A false one is ERR_BAD_SIGNATURE or ERR_BAD_HASH. */
int dantin_receipt_verify(struct dantin *dantin, const char *path, struct dantin_proof *ret_proof);

/* ---- alarms ---- */

/* The server showed what cannot be true together with what this PC holds. Texts are valid during the call. */
struct dantin_alarm {
    uint64_t number;
    int64_t time_ms;
    int64_t acknowledged_ms; /* 0: nobody looked yet; nothing is submitted until then */
    const char *what;        /* a sentence */
    uint64_t held_entries, shown_entries;
    const char *held,
        *shown; /* the two signed notes, ""; also in the home folder: alarm-N-held.note, alarm-N-shown.note */
};
/* Newest first; stop when the callback returns false. */
int dantin_alarms(struct dantin *dantin, bool (*on_alarm)(void *context, const struct dantin_alarm *alarm),
                  void *context);
int dantin_alarms_open(struct dantin *dantin, uint64_t *ret_count);
/* A person has looked at all of them: checkpoints that no quorum sealed do not bind the server any more. */
int dantin_alarms_acknowledge(struct dantin *dantin);

/* ---- reading ---- */

/* The definition that lists all others, and the one that is made of the request's kind, where and sum. */
#define DANTIN_REPORT_LIST "indicators"
#define DANTIN_REPORT_PIVOT "pivot"
/* Who looked at one record about a person. */
#define DANTIN_REPORT_LOOKED "looked"

struct dantin_report_request {
    const char *indicator;
    const char *unit;      /* code or name of a branch known here, else of a locality; NULL: own sender */
    const char *date;      /* dd/mm/yyyy or ISO; NULL: today */
    const char *from;      /* first day of the period, whose last is date; NULL: as the indicator says */
    const char *position;  /* NULL: head */
    const char *const *by; /* NULL-terminated, may be NULL */
    bool is_trace;         /* the records behind the figures instead of the figures */
    const char *kind;      /* of a pivot, or of DANTIN_REPORT_LOOKED's record: name of a kind; else NULL */
    const char *record;    /* of DANTIN_REPORT_LOOKED: id of the record, 32 hex digits; else NULL */
    const char
        *where; /* of a pivot: "status=official; occupation in (a, b); from_date>=1/1/2024"; may be NULL */
    const char *
        purpose; /* what for, noted by the province; NULL: not stated. The province's own devices must state it for a trace */
    const char *sum; /* of a pivot: a field of whole numbers to be summed; may be NULL */
};

struct dantin_report_head {
    char epoch[33], definition[64], definition_hash[65], date[11], from[11]; /* from "": no period */
    uint64_t position;
    size_t column_count;
    const char *const *names, *const *labels, *const *types;
};

/* on_head once, then on_row per row (a NULL cell: not available). Both may return false to stop. */
int dantin_report(struct dantin *dantin, const struct dantin_report_request *request,
                  bool (*on_head)(void *context, const struct dantin_report_head *head),
                  bool (*on_row)(void *context, const char *const *cells, size_t cell_count), void *context);

struct dantin_search_hit {
    const char *kind, *name, *branch_name, *file_number, *card_number, *code, *birth_date, *id; /* "": none */
};
/* By folded name prefix words, in the client's own store. */
int dantin_search(struct dantin *dantin, const char *name, size_t limit,
                  bool (*on_hit)(void *context, const struct dantin_search_hit *hit), void *context);

/* ---- records, by hand ---- */

struct dantin_kind {
    const char *name, *label;
    uint64_t records; /* in the store */
};
int dantin_kinds(struct dantin *dantin, bool (*on_kind)(void *context, const struct dantin_kind *kind),
                 void *context);

struct dantin_list_request {
    const char *kind;
    const char *match; /* every word begins some word of a row, marks or none; NULL: all */
    size_t limit;
};
struct dantin_list_row {
    const char *id;
    const char *key;          /* what dantin_show, and a cell that refers to the record, takes */
    const char *const *cells; /* as a spreadsheet's, in the order of the head */
};
/* Records of a kind by id: on_head once with the columns (names are the schema's), then on_row per record. Both may return
 * false to stop. ret_has_more: there are more than `limit`. */
int dantin_list(struct dantin *dantin, const struct dantin_list_request *request,
                bool (*on_head)(void *context, const char *const *names, const char *const *labels,
                                size_t count),
                bool (*on_row)(void *context, const struct dantin_list_row *row), void *context,
                bool *ret_has_more);

struct dantin_record {
    const char *id, *key, *kind, *kind_label;
    bool is_reference;    /* the province's, known here */
    bool has_open_change; /* not sealed yet */
    bool is_refused;      /* the newest change sent was refused or in conflict */
};
struct dantin_record_value {
    const char *list, *list_label; /* "": a single value */
    size_t element;                /* of the list, from 1 */
    const char *name, *label, *text;
};
/* One record: on_record once, then on_value for each value stated. key: what a cell that refers to the record would hold
 * (code, name, number, match key, record id). NOT_FOUND, AMBIGUOUS. */
int dantin_show(struct dantin *dantin, const char *kind, const char *key,
                bool (*on_record)(void *context, const struct dantin_record *record),
                bool (*on_value)(void *context, const struct dantin_record_value *value), void *context);

/* ---- what waits for a second person ---- */

/* A change that waits at the province. */
struct dantin_waiting {
    const char *id; /* 32 hex digits: the name of the version it makes */
    const char *kind, *kind_label, *key,
        *record;        /* key: as of dantin_record; "" when it cannot be read here */
    const char *device; /* that submitted it */
    bool is_own;        /* this person's: a second one must decide */
    bool is_removal;
    unsigned long long position;
    long long server_time_ms;
};
/* Everything that waits at the own sender, oldest first, as the province shows and proves it. Outcomes of what was sealed here are
 * stored on the way. */
int dantin_waiting(struct dantin *dantin,
                   bool (*on_waiting)(void *context, const struct dantin_waiting *waiting), void *context);

struct dantin_decision {
    const char *const
        *ids; /* beginnings of ids, 8 hex digits or more each; NULL: everything that waits but one's own */
    unsigned long id_count;
    const char *reason; /* turns them down; NULL: approves */
};
/* Decide as the second person: each change is shown (on_waiting, then on_value per value) and its hash sealed; dantin_submit
 * sends it. on_waiting false: this one is left out. NOT_FOUND, AMBIGUOUS, FORBIDDEN (one's own). */
int dantin_decide(struct dantin *dantin, const struct dantin_decision *decision,
                  bool (*on_waiting)(void *context, const struct dantin_waiting *waiting),
                  bool (*on_value)(void *context, const struct dantin_record_value *value), void *context,
                  unsigned long *ret_count);
/* Ask what became of the changes sealed here that wait; how many were approved and lost. Nothing waits: nothing is asked. */
int dantin_outcomes(struct dantin *dantin, unsigned long *ret_approved, unsigned long *ret_lost,
                    unsigned long *ret_waiting);

/* ---- who speaks for the committee ---- */

/* What became, by an entry of the journal, of a device that speaks for the handle's committee. Devices of this home are left out. Known
 * from what the newest dantin_submit heard, and checked. */
enum dantin_notice_what {
    DANTIN_NOTICE_ENROLLED, /* speaks for the committee from now on, as `role` */
    DANTIN_NOTICE_KEY,      /* goes on under another key */
    DANTIN_NOTICE_ROLE,     /* has `role` from now on */
    DANTIN_NOTICE_REVOKED,  /* speaks no more */
};
struct dantin_notice {
    uint64_t number; /* grows */
    enum dantin_notice_what what;
    char device[65];
    char role[32];
    uint64_t position; /* of the entry */
    bool is_seen;      /* acknowledged by the handle's person */
};
/* All of them, oldest first. */
int dantin_notices(struct dantin *dantin,
                   void (*on_notice)(void *context, const struct dantin_notice *notice), void *context);
/* How many the handle's person has not acknowledged. */
int dantin_notices_open(struct dantin *dantin, uint64_t *ret_count);
/* The person has seen those up to this number. */
int dantin_notices_acknowledge(struct dantin *dantin, uint64_t number);

struct dantin_assignment {
    const char *name;  /* a header of the import, "list.item", or "list.2.item" of the second element */
    const char *value; /* as in a cell; "" clears */
};
struct dantin_put_result {
    char id[33];
    bool is_new, is_changed; /* neither: nothing was different */
    bool is_warned;          /* the reason answered a warning */
};
/* Enter or change one record as a row of a spreadsheet would: named by record_id or the values of a match key. RULE: what is
 * wrong, value by value, in dantin_error_text. reason: answers warnings; NULL: none. */
int dantin_put(struct dantin *dantin, const char *kind, const struct dantin_assignment *assignments,
               size_t assignment_count, const char *reason, struct dantin_put_result *ret_result);
/* Remove a record, which mends a mistake: what existed and ended gets an end date. RULE: another record refers to it, or it is
 * the province's. */
int dantin_remove(struct dantin *dantin, const char *kind, const char *key, const char *reason);

/* ---- elections of heads of hamlets ---- */

struct dantin_election_case {
    const char *id, *key, *locality, *branch;
    const char *term_from, *term_to; /* ISO; "": not stated */
    bool is_pilot;                   /* goes on to the cell's congress */
};
/* A stage done, or a vote whose day is set. By date. */
struct dantin_election_stage {
    const char *stage, *label, *date, *outcome, *outcome_label, *document, *authority; /* "": not stated */
    unsigned round;                                                                    /* counted, from 1 */
    const char *fault; /* why it cannot stand here, what must come first; "": it can */
};
/* A tally sheet or a ballot of the congress that belongs to the case: it names the case, or (naming none) it is of the same
 * place and of the day of a vote. By date. */
struct dantin_election_sheet {
    const char *kind, *id, *label, *date; /* "tally", "congress_ballot" */
    unsigned round;
    int64_t denominator; /* all electors; official members less those not counted */
    int64_t needed;      /* votes that are more than half of it */
    unsigned attending, valid, invalid;
    const char *elected; /* by the test of whole numbers; several with "; " between; "": nobody */
    const char *first;   /* who has most votes; "": no candidate */
    unsigned first_votes;
};
/* What the rules say of the case and of its sheets, today. */
struct dantin_election_finding {
    const char *kind, *id; /* of the record */
    const char *rule, *text, *source;
    bool is_error;
};
struct dantin_election_due {
    const char *stage, *label;
    const char *date; /* ISO; "": no deadline */
    const char *rule; /* where the date comes from; "" */
    bool is_late;
};
struct dantin_election_listener {
    void (*on_case)(void *context, const struct dantin_election_case *told);
    void (*on_stage)(void *context, const struct dantin_election_stage *stage);
    void (*on_sheet)(void *context, const struct dantin_election_sheet *sheet);
    void (*on_finding)(void *context, const struct dantin_election_finding *finding);
    void (*on_due)(void *context, const struct dantin_election_due *due);
    void *context;
};
/* The time line of one case, in the order of the listener's functions. key: of the case (as dantin_list prints it), or the
 * hamlet's code or name; then its newest case, or with a date (NULL: none) the one with a stage on that day, else the one
 * whose term had begun. NOT_FOUND, AMBIGUOUS. */
int dantin_election(struct dantin *dantin, const char *key, const char *date,
                    const struct dantin_election_listener *listener);

/* ---- rules ---- */

struct dantin_rule {
    const char *id;         /* "member.official_date" */
    const char *kind;       /* "": every kind */
    const char *kind_label; /* as people call it; "": every kind */
    const char *severity;   /* "error", "warning" */
    bool is_error;
    const char *field;     /* field or list it is about; "": the record */
    const char *from, *to; /* ISO days [from, to) it is in force; "": always, still */
    const char *source, *text;
};
/* The rules that records of a kind (NULL: any) are judged by, those of every kind among them. Pure, without a
 * handle. */
void dantin_rules(enum dantin_language language, const char *kind,
                  bool (*on_rule)(void *context, const struct dantin_rule *rule), void *context);

/* ---- health ---- */

/* Run every check (store, keys, certificate, clock, disk, server); on_check per check. Returns the first failure, else 0. */
int dantin_doctor(struct dantin *dantin,
                  bool (*on_check)(void *context, const char *name, bool is_ok, const char *sentence),
                  void *context);

#endif
