"""start and stop of a container whose process obeys SIGTERM at once"""
from engines import IMAGE
from report import Measure


def measure(bench):
    for e in bench.engines:
        e.call("create", "--network", "none", "--name", "obey", IMAGE, "guest", "obey")
    bench.race([Measure("start", "ms"), Measure("stop of a process that obeys", "ms")],
               {e.name: lambda e=e: (e.time("start", "obey"), e.time("stop", "obey"))
                for e in bench.engines}, bench.rounds(), 30)
    for e in bench.engines:
        e.remove(["obey"])
