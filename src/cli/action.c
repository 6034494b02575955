#include "cli/action.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"
#include "util/redact.h"

/* The first name of a command, in the order of the alphabet. */
static const struct acting {
	const char *command, *what;
	enum event_type type;
	bool all; /* each operand is one of what it is about, not the first alone */
} table[] = {
	{"attach", "attach", EVENT_CONTAINER, false},
	{"build", "build", EVENT_BUILD, false},
	{"builder prune", "prune", EVENT_BUILD, false},
	{"commit", "commit", EVENT_CONTAINER, false},
	{"container prune", "prune", EVENT_CONTAINER, false},
	{"cp", "copy", EVENT_CONTAINER, false},
	{"create", "create", EVENT_CONTAINER, false},
	{"exec", "exec", EVENT_CONTAINER, false},
	{"image prune", "prune", EVENT_IMAGE, false},
	{"import", "import", EVENT_IMAGE, false},
	{"kill", "kill", EVENT_CONTAINER, true},
	{"load", "load", EVENT_IMAGE, false},
	{"login", "login", EVENT_ENGINE, false},
	{"logout", "logout", EVENT_ENGINE, false},
	{"network connect", "connect", EVENT_NETWORK, false},
	{"network create", "create", EVENT_NETWORK, false},
	{"network disconnect", "disconnect", EVENT_NETWORK, false},
	{"network prune", "prune", EVENT_NETWORK, false},
	{"network rm", "remove", EVENT_NETWORK, true},
	{"pause", "pause", EVENT_CONTAINER, true},
	{"pull", "pull", EVENT_IMAGE, false},
	{"push", "push", EVENT_IMAGE, false},
	{"rename", "rename", EVENT_CONTAINER, false},
	{"restart", "restart", EVENT_CONTAINER, true},
	{"rm", "remove", EVENT_CONTAINER, true},
	{"rmi", "remove", EVENT_IMAGE, true},
	{"run", "run", EVENT_CONTAINER, false},
	{"slim", "slim", EVENT_IMAGE, true},
	{"start", "start", EVENT_CONTAINER, true},
	{"stop", "stop", EVENT_CONTAINER, true},
	{"system prune", "prune", EVENT_ENGINE, false},
	{"tag", "tag", EVENT_IMAGE, false},
	{"trash empty", "empty", EVENT_CONTAINER, true},
	{"trash restore", "restore", EVENT_CONTAINER, true},
	{"undo", "undo", EVENT_CONTAINER, false},
	{"unpause", "unpause", EVENT_CONTAINER, true},
	{"update", "update", EVENT_CONTAINER, true},
	{"volume create", "create", EVENT_VOLUME, false},
	{"volume prune", "prune", EVENT_VOLUME, false},
	{"volume rm", "remove", EVENT_VOLUME, true},
};

static int by_command(const void *key, const void *row)
{
	return strcmp(key, ((const struct acting *)row)->command);
}

static void put_names(struct buf *out, const struct operands *operands, bool all)
{
	for (int i = 0; i < operands->len && (all || !i); i++) {
		if (out->len > 200) {
			buf_addf(out, " and %d more", operands->len - i);
			return;
		}
		buf_addf(out, "%s%s", i ? " " : "", operands->v[i]);
	}
}

/* What takes back what was just done; nothing for most. */
static void put_undo(struct buf *out, const struct cli *cli)
{
	const struct operands *operands = &cli->operands;

	if (str_eq(cli->command->names[0], "rename") && operands->len == 2)
		buf_addf(out, "rename %s %s", operands->v[1], operands->v[0]);
	else if (cli->undo.len)
		buf_adds(out, buf_text(&cli->undo));
}

void action_made(struct cli *cli, const char *id, const char *name)
{
	struct container made;
	struct err err;

	snprintf(cli->about, sizeof(cli->about), "%s", id);
	if (!name && *id && engine_container(cli->engine, id, &made, &err) == 0)
		name = made.name;
	snprintf(cli->about_name, sizeof(cli->about_name), "%s", name ? name : "");
}

void action_record(struct cli *cli, int code)
{
	const struct acting *acting = bsearch(
		cli->command->names[0], table, array_len(table), sizeof(table[0]), by_command);
	auto_buf names = BUF_INIT, line = BUF_INIT, undo = BUF_INIT;
	struct engine_action action = {.via = "cli", .began_ns = cli->began_ns};
	struct err err = {0};

	if (!acting || !cli->engine)
		return;
	if (code && *cli_last_said())
		err_set(&err, EIO, "%s", cli_last_said());
	else if (code)
		err_set(&err, EIO, "exit code %d", code);
	put_names(&names, &cli->operands, acting->all);
	put_undo(&undo, cli);
	buf_adds(&line, "davit ");
	redact_join((const char *const *)cli->words.v, cli->words.len, &line);
	if (getenv("DAVIT_SCREEN"))
		action.via = "screen";
	action.type = acting->type;
	action.what = acting->what;
	action.name = *cli->about_name ? cli->about_name : buf_text(&names);
	action.id = *cli->about ? cli->about : NULL;
	action.command = buf_text(&line);
	action.err = &err;
	action.undo = buf_text(&undo);
	action.undoes = cli->undoes_one ? &cli->undoes : NULL;
	engine_action_add(cli->engine, &action);
}
