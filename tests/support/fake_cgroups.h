/* fake_cgroups.h - the cgroup mounts of another host, as plain directories. */
#ifndef SUPPORT_FAKE_CGROUPS_H
#define SUPPORT_FAKE_CGROUPS_H

enum fake_host { FAKE_V2, FAKE_V1, FAKE_HYBRID, FAKE_OUTSIDE };

/* Makes the tree below a new directory in /tmp, whose path is written to dir[64]. */
void fake_cgroups_make(enum fake_host host, char *dir);
void fake_cgroups_remove(const char *dir);
/* Content for a file in it, its directories made; aborts when it cannot. */
void fake_cgroups_file(const char *dir, const char *path, const char *content);
/* What a file holds, without a final newline; the caller frees. NULL: there is none. */
char *fake_cgroups_read(const char *dir, const char *path);

#endif
