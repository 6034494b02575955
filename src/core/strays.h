/* strays.h - processes that we did not start ourselves but that belong to what we did: children of
 * a shell that put them into the background and left. They are found in /proc, and signalled
 * through pidfds of exactly those that were looked at. */
#ifndef CORE_STRAYS_H
#define CORE_STRAYS_H

/* Everyone in the session whose leader is `leader`, which must be ours and not waited for: else its
 * number may be somebody else's. */
void strays_signal_session(int leader, int signal);
/* Ends everyone who was started with this assignment ("NAME=value") in his environment, and waits
 * a moment until they are gone. Not us. */
void strays_end(const char *assignment);

#endif
