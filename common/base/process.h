/* This process and those who look at it. Rank 0. */
#ifndef COMMON_BASE_PROCESS_H
#define COMMON_BASE_PROCESS_H

/* No core file of this process or its children, and no debugger or /proc/PID/mem for other processes of the user: what it holds in
 * memory are keys and people. First thing in main. A system that refuses is no reason to stop. */
void process_keep_private(void);

#endif
