"""the screen with 50 containers: first paint, keys, bytes, and what it costs when idle

Idle is when nothing changes: "Up 7 seconds" does, "Up About a minute" does not for a minute.
"""
import os
import time

from engines import IMAGE
from host import DISK, Failed
from meter import Meter
from report import US, Measure

COUNT, PAINTS, KEYS, SETTLE_S = 50, 7, 200, 1.5
SIZES, MOVES, HIDDEN_S = ((80, 24), (120, 40), (200, 60)), 20, 20
FIGURES = 7
CALM_S, IDLE_S = 63, 30  # 50 containers of about the same age: calm from 60 to 120 seconds of it
PREFIX = "seat"


def screens(bench):
    """Name → (argv, environment, a text that only a painted screen has)."""
    found = {}
    for name, argv in (US, ["davit"]), ("docker", ["lazydocker"]):
        engine = bench.engine(name)
        if engine and (name == US or argv[0] in bench.found):
            engine.seats, _ = bench.start_many(engine, COUNT, PREFIX)
            found[argv[0]] = (argv, engine.env, PREFIX.encode())
    if "htop" in bench.found:
        found["htop (no containers)"] = (["htop"], None, b"PID")
    return found


def paint(argv, env, mark, size=(120, 40)):
    """A screen that has painted, and the milliseconds it took."""
    meter = Meter(argv, env or os.environ, *size)
    try:
        ms = meter.until_shows(mark, 5)
    except EOFError:
        ms = None
    if ms is None:
        text = meter.seen[-200:].decode(errors="replace").strip()
        meter.close()
        raise Failed(f"{argv[0]} does not paint {mark.decode()}: {text!r}")
    return meter, ms


def first_paint(screen):
    meter, ms = paint(*screen)
    meter.close()
    return ms


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def keys(meter):
    """(p50, p99 in ms; bytes a move), down the list and up again; gaps off the beat of any clock."""
    times, sizes = [], []
    for n in range(KEYS):
        meter.collect(0.1 + 0.013 * (n % 7))
        answer = meter.press(b"j" if n % 20 < 12 else b"k")
        if answer:
            times.append(answer[0])
            sizes.append(answer[1])
    if len(times) < KEYS / 2:
        raise Failed(f"{KEYS - len(times)} of {KEYS} keys changed nothing on the screen")
    return percentile(times, 0.5), percentile(times, 0.99), percentile(sizes, 0.5)


def idle(meter, born):
    """(CPU in per cent, bytes a second, wake-ups a second) while nothing changes."""
    meter.collect(max(0, born + CALM_S - time.monotonic()))
    cpu, switches, began = meter.cpu_ns(), meter.switches(), time.monotonic()
    size = meter.collect(IDLE_S)
    seconds = time.monotonic() - began
    return ((meter.cpu_ns() - cpu) / seconds / 1e7, size / seconds,
            (meter.switches() - switches) / seconds)


def session(screen, born):
    meter, _ = paint(*screen)
    try:
        meter.collect(SETTLE_S)
        return (*keys(meter), *idle(meter, born), meter.rss_kb() / 1024)
    except EOFError:
        raise Failed(f"{screen[0][0]} ended in the middle") from None
    finally:
        meter.close()


def moves(screen, size):
    """Bytes a cursor move, everything counted that comes until the cursor has rested."""
    meter, _ = paint(*screen, size)
    try:
        meter.collect(3 * SETTLE_S)
        sizes = [meter.press(b"j", quiet_s=0.3) for _ in range(MOVES)]
        return percentile([answer[1] for answer in sizes if answer], 0.5)
    finally:
        meter.close()


def figure_moves(screen, size):
    """Bytes of a move from box to box in all figures: (the median, the most)."""
    meter, _ = paint(*screen, size)
    try:
        meter.collect(SETTLE_S)
        meter.press(b"#", quiet_s=0.3)
        sizes = []
        for _ in range(FIGURES):
            answers = [meter.press(key) for key in (b"j", b"j", b"j", b"k", b"k")]
            sizes += [answer[1] for answer in answers if answer]
            meter.press(b"]", quiet_s=0.3)
        return percentile(sizes, 0.5), max(sizes)
    finally:
        meter.close()


def at_rest(meter):
    """(bytes a second, wake-ups a second) while nothing is pressed."""
    switches, began = meter.switches(), time.monotonic()
    size = meter.collect(HIDDEN_S)
    seconds = time.monotonic() - began
    return size / seconds, (meter.switches() - switches) / seconds


def nothing_runs(engine):
    """(bytes a second, wake-ups a second) of the same screen over an empty store."""
    meter, _ = paint(["davit"], engine.env, b"Containers")
    try:
        meter.collect(6 + SETTLE_S)  # a sentence at the start is shown for five seconds
        return at_rest(meter)
    finally:
        meter.close()


def hidden(screen):
    """(bytes a second, wake-ups a second) in a view without statistics, while all of them run."""
    meter, _ = paint(*screen)
    try:
        meter.collect(SETTLE_S)
        meter.press(b"2")
        meter.collect(2 * SETTLE_S)
        return at_rest(meter)
    finally:
        meter.close()


def alone(bench, screen):
    """What only davit is asked: others have no view without statistics, and know one size."""
    for size in SIZES:
        name = "x".join(map(str, size))
        bench.race([Measure(f"bytes per cursor move with what follows, {name}", "B", hold=400)],
                   {US: lambda size=size: moves(screen, size)}, 1, 30)
        bench.race([Measure(f"bytes per move in a figure, {name}", "B", hold=400),
                    Measure("the most, which may scroll", "B", hold=400 if size[0] > 80 else None)],
                   {US: lambda size=size: figure_moves(screen, size)}, 1, 60)
    empty = bench.engine(US).elsewhere(DISK / "davit-still")
    bench.race([Measure("nothing runs: bytes", "B/s", hold=0),
                Measure("nothing runs: wake-ups", "/s", hold=0)],
               {US: lambda: nothing_runs(empty)}, 1, 40)
    bench.race([Measure("statistics hidden: bytes", "B/s", hold=0),
                Measure("statistics hidden: wake-ups", "/s", hold=0)],
               {US: lambda: hidden(screen)}, 1, 40)


def measure(bench):
    found = screens(bench)
    if not found:
        raise Failed(f"neither davit ({bench.missing.get(US)}) nor another screen is here")
    born = time.monotonic()
    try:
        bench.race([Measure(f"first paint with {COUNT} containers", "ms", hold=30)],
                   {n: lambda s=s: first_paint(s) for n, s in found.items()}, PAINTS, 40)
        bench.race([Measure("key to first byte, p50", "ms", hold=2),
                    Measure("key to first byte, p99", "ms", hold=8),
                    Measure("bytes per cursor move", "B", hold=400),
                    Measure("idle CPU", "%", hold=0.1), Measure("idle bytes", "B/s", hold=0),
                    Measure("idle wake-ups", "/s"), Measure("RSS", "MB", hold=12)],
                   {n: lambda s=s: session(s, born) for n, s in found.items()}, 1, 120)
        if US in found:
            alone(bench, found[US])
    finally:
        for engine in bench.engines:
            engine.remove(getattr(engine, "seats", []))
