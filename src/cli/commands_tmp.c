#include "cli/cli.h"
#include "core/engine.h"
#include <stdio.h>
#include <stdlib.h>
extern const struct command command_create, command_kill, command_pause, command_unpause, command_rename, command_rm, command_run, command_stop, command_restart, command_sweep, command_wait;
static int run_load(struct cli *cli, void *values, const struct operands *operands) {
	struct err err = {0}; struct buf b = BUF_INIT; (void)values; (void)operands;
	if (!cli_open(cli)) return 1;
	if (engine_demo_here(cli->engine, &b, &err)) { fprintf(stderr, "%s\n", err.text); return 1; }
	fputs(buf_text(&b), stdout); return 0; }
static int run_ps(struct cli *cli, void *values, const struct operands *operands) {
	struct container *l; size_t n; struct err err = {0}; (void)values; (void)operands;
	if (!cli_open(cli)) return 1;
	engine_containers(cli->engine, &l, &n, &err);
	for (size_t i = 0; i < n; i++) printf("%.12s %s %s %s %d pid=%d %s\n", l[i].id, l[i].name, l[i].image, container_state_name(l[i].state), l[i].exit_code, l[i].pid, l[i].error);
	return 0; }
static const struct command demo = {.names = {"demo"}, .summary = "x", .most = 0, .run = run_load};
static const struct command ps = {.names = {"ps"}, .summary = "x", .most = 0, .run = run_ps};
const struct command *const commands[] = {&command_create, &command_kill, &command_pause, &command_unpause, &command_rename, &command_rm, &command_run, &command_stop, &command_restart, &command_sweep, &command_wait, &demo, &ps, NULL};
