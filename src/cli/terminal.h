/* terminal.h - the caller's terminal in raw mode, given back whatever happens.
 *
 * One a process. It is restored by terminal_restore, at exit, and when a signal that would end the
 * process arrives; SIGKILL alone cannot be helped. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

/* False when fd is no terminal or refuses. */
bool terminal_make_raw(int fd);
void terminal_restore(void);
/* Rows and columns of the terminal at fd; false (and zeroes) when it is none. */
bool terminal_size(int fd, unsigned *rows, unsigned *columns);

#endif
