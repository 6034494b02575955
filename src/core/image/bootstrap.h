/* bootstrap.h - a base image from nothing but the distribution's own packages.
 *
 *     debootstrap --variant=minbase, jailed, below a stage → clean → tar → layer → commit
 *
 * Cancelled or killed at any moment it leaves nothing: its mounts and processes go with the jail,
 * its files with the stage. */
#ifndef CORE_IMAGE_BOOTSTRAP_H
#define CORE_IMAGE_BOOTSTRAP_H

#include "core/image_ops.h"

/* An entry of struct image_ops. suite NULL: this host's own, else "stable". -ENOENT: debootstrap is
 * not installed, or knows no such suite; -EINVAL: another distribution, a bad name; -ECANCELED. */
int image_bootstrap(struct store *store, const struct image_bootstrap_options *options,
	const struct image_watch *watch, struct err *err);

/* The pure part: the value of KEY in an os-release file's text, without quotes; "" when absent. */
void bootstrap_os_release(const char *text, const char *key, char *out, size_t room);

#endif
