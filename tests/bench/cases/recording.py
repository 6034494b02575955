"""what it costs a launch that its steps, and later its end, are recorded with their clocks

The same davit, with recording on and with DAVIT_RECORD=off, in turn; who is first changes every round.
"""
from statistics import median, quantiles

from engines import IMAGE
from host import Failed
from report import US, Measure

ROUNDS_EACH = 20  # rounds here for each that --runs asks for: the difference is small
OFF = "davit, DAVIT_RECORD=off"


def silent(engine):
    """The same engine and the same store; nothing is recorded."""
    other = type(engine).__new__(type(engine))
    other.__dict__.update(engine.__dict__)
    other.env = {**engine.env, "DAVIT_RECORD": "off"}
    return other


def turns(bench, what, sample, rounds):
    """Both in turn; the time by the clock of each, and what recording adds in per cent."""
    measure = Measure(what, "ms")
    measure.case = bench.case
    for n in range(rounds):
        pair = [(US, False), (OFF, True)]
        for name, off in pair if n % 2 else reversed(pair):
            measure.add(name, sample(off))
    bench.publish(measure)
    on, off = measure.samples[US], measure.samples[OFF]
    pairs = sorted(a / b - 1 for a, b in zip(on, off))
    cost = Measure(f"{what}: what recording adds (median of the pairs)", "%", hold=2)
    cost.case = bench.case
    cost.add(US, max(0.0, median(pairs) * 100))
    tenths = [quantiles(times, n=10)[0] for times in (on, off)]
    ratios = {"the pairs": median(pairs), "the medians": median(on) / median(off) - 1,
              "the fastest tenths": tenths[0] / tenths[1] - 1, "the minimums": min(on) / min(off) - 1}
    cost.notes = [f"{rounds} rounds; of " + ", of ".join(
        f"{name} {ratio * 100:+.2f} %" for name, ratio in ratios.items())]
    bench.publish(cost)


def measure(bench):
    engine = bench.engine(US)
    if not engine:
        raise Failed(bench.missing.get(US, "davit is not here"))
    both = {False: engine, True: silent(engine)}
    rounds = max(20, bench.opt.runs * ROUNDS_EACH)
    turns(bench, "run --rm --network none true",
          lambda off: both[off].time(*both[off].run("--rm", IMAGE, "true")), rounds)
    names = {False: "recorded", True: "unrecorded"}
    for off, name in names.items():
        both[off].call("create", "--network", "none", "--name", name, IMAGE, "true")
    try:
        turns(bench, "start -a of a container that is kept",
              lambda off: both[off].time("start", "-a", names[off]), rounds)
    finally:
        engine.remove(names.values())
