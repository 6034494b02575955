"""what a user namespace costs: run --rm with --userns auto, and without, turn by turn

The floors are the least of all samples: what is left when nobody else was in the way.
"""
from engines import IMAGE
from report import Measure


def measure(bench):
    def pair(engine, *words):
        return (engine.time("run", "--rm", *words, "--userns", "auto", IMAGE, "true"),
                engine.time("run", "--rm", *words, IMAGE, "true"))

    davit = bench.engines[0]
    for network, words in ("none", ("--network", "none")), ("bridge", ()):
        with_ids = Measure(f"run --rm --userns auto, network {network}", "ms")
        without = Measure(f"run --rm, network {network}", "ms")
        costs = Measure(f"of which its ids cost, network {network}", "ms", hold=0.3)

        def sample():
            mapped, plain = pair(davit, *words)
            return mapped, plain, mapped - plain

        bench.race([with_ids, without, costs], {davit.name: sample}, bench.rounds(6), 30)
        floor = Measure(f"the same, floor against floor, network {network}", "ms", hold=0.3)
        floor.add(davit.name, min(with_ids.samples[davit.name]) - min(without.samples[davit.name]))
        bench.publish(floor)
