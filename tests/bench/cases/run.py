"""a container that does nothing, from nothing to gone: run --rm --network none IMAGE true

crun and runc are given the unpacked file system and only run it.
"""
from engines import IMAGE
from report import Measure


def measure(bench):
    entries = {e.name: lambda e=e: e.time(*e.run("--rm", IMAGE, "true")) for e in bench.engines}
    for r in bench.runtimes:
        entries[r.name] = lambda r=r: r.time("run", "--bundle", r.bundle, "bench-run")
    bench.race([Measure("run --rm --network none true", "ms", hold=3)], entries,
               bench.rounds(), 40)
