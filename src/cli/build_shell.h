/* build_shell.h - a shell where a step of a build failed, in the files as they were before it. */
#ifndef CLI_BUILD_SHELL_H
#define CLI_BUILD_SHELL_H

#include "build/build.h"
#include "cli/cli.h"

/* Blocks until it ends; the image that was kept for it goes then. */
void build_shell(struct cli *cli, struct build_result *result);

#endif
