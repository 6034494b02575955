/* figure_engine.c - the engine's parts, each with what dies when it is killed. */
#include <stdio.h>

#include "core/figure_parts.h"

static void add_process(
	struct figure *figure, int parent, const char *name, const struct figure_process *process)
{
	char size[FIGURE_SIZE_TEXT];

	figure_box(figure, parent, "%s", name);
	figure_value(figure, "%s", process->bytes ? figure_size(size, process->bytes) : "");
	figure_proof(figure, "/proc/%d/smaps_rollup", process->pid);
	figure_command(figure, "ps -o pid,ppid,rss,args -p %d; grep Pss: /proc/%d/smaps_rollup",
		process->pid, process->pid);
}

static void add_davit(struct figure *figure, const struct figure_engine_facts *facts)
{
	add_process(figure, -1, "davit", &facts->davit);
	figure_text(figure, "process %d: this view of it\nkilled: nothing that runs notices",
		facts->davit.pid);
	figure_words(figure,
		"A command or a screen: it reads the state, starts work, and owns no container. "
		"There is no daemon behind it.");
}

static void add_pair(struct figure *figure, const struct figure_pair *pair, const char *link)
{
	int box = figure_box(figure, -1, "%s", pair->name);

	figure_link(figure, "%s", link);
	figure_value(figure, "%s", pair->image);
	figure_flow(figure, FIGURE_ACROSS);
	figure_words(figure, "A container: one process with a monitor of its own.");
	figure_command(figure, "davit ps --filter name=%s", pair->name);
	add_process(figure, box, "davit-shim", &pair->shim);
	figure_text(figure,
		"process %d\nkilled: the container lives on; the next davit gives it "
		"another one",
		pair->shim.pid);
	figure_words(figure,
		"Its monitor: the parent of its first process. It holds its terminal and its log, "
		"and records how it ends.");
	add_process(figure, box, pair->command[0] ? pair->command : "its process", &pair->init);
	figure_link(figure, "starts and watches");
	figure_text(figure,
		"process %d here, 1 inside%s\nkilled: the container has ended; the "
		"monitor records it",
		pair->init.pid, pair->paused ? ", paused" : "");
	figure_words(figure,
		"The container itself: a process of this machine like any other, with a view of "
		"its own.");
	figure_command(figure, "ps -o pid,ppid,rss,args -p %d; grep NSpid /proc/%d/status",
		pair->init.pid, pair->init.pid);
}

static void add_pairs(struct figure *figure, const struct figure_engine_facts *facts)
{
	for (size_t i = 0; i < facts->count; i++)
		add_pair(figure, &facts->pairs[i], i ? "" : "starts, and then is not needed");
	if (facts->count < facts->running) {
		figure_box(figure, -1, facts->count ? "and %zu more that run" : "%zu others run",
			facts->running - facts->count);
		figure_line(figure);
		figure_command(figure, "davit ps");
	}
	if (!facts->running) {
		figure_box(figure, -1, "no container runs");
		figure_tone(figure, FIGURE_FAINT);
		figure_text(figure, "Start one, and it is drawn here.");
		figure_command(figure, "davit ps -a");
	}
}

static void add_serve(struct figure *figure, int parent, const struct figure_engine_facts *facts)
{
	if (facts->serve.pid) {
		add_process(figure, parent, "davit serve", &facts->serve);
		figure_text(figure,
			"process %d\nkilled: containers run on; nobody starts them after "
			"a boot",
			facts->serve.pid);
	} else {
		figure_box(figure, parent, "davit serve");
		figure_tone(figure, FIGURE_FAINT);
		figure_text(figure, "does not run, and need not");
		figure_proof(figure, "/proc/locks");
		figure_command(figure,
			"stat -c 'inode %%i' %s/serve.lock; grep FLOCK /proc/locks || echo nobody holds it",
			facts->run_root);
	}
	figure_words(figure, "Applies restart policies after a boot, and gives containers a new "
			     "monitor at once. Nothing else needs it.");
}

static void add_places(struct figure *figure, const struct figure_engine_facts *facts)
{
	int box = figure_box(figure, -1, "what they leave on the disk, and in memory");

	figure_link(figure, "read and write");
	figure_flow(figure, FIGURE_ACROSS);
	figure_words(figure, "Files are all that is between two commands: no process has to stay.");
	figure_box(figure, box, "store");
	figure_value(figure, "%s", facts->driver);
	figure_text(figure, "%s\n%zu image%s, %zu container%s", facts->root, facts->images,
		facts->images == 1 ? "" : "s", facts->containers,
		facts->containers == 1 ? "" : "s");
	figure_words(figure,
		"Images, layers, volumes, and what containers wrote: what a reboot keeps. Nothing "
		"half-made is ever seen in it.");
	figure_proof(figure, "%s", facts->root);
	figure_command(figure, "ls -l %s", facts->root);
	figure_box(figure, box, "run root");
	figure_value(figure, "memory");
	figure_text(figure, "%s\nstates, sockets, events", facts->run_root);
	figure_words(figure, "What is true until the next boot: who runs, which addresses are "
			     "taken, and what happened.");
	figure_proof(figure, "%s", facts->run_root);
	figure_command(figure, "ls -l %s", facts->run_root);
	add_serve(figure, box, facts);
}

void figure_of_engine(struct figure *figure, const struct figure_engine_facts *facts)
{
	figure_title(figure, "The parts of the engine");
	figure_caption(figure, "%zu of %zu containers run, each with a monitor of its own.",
		facts->running, facts->containers);
	add_davit(figure, facts);
	add_pairs(figure, facts);
	add_places(figure, facts);
}
