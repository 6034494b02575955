"""the screen while statistics move and builds run, with 50 and 1,000 containers; and a terminal that stalls

FEW of the containers stir without end, so that whatever is in view moves; more of them would leave two
processors no time for a screen, and less would be in view.
"""
import os
import threading
import time

from engines import IMAGE
from host import TMP, Failed
from meter import Meter
from report import US, Measure

FEW, MANY, KEYS, STALL_S, MOVING_S, SAMPLE_S = 50, 1000, 200, 30, 20, 2
PREFIX, QUESTION = "seat", b"\x1b[5n"
STEP = 'RUN i=0; while [ $i -lt 20000 ]; do i=$((i+1)); [ $((i % 500)) != 0 ] || echo line $i; done\n'


class Builds:
    """One build after another, none of whose steps is known, until it is left."""

    def __init__(self, engine):
        self.engine, self.over, self.count, self.trouble = engine, threading.Event(), 0, None
        self.at = TMP / "busy"
        self.at.mkdir(exist_ok=True)
        (self.at / "Dockerfile").write_text(f"FROM {IMAGE}\n" + 4 * STEP)
        self.thread = threading.Thread(target=self.build)

    def build(self):
        try:
            while not self.over.is_set():
                self.engine.call("build", "--no-cache", "--network", "none", "-t", "busy", self.at)
                self.count += 1
        except Failed as error:
            self.trouble = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def opened(engine):
    meter = Meter(["davit"], engine.env)
    if meter.until_shows(PREFIX.encode(), 10) is None:
        meter.close()
        raise Failed("davit does not paint")
    return meter


def keys(meter):
    """(p50, p99) in ms, down the list and up again; gaps off the beat of any clock."""
    times = []
    for n in range(KEYS):
        meter.collect(0.1 + 0.013 * (n % 7))
        answer = meter.press(b"j" if n % 20 < 12 else b"k")
        times += [answer[0]] if answer else []
    if len(times) < KEYS / 2:
        raise Failed(f"{KEYS - len(times)} of {KEYS} keys changed nothing on the screen")
    return percentile(times, 0.5), percentile(times, 0.99)


def moving(engine):
    """(first paint in ms, bytes a second, wake-ups a sampling interval, RSS in MB), all in view moving."""
    meter = Meter(["davit"], engine.env)
    try:
        paint = meter.until_shows(PREFIX.encode(), 10)
        meter.collect(3 * SAMPLE_S)
        switches, began = meter.switches(), time.monotonic()
        size = meter.collect(MOVING_S)
        seconds = time.monotonic() - began
        return (paint, size / seconds, (meter.switches() - switches) / seconds * SAMPLE_S,
                meter.rss_kb() / 1024)
    finally:
        meter.close()


def building(engine):
    """(p50, p99) of keys while builds run."""
    meter = opened(engine)
    try:
        meter.collect(3 * SAMPLE_S)
        with Builds(engine) as builds:
            answer = keys(meter)
        if builds.trouble or not builds.count:
            raise Failed(f"no build beside it: {builds.trouble or 'not one came to its end'}")
        return answer
    finally:
        meter.close()


def stalled(engine):
    """(frames that follow, bytes of them, ms until a container is stopped that was asked to meanwhile)

    A frame ends with a question that the terminal answers; nobody reads, so nobody answers.
    """
    meter = opened(engine)
    try:
        meter.collect(3 * SAMPLE_S)
        began = time.monotonic()
        os.write(meter.fd, b"sy")  # it asks, and is told blindly
        while len(engine.call("ps", "-q").split()) == FEW:
            if time.monotonic() > began + STALL_S:
                raise Failed("nothing is stopped while the terminal stalls")
            time.sleep(0.02)
        stopped = (time.monotonic() - began) * 1000
        for n in range(int(STALL_S / 0.25)):
            os.write(meter.fd, b"jk"[n % 2:n % 2 + 1])
            time.sleep(0.25)
        late = b""
        while True:  # what was sent, and nothing that an answer of ours would bring
            os.set_blocking(meter.fd, False)
            try:
                late += os.read(meter.fd, 1 << 16)
            except BlockingIOError:
                break
        return late.count(QUESTION), len(late), stopped
    finally:
        meter.close()


def start(engine, numbers, what):
    """Those that stir have the lower numbers: the list has them in view."""
    names = [f"{PREFIX}{n:04}" for n in numbers]
    for name in names:
        engine.call(*engine.run("-d", "--name", name, IMAGE, "guest", what))
    return names


def measure_with(bench, engine, count):
    what = f"{count:,} containers"
    bench.race([Measure(f"{what}: first paint", "ms", hold=30 if count == FEW else None),
                Measure(f"{what}, all in view moving: bytes", "B/s", hold=900),
                Measure(f"{what}, the same: wake-ups in 2 s", "", hold=3 if count == FEW else None),
                Measure(f"{what}, the same: RSS", "MB", hold=12)],
               {US: lambda: moving(engine)}, 1, 60)
    bench.race([Measure(f"{what}, moving, a build runs: key to first byte, p50", "ms", hold=2),
                Measure(f"{what}, moving, a build runs: key to first byte, p99", "ms", hold=8)],
               {US: lambda: building(engine)}, 1, 90)


def measure(bench):
    engine = bench.engine(US)
    if not engine:
        raise Failed(f"davit is not here: {bench.missing.get(US)}")
    names = []
    try:
        names += start(engine, range(FEW), "stir")
        measure_with(bench, engine, FEW)
        bench.race([Measure(f"a terminal stalls {STALL_S} s: frames that follow", "", hold=2),
                    Measure("the same: bytes of them", "B"),
                    Measure("the same: a stop asked for meanwhile is done after", "ms", hold=1000)],
                   {US: lambda: stalled(engine)}, 1, 60)
        engine.call("start", *names)
        names += start(engine, range(FEW, MANY), "obey")
        measure_with(bench, engine, MANY)
    finally:
        engine.remove(names)
