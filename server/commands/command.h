/* Commands of dantind: one file per command, one table in server/main.c that is both parser and help. Rank 9
 * (app). A command returns an error instead of printing it: main prints it once and turns it into the exit
 * code. */
#ifndef SERVER_COMMANDS_COMMAND_H
#define SERVER_COMMANDS_COMMAND_H

#include "common/base/error.h"

struct config;

enum { COMMAND_ARGUMENTS_MAX = 12 };

/* Exit codes of dantind (docs: `dantind --help`). */
enum command_exit {
    COMMAND_EXIT_DONE = 0,
    COMMAND_EXIT_FAILED = 1,
    COMMAND_EXIT_USAGE = 2,
    COMMAND_EXIT_CONFIG = 3
};

/* The command line, read. Texts point into argv; NULL: not given. */
struct options {
    const char *data;      /* --data DIR: folder of the server */
    const char *config;    /* --config FILE: instead of DIR/dantind.ini */
    const char *user;      /* --user NAME: user to run as when started as root */
    const char *listen;    /* --listen HOST:PORT */
    const char *metrics;   /* --metrics HOST:PORT */
    const char *log_level; /* --log-level error|warn|info|debug */
    const char *names;     /* --names NAME,NAME: names and addresses of the server in its certificate */
    const char *sender;    /* --sender CODE: code of a sender's branch */
    const char *role;      /* --role clerk|approver|viewer|administrator|auditor */
    const char *days;      /* --days N: validity of a certificate */
    const char *device;    /* --device HEX: first digits of a device */
    const char *from;      /* --from DATE, and ... */
    const char *to;        /* --to DATE: both included; of a backup KEY.pub,KEY.pub: its recipients */
    const char *subject;   /* --subject RECORD */
    const char *purpose;   /* --purpose TEXT: what an export is for */
    bool wants_alarms;     /* --alarms: only what was unusual */
    bool is_due;           /* --due: only if it is time */
    const char *decision;  /* --decision TEXT: number and date of the decision to erase */
    bool is_province;      /* --province: the device belongs to the province itself */
    bool is_exact;     /* --exact: the device sees exact figures on sensitive fields; each look is noted */
    bool wants_sample; /* --sample: print a configuration file with every key explained */
    bool wants_no_payloads; /* --without-payloads: entries and their proofs alone */
    bool is_master;         /* --master: the master key too */
    bool is_receipt;        /* --receipt: the log's key instead */
    const char *identity;   /* --identity FILE: private key a backup is sealed to */
    const char *log_key;    /* --log-key HEX: of the server that made it */
    const char *erasures;   /* --erasures FILE: the list of erasures of the server restored */
    bool wants_help;        /* --help */
    bool wants_version;     /* --version */

    const char *operator_name;   /* --operator NAME: who does it */
    const char *passphrase_file; /* --passphrase-file FILE: instead of asking on the terminal */
    const char *address;         /* --address HOST:PORT: where clients find the server, for a ticket */
    const char *reason;          /* --reason TEXT: of a revocation */
    bool is_not_exact;           /* --no-exact: it sees exact figures no more */
    enum language language;      /* --lang vi|en, else LANG */
    const char *arguments[COMMAND_ARGUMENTS_MAX]; /* words after the command's name */
    int argument_count;
};

struct command {
    const char *name;  /* one or two words: "device sign" */
    const char *usage; /* what follows the name: "CSR --sender CODE|--province --role ROLE" */
    const char *help_vi;
    const char *help_en;
    enum err (*run)(const struct options *options, struct error *ret_error);
};

/* Read defaults, then DIR/dantind.ini (or --config FILE), then the options; the later wins. The data folder
 * becomes an absolute path and is made (0700) when it is missing. ERR_USAGE: no --data. ERR_CONFIG, ERR_IO.
 */
MUST_CHECK enum err command_config(const struct options *options, struct config *ret_config,
                                   struct error *ret_error);

/* What `ca init` makes, without dropping the privileges: the authority's key stays readable for the caller. */
MUST_CHECK enum err ca_init_make(const struct options *options, const struct config *config,
                                 struct error *ret_error);

enum err command_serve(const struct options *options, struct error *ret_error);
enum err command_migrate(const struct options *options, struct error *ret_error);
enum err command_ca_init(const struct options *options, struct error *ret_error);
enum err command_device_sign(const struct options *options, struct error *ret_error);
enum err command_device_release(const struct options *options, struct error *ret_error);
enum err command_operator_add(const struct options *options, struct error *ret_error);
enum err command_operator_end(const struct options *options, struct error *ret_error);
enum err command_ticket_create(const struct options *options, struct error *ret_error);
enum err command_device_pending(const struct options *options, struct error *ret_error);
enum err command_device_approve(const struct options *options, struct error *ret_error);
enum err command_device_refuse(const struct options *options, struct error *ret_error);
enum err command_device_list(const struct options *options, struct error *ret_error);
enum err command_device_revoke(const struct options *options, struct error *ret_error);
enum err command_device_role(const struct options *options, struct error *ret_error);
enum err command_witnesses(const struct options *options, struct error *ret_error);
enum err command_erase(const struct options *options, struct error *ret_error);
enum err command_epoch_new(const struct options *options, struct error *ret_error);
enum err command_epoch_close(const struct options *options, struct error *ret_error);
enum err command_audit_list(const struct options *options, struct error *ret_error);
enum err command_audit_subject(const struct options *options, struct error *ret_error);
enum err command_audit_export(const struct options *options, struct error *ret_error);
enum err command_audit_check(const struct options *options, struct error *ret_error);
enum err command_audit_seal(const struct options *options, struct error *ret_error);
enum err command_audit_replay(const struct options *options, struct error *ret_error);
enum err command_journal_export(const struct options *options, struct error *ret_error);
enum err command_backup(const struct options *options, struct error *ret_error);
enum err command_restore(const struct options *options, struct error *ret_error);
enum err command_key_recipient(const struct options *options, struct error *ret_error);
enum err command_key_rotate(const struct options *options, struct error *ret_error);
enum err command_breach_report(const struct options *options, struct error *ret_error);
enum err command_check_config(const struct options *options, struct error *ret_error);

#endif
