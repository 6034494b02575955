"""ps -a with 1,000 stored containers; peers get 100 unless --full, for creating takes them minutes"""
import host
from engines import IMAGE
from report import US, Measure

MANY, FEW = 1000, 100


def fill(engine, count):
    names = [f"stored{n:04}" for n in range(count)]
    for name in names:
        engine.call("create", "--network", "none", "--name", name, IMAGE, "true")
    listed = len(engine.call("ps", "-aq").split())
    if listed < count:
        raise host.Failed(f"{engine.name} ps -aq lists {listed} of {count} containers")
    return names


def measure(bench):
    ps, created = Measure("ps -a", "ms", hold=3), {}
    try:
        for e in bench.engines:
            count = MANY if e.name == US or bench.opt.full else FEW
            try:
                created[e] = fill(e, count)
                ps.notes.append(f"{e.name}: {count} containers stored")
            except host.Failed as error:
                ps.dropped[e.name] = str(error)
        bench.race([ps], {e.name: lambda e=e: e.time("ps", "-a") for e in created},
                   bench.rounds(), 20)
    finally:
        for e, names in created.items():
            e.remove(names)
