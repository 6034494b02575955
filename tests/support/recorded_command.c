/* recorded_command.c - programs that are not run: what is asked is written down, what they print is
 * told. */
#include <stdio.h>

#include "recorded_private.h"

struct world_command {
	struct recorded *recorded;
	struct world_command_sink sink;
};

static struct world_command *run(struct world *world, const struct strs *words,
	const struct world_command_sink *sink, struct err *err)
{
	struct recorded *recorded = recorded_of(world);
	struct world_command *command = calloc(1, sizeof(*command));

	if (!command) {
		err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	*command = (struct world_command){recorded, *sink};
	buf_adds(&recorded->acts, "run");
	for (size_t i = 0; i < words->len; i++)
		buf_addf(&recorded->acts, " [%s]", words->v[i]);
	buf_addc(&recorded->acts, '\n');
	recorded->command = command;
	return command;
}

static void stop(struct world_command *command)
{
	buf_adds(&command->recorded->acts, "stop the command\n");
}

static void leave(struct world_command *command)
{
	buf_adds(&command->recorded->acts, "leave the command\n");
	command->recorded->command = NULL;
	free(command);
}

const struct world_command_ops recorded_command_ops = {.run = run, .stop = stop, .leave = leave};

void recorded_prints(struct recorded *recorded, const char *text)
{
	char copy[1024];
	size_t len;

	snprintf(copy, sizeof(copy), "%s", text);
	len = recorded_unescape(copy);
	if (recorded->command)
		recorded->command->sink.output(recorded->command->sink.self, copy, len);
}

void recorded_command_ends(struct recorded *recorded, int code)
{
	struct world_command *command = recorded->command;

	if (!command)
		return;
	recorded->command = NULL;
	command->sink.ended(command->sink.self, code, 0);
	free(command);
}
