/* SQLite's file system with a countdown: the Nth write, sync, truncation or deletion fails, or ends the
 * process as a crash would. Tests only. One process, one countdown. */
#ifndef TESTS_LIB_FAULT_VFS_H
#define TESTS_LIB_FAULT_VFS_H

#include <stdbool.h>

enum fault_vfs_action { FAULT_VFS_ERROR, FAULT_VFS_CRASH };
enum { FAULT_VFS_CRASH_STATUS = 77 };

/* Become SQLite's default file system; once per process. */
void fault_vfs_install(void);
/* From now on the countdown-th call (from 1) fails; with FAULT_VFS_ERROR every later one too. 0: none does.
 */
void fault_vfs_arm(unsigned countdown, enum fault_vfs_action action);
/* Did the fault happen since it was armed? */
bool fault_vfs_has_fired(void);

#endif
