/* room.h - a full disk must not keep anybody from removing things.
 *
 * Behind the end of the log the file system holds blocks for it that nobody else can have
 * (fallocate(2), which leaves its size alone). Removals may write there when the disk has no other
 * block left; everything else is refused once the room cannot be made whole again. */
#ifndef CORE_DB_ROOM_H
#define CORE_DB_ROOM_H

#include <stdbool.h>

/* False: there is less than half of it, and the disk has no more. Of a file system that keeps no
 * room, or a log that is not there yet, nothing is asked. */
bool room_keep(const char *log);

#endif
