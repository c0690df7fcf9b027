/* Names of the settings in the client's store. Rank 4. */
#ifndef CLIENT_LIB_STORE_SETTING_H
#define CLIENT_LIB_STORE_SETTING_H

#define SETTING_DEVICE "device" /* 32 bytes: the device id, from init on */
#define SETTING_SENDER "sender" /* 16 bytes: the branch the device speaks for, of the last WELCOME */
#define SETTING_ROLE "role"     /* text, of the last WELCOME */
#define SETTING_IS_PROVINCE "is_province"       /* 1 byte, of the last WELCOME */
#define SETTING_SCHEMA_VERSION "schema_version" /* u32 big-endian: the server's, of the last WELCOME */
#define SETTING_RECEIPT_KEY "receipt_key"       /* 32 bytes: pinned at the first WELCOME */

#endif
