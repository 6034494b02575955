/* figure_machines.c - a container against a virtual machine: what is measured here on the one side,
 * and on the other what such a machine would have to bring. No figure is in it that nobody read. */
#include <stdio.h>

#include "core/figure_parts.h"

static void add_kernel(struct figure *figure, int parent, const struct figure_machine_facts *facts)
{
	figure_box(figure, parent, "kernels: 1");
	figure_tone(figure, FIGURE_CHOSEN);
	if (facts->inside)
		figure_text(figure, "%s answers in there, where the machine is called %.64s",
			facts->inside, facts->called);
	else
		figure_text(figure, "%s, the host's", facts->kernel);
	if (facts->inside && !str_eq(facts->inside, facts->kernel))
		figure_words(figure,
			"On the host %s answers: something below this container "
			"plays another kernel.",
			facts->kernel);
	else
		figure_words(figure,
			"A container has no kernel: its system calls go to the very "
			"one that runs everything else%s.",
			facts->inside ? ", which gave the same answer to both" : "");
	figure_proof(figure, "/proc/sys/kernel/osrelease");
	if (facts->pair)
		figure_command(figure, "uname -sr; davit exec %s uname -sr", facts->pair->name);
	else
		figure_command(figure, "uname -sr; davit run --rm davit/demo uname -sr");
}

static void add_start(struct figure *figure, int parent, const struct figure_machine_facts *facts)
{
	if (facts->start_us > 0)
		figure_box(figure, parent, "its last start: %.1f ms", facts->start_us / 1000);
	else
		figure_box(figure, parent, "its start");
	figure_text(figure, "%s", "a new process, not a boot");
	figure_words(figure, "From davit's first step to the program's own, by clocks read "
			     "meanwhile. Prove it: one more is started and timed.");
	if (facts->pair)
		figure_proof(figure, "davit explain %s", facts->pair->name);
	figure_command(figure, "a=$(date +%%s%%N); davit run --rm davit/demo true; "
			       "echo $((($(date +%%s%%N) - a) / 1000)) microseconds, to its end");
}

static void add_memory(struct figure *figure, int parent, const struct figure_machine_facts *facts)
{
	char all[FIGURE_SIZE_TEXT], shim[FIGURE_SIZE_TEXT];

	if (!facts->pair)
		return;
	figure_box(figure, parent, "memory: %s", figure_size(all, facts->memory));
	figure_text(figure, "%llu process%s, and %s for its monitor",
		(unsigned long long)facts->processes, facts->processes == 1 ? "" : "es",
		figure_size(shim, facts->pair->shim.bytes));
	figure_words(figure, "What its processes use now, and nothing is set aside for it.");
	figure_proof(figure, "/proc/%d/cgroup", facts->pair->init.pid);
	figure_command(figure, "davit stats --no-stream %s", facts->pair->name);
}

static void add_container(
	struct figure *figure, int parent, const struct figure_machine_facts *facts)
{
	int box = figure_box(figure, parent, facts->pair ? "a container: %s" : "a container%s",
		facts->pair ? facts->pair->name : "");

	figure_value(figure, "measured");
	figure_flow(figure, FIGURE_SLABS);
	figure_words(figure, "A process that the kernel shows a world of its own.");
	figure_command(figure, "davit ps");
	add_kernel(figure, box, facts);
	add_start(figure, box, facts);
	add_memory(figure, box, facts);
	figure_box(figure, box, "apart by: namespaces");
	figure_text(figure, "control groups, a filter of system calls");
	figure_words(figure, "Walls that the shared kernel keeps. Who breaks the kernel has broken "
			     "them all.");
	if (facts->pair) {
		figure_proof(figure, "/proc/%d/ns", facts->pair->init.pid);
		figure_command(
			figure, "davit explain --hood --part namespaces %s", facts->pair->name);
	}
}

static void add_machine(struct figure *figure, int parent)
{
	int box = figure_box(figure, parent, "a virtual machine");

	figure_value(figure, "would bring");
	figure_flow(figure, FIGURE_SLABS);
	figure_tone(figure, FIGURE_FAINT);
	figure_words(figure, "There is none here to measure: this says what it is made of.");
	figure_box(figure, box, "kernels: one of its own");
	figure_text(figure, "for each machine, and the host's");
	figure_words(figure, "So it can run another system than the host's, and a newer kernel.");
	figure_box(figure, box, "its start: a boot");
	figure_text(figure, "of its kernel, then of a system, then of your program");
	figure_words(figure, "Devices are found, file systems mounted, services started first.");
	figure_box(figure, box, "memory: as much as it was given");
	figure_text(figure, "its kernel's own included");
	figure_words(figure, "The host sees one block of memory, and cannot tell what in it is "
			     "still needed.");
	figure_box(figure, box, "apart by: the processor");
	figure_text(figure, "and a hypervisor that plays the devices");
	figure_words(figure, "Who breaks its kernel is still inside: a wall that containers do not "
			     "have.");
}

static void add_host(struct figure *figure, const struct figure_machine_facts *facts)
{
	figure_box(figure, -1, "this machine");
	figure_link(figure, "stand on");
	figure_value(figure, "%s", facts->kernel);
	figure_text(figure, "%s\n%s",
		facts->is_virtual ? "is a virtual machine itself: both go together"
				  : "says of no hypervisor below it",
		facts->has_kvm
			? "could run virtual machines: /dev/kvm is there"
			: "has no /dev/kvm: it runs no virtual machines with the processor's "
			  "help");
	figure_words(figure, "%zu container%s on this one kernel now.", facts->running,
		facts->running == 1 ? " runs" : "s run");
	figure_proof(figure, "/proc/cpuinfo");
	figure_command(figure, "uname -sr; grep -c ' hypervisor' /proc/cpuinfo; ls -l /dev/kvm");
}

void figure_of_machines(struct figure *figure, const struct figure_machine_facts *facts)
{
	int box;

	figure_title(figure, "A container against a virtual machine");
	figure_caption(figure, "Measured on this machine, now%s.",
		facts->pair ? "" : "; start a container, and there is more to measure");
	box = figure_box(figure, -1, "side by side");
	figure_flow(figure, FIGURE_ACROSS);
	figure_words(figure, "On the left what was read and measured here; on the right what a "
			     "virtual machine is made of, without a number that nobody measured.");
	add_container(figure, box, facts);
	add_machine(figure, box);
	add_host(figure, facts);
}
