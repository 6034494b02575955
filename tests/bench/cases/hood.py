"""under the hood on the real screen: opening it, and what looking at it costs

A container that does nothing, one of 50; the hood is read anew every two seconds. Timelines beside it.
"""
import re
import subprocess
import time

from engines import IMAGE
from host import Failed
from meter import Meter
from report import US, Measure

COUNT, OPENS, LOOK_S, STOP_S, SETTLE_S = 50, 15, 20, 14, 2
PREFIX = "hood"
BACK = b"q"


def opened(meter, key, mark):
    """Milliseconds from the key to the first byte of the tab, which is painted at once."""
    meter.seen = b""
    answer = meter.press(key, quiet_s=0.15)
    if not answer or mark not in meter.seen:
        raise Failed(f"{key.decode()} did not show {mark.decode()}")
    return answer[0]


def opening(meter, key, mark):
    ms = opened(meter, key, mark)
    meter.press(BACK, quiet_s=0.15)
    return ms


def looking(meter, key, mark):
    """(CPU in ms a second, bytes a second) while the tab is looked at and nothing changes."""
    opened(meter, key, mark)
    meter.collect(SETTLE_S)
    cpu, began = meter.cpu_ns(), time.monotonic()
    size = meter.collect(LOOK_S)
    seconds = time.monotonic() - began
    cost = (meter.cpu_ns() - cpu) / seconds / 1e6, size / seconds
    meter.press(BACK, quiet_s=0.15)
    return cost


def watching(meter, engine):
    """(CPU in ms a second, bytes a second) while a stop is watched that counts down."""
    opened(meter, b"H", b"Launch of")
    name = re.search(rb"Launch of (\w+)", meter.seen)[1].decode()
    stop = subprocess.Popen([*engine.argv, "stop", "-s", "URG", "-t", str(STOP_S), name],
                            env=engine.env, stdout=subprocess.DEVNULL)
    meter.collect(SETTLE_S)
    if b"Stop of" not in meter.seen:
        raise Failed("the stop does not show")
    cpu, began = meter.cpu_ns(), time.monotonic()
    size = meter.collect(STOP_S - 2 * SETTLE_S)
    seconds = time.monotonic() - began
    cost = (meter.cpu_ns() - cpu) / seconds / 1e6, size / seconds
    stop.wait()
    meter.press(BACK, quiet_s=0.15)
    return cost


def measure(bench):
    engine = bench.engine(US)
    if not engine:
        raise Failed(bench.missing.get(US, "davit is not here"))
    seats, _ = bench.start_many(engine, COUNT, PREFIX)
    meter = Meter(["davit"], engine.env)
    tabs = {"the hood": (b"h", b"Under the hood", 20, 5), "the timeline": (b"H", b"Launch of", 20, 5)}
    try:
        if meter.until_shows(PREFIX.encode(), 5) is None:
            raise Failed("the screen does not come up")
        meter.collect(SETTLE_S)
        meter.press(b"j")
        for what, (key, mark, open_ms, look_ms) in tabs.items():
            bench.race([Measure(f"{what} opens", "ms", hold=open_ms)],
                       {US: lambda key=key, mark=mark: opening(meter, key, mark)}, OPENS, 30)
            bench.race([Measure(f"{what} is looked at: CPU a second", "ms", hold=look_ms),
                        Measure(f"{what} is looked at: bytes", "B/s")],
                       {US: lambda key=key, mark=mark: looking(meter, key, mark)}, 1, 40)
        bench.race([Measure("a stop is watched: CPU a second", "ms", hold=5),
                    Measure("a stop is watched: bytes", "B/s", hold=400)],
                   {US: lambda: watching(meter, engine)}, 1, 40)
    finally:
        meter.close()
        engine.remove(seats)
