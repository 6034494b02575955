/* notify.h - telling a service manager how it stands: sd_notify(3)'s datagram, by hand. */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

/* "READY=1" and so on; nothing where nobody asked for it ($NOTIFY_SOCKET). */
void notify_say(const char *state);

#endif
