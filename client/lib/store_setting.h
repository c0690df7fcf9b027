/* Names of the settings in the client's store. Those that begin with "own/" are the device's, the others the home's. Rank 4. */
#ifndef CLIENT_LIB_STORE_SETTING_H
#define CLIENT_LIB_STORE_SETTING_H

#define SETTING_OWN "own/"
#define SETTING_KEY_CHECK "key_check" /* opens under the home's key only */
#define SETTING_SENDER "own/sender"   /* 16 bytes: the branch the device speaks for, of the last WELCOME */
#define SETTING_KEY \
    "own/key" /* 32 bytes, u64: the key announced last, and by which submission; empty: it was refused */
#define SETTING_ROLE "own/role"               /* text, of the last WELCOME */
#define SETTING_IS_PROVINCE "own/is_province" /* 1 byte, of the last WELCOME */
#define SETTING_NOTICES_SEEN \
    "own/notices_seen" /* u64 big-endian: the person has seen the notices up to this number */
#define SETTING_SCHEMA_VERSION "schema_version" /* u32 big-endian: the server's, of the last WELCOME */
#define SETTING_WITNESS_AFTER "witness_after"   /* u64 big-endian: entries about devices below it are known */
#define SETTING_WITNESS_SENDERS \
    "witness_senders" /* 16 bytes each: of the newest act witnesses; absent: all */
#define SETTING_NOTICES_AFTER \
    "own/notices_after" /* epoch (16 bytes) ‖ u64 big-endian: acts of erasure below it are known */
#define SETTING_MUST_SCRUB \
    "must_scrub" /* 1 byte: what was blanked may still lie in unused parts of the file */

#endif
