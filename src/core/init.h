/* init.h - --init: davit-init before the command, as docker has its own there. */
#ifndef CORE_INIT_H
#define CORE_INIT_H

#include "core/engine_own.h"
#include "core/recipe.h"

/* The command becomes "/sbin/docker-init -- COMMAND", and that file is mounted. */
int init_wrap(struct engine *engine, const char *id, struct recipe *recipe, struct err *err);
/* The program into the container's directory, as it is being made. */
int init_put(struct engine *engine, int dir_fd, struct err *err);

#endif
