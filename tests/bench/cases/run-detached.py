"""a container that is left running: run -d --network none IMAGE sleep; its removal is not timed"""
from engines import IMAGE
from report import Measure


def detached(engine):
    ms = engine.time(*engine.run("-d", "--name", "detached", IMAGE, "guest", "obey"))
    engine.remove(["detached"])
    return ms


def measure(bench):
    bench.race([Measure("run -d --network none", "ms", hold=3)],
               {e.name: lambda e=e: detached(e) for e in bench.engines}, bench.rounds(), 30)
