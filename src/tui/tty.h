/* tty.h - the user's terminal as a device: raw mode, its size, bytes in and out, and always a way
 * back.
 *
 * The device is opened anew, so that O_NONBLOCK never leaks into the shell that shares our standard
 * streams. One at a time: crash handlers know it. What is queued here goes out when the terminal
 * can take it; nothing waits for it but tty_settle. */
#ifndef TUI_TTY_H
#define TUI_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/own.h"

struct tty;

/* Standard input and output must be terminals. Does not change any mode yet. */
int tty_open(struct tty **out, struct err *err);
void tty_free(struct tty *tty); /* puts the modes back; NULL is fine */
own_define(tty)

int tty_fd(const struct tty *tty); /* for polling; lent */
void tty_size(const struct tty *tty, int *width, int *height);
/* Raw: every byte is ours, flow control included. Cooked: as we found it. */
void tty_raw(struct tty *tty);
void tty_cooked(struct tty *tty);
/* What to send when we die of a crash; kept. Crash signals are caught from here on. */
void tty_on_crash(struct tty *tty, const char *restore, size_t len);

ssize_t tty_read(struct tty *tty, char *bytes, size_t room); /* 0: hung up; -EAGAIN: nothing now */
/* Queues, and sends what can go at once. */
void tty_write(struct tty *tty, const void *bytes, size_t len);
/* Sends more; false when the terminal went away. */
bool tty_flush(struct tty *tty);
uint64_t tty_sent(const struct tty *tty); /* bytes ever taken by the terminal */
size_t tty_unsent(const struct tty *tty);
/* It has not taken what it was sent before: what is sent now would be seen late. */
bool tty_is_backed_up(const struct tty *tty);
/* Gives the terminal up to wait_ms to take what is unsent, then forgets the rest. Blocks. */
void tty_settle(struct tty *tty, int wait_ms);
/* Throws away typed bytes that nobody read. */
void tty_drop_input(struct tty *tty);

#endif
