"""memory beside 50 running containers: the monitors' PSS each, and the daemons that always run"""
from pathlib import Path

from report import Measure

COUNT = 50


def pss_kb(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def processes(name):
    """PSS in KB of every process called that; a name in the kernel ends after 15 bytes."""
    found = []
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text().strip() == name[:15]:
                found.append(pss_kb(comm.parent.name))
        except OSError:
            continue  # it ended
    return found


def measure(bench):
    each = Measure("PSS of the process beside each container", "KB", hold=64)
    residents = Measure("PSS of daemons", "KB")
    total = Measure(f"PSS of all of it with {COUNT} containers", "KB")
    start = Measure(f"start {COUNT} containers, one after another", "ms")
    remove = Measure(f"rm -f of {COUNT} running containers, one command", "ms")

    def sample(engine):
        names, started = bench.start_many(engine, COUNT, "memory")
        monitors = processes(engine.monitor)
        daemons = sum(sum(processes(name)) for name in engine.residents)
        removed = engine.time("rm", "-f", *names)
        if len(monitors) != COUNT:
            each.notes.append(f"{engine.name}: {len(monitors)} x {engine.monitor}, not {COUNT}")
        return (sum(monitors) / max(1, len(monitors)), daemons, sum(monitors) + daemons, started,
                removed)

    bench.race([each, residents, total, start, remove],
               {e.name: lambda e=e: sample(e) for e in bench.engines}, 1, 60)
