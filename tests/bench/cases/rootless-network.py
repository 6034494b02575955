"""an ordinary user's default network: run --rm, TCP out and in, and what the processes beside it take

The keeper is up, and a container of davit's that stays keeps pasta; the first start, which makes all
of it, is measured apart. Root's davit is in the same rounds.
"""
import subprocess
import time
from pathlib import Path

from cases.memory import processes
from cases.network import PORT, drain
from cases.rootless import OURS, users
from engines import IMAGE
from host import Failed
from report import MORE, US, Measure

PASTA = ("pasta", "pasta.avx2", "passt", "passt.avx2")
OUTSIDE = ["nsenter", "--net=/run/netns/outside"]


def run(engine, *words):
    return engine.time("run", "--rm", *words, IMAGE, "true")


def resident_kb(names):
    """RSS of the largest process called like one of them."""
    most = 0
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text().strip() in names:
                status = (comm.parent / "status").read_text()
                most = max(most, int(status.split("VmRSS:")[1].split()[0]))
        except (OSError, IndexError):
            continue  # it ended
    return most


def through_port(engine):
    engine.call("run", "-d", "--name", "net-serve", "-p", f"{PORT}:{PORT}", IMAGE, "guest", "serve",
                str(PORT))
    try:
        return drain(("192.0.2.1", PORT))
    finally:
        engine.call("rm", "-f", "net-serve")


def first(engine):
    """Ends what runs beside it, and starts all of it again."""
    engine.call("rm", "-f", "stays")
    end = time.monotonic() + 10
    while resident_kb(PASTA) and time.monotonic() < end:
        time.sleep(0.1)
    return engine.time("run", "-d", "--name", "stays", IMAGE, "guest", "obey")


def measure(bench):
    subprocess.run(["ip", "route", "replace", "default", "via", "192.0.2.2"], check=True)
    took = Measure("run --rm true, default network", "ms")
    speed = Measure("TCP through -p", "MB/s", MORE)
    entries = {US: bench.engine(US)}
    for name, make in users(bench):
        try:
            entries[name] = make()
            entries[name].call("load", "-i", bench.archive)
            entries[name].call(*entries[name].run("--rm", IMAGE, "true"))
            run(entries[name])
        except Failed as error:
            entries.pop(name, None)
            took.dropped[name] = str(error)
    ours = entries.get(OURS)
    if ours:
        ours.call("run", "-d", "--name", "stays", IMAGE, "guest", "obey")
    bench.race([took], {name: lambda e=e: run(e) for name, e in entries.items()}, bench.rounds(2), 60)
    bench.race([speed], {name: lambda e=e: through_port(e) for name, e in entries.items()}, 2, 40)
    if not ours:
        return
    pasta, uplink = Measure("RSS of pasta", "KB"), Measure("PSS of davit-uplink and its child", "KB")
    pasta.add(OURS, resident_kb(PASTA))
    uplink.add(OURS, sum(processes("davit-uplink") + processes("davit-space")))
    bench.publish(pasta)
    bench.publish(uplink)
    bench.race([Measure("run -d with the first network: pasta starts", "ms")],
               {OURS: lambda: first(ours)}, 3, 40)
    ours.call("rm", "-f", "stays")
