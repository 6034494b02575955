/* process.h - naming a process so that a reused pid is never mistaken for it.
 *
 * (pid, start time) is unique within a boot; start time is field 22 of /proc/PID/stat in clock
 * ticks (proc(5)). Everything is signalled through a pidfd (Linux 5.3) opened after the comparison.
 */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/row.h"

/* Who we are. */
struct row_process process_self(void);
/* 0 and its start time, or -ESRCH. */
int process_start_time(int pid, uint64_t *start);
/* A pidfd of exactly that process, or -ESRCH when it is gone; the caller closes it. */
int process_open(const struct row_process *process);
bool process_is_alive(const struct row_process *process);
/* Signals exactly that process; -ESRCH when it is gone. */
int process_signal(const struct row_process *process, int signal);
/* Until it is gone or timeout_ms passed (-1: for ever): 0, or -ETIMEDOUT. */
int process_wait_gone(const struct row_process *process, int timeout_ms);
/* /proc/sys/kernel/random/boot_id without its newline; read once. "" when it cannot be read. */
const char *process_boot_id(void);

#endif
