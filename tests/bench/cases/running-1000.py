"""1,000 running containers (peers: 50 unless --full): start, ps, the monitors' PSS, a round of stats"""
import os
import subprocess
import time
from pathlib import Path

from cases.memory import processes
from report import US, Measure

MANY, FEW, ROUNDS = 1000, 50, 5


def processor_ms(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def stats_us(engine, count):
    """Of one container in one round, every file open already; only where no daemon does the work."""
    if engine.residents or engine.ns:
        return None
    with subprocess.Popen([*engine.argv, "stats", "--format", "{{.Name}}"], env=engine.env,
                          stdout=subprocess.PIPE) as stats:
        lines = iter(stats.stdout.readline, b"")
        for _ in range(count):
            next(lines)
        before = processor_ms(stats.pid)
        for _ in range(count * ROUNDS):
            next(lines)
        used = processor_ms(stats.pid) - before
        stats.terminate()
        stats.stdout.read()
    return used * 1000 / ROUNDS / count


def measure(bench):
    start = Measure("start of one more container", "ms")
    ps = Measure("ps of all of them", "ms", hold=5)
    memory = Measure("PSS of the process beside each", "KB", hold=64)
    stats = Measure("processor time of stats, a container a round", "us", hold=50)

    def sample(engine):
        count = MANY if engine.name == US or bench.opt.full else FEW
        names, took = bench.start_many(engine, count, "crowd")
        try:
            time.sleep(1)
            monitors = processes(engine.monitor)
            listed = min(engine.time("ps") for _ in range(10))
            return (took / count, listed, sum(monitors) / max(1, len(monitors)),
                    stats_us(engine, count))
        finally:
            engine.remove(names)

    for one in start, ps, memory:
        one.notes.append(f"davit: {MANY} containers run, peers: {FEW} unless --full")
    bench.race([start, ps, memory, stats], {e.name: lambda e=e: sample(e) for e in bench.engines}, 1, 120)
