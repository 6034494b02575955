"""the screen on one large log (--log-mb) at 120x40: opening, jumping, searching, filtering

The log is made on disk as a monitor leaves it, raw bytes and an index: writing it through a container
would take longer than all that is measured.
"""
import os
import re
import struct
import time
from pathlib import Path

from engines import IMAGE
from host import Failed
from meter import Meter
from report import MORE, US, Measure

NAME, PART, MARK_EVERY, DAY_NS = "seat-log", 16 << 20, 4096, 86400 * 10**9
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
LEVELS = ("INFO", "INFO", "INFO", "WARN", "INFO", "INFO", "DEBUG", "INFO", "ERROR", "INFO")


def lines(size):
    part, n = bytearray(), 0
    while len(part) < size:
        part += b"%s request %d served GET /orders/%d 200 in %d ms by worker-%d\n" % (
            LEVELS[n % 10].encode(), n, n * 7, n % 100, n % 8)
        n += 1
    return bytes(part)


def make_log(at, size):
    """A day's log of about that size, its last line known."""
    part = lines(PART)
    with open(at / "log", "wb") as file:
        for _ in range(max(1, size // len(part))):
            file.write(part)
        file.write(b"the very last line has a needle in it\n")
    size, began = (at / "log").stat().st_size, time.time_ns() - DAY_NS
    with open(at / "log.index", "wb") as file:
        file.write(struct.pack("<8sIIQQ4Q", b"davlog1\n", 1, 0, 0, 0, 0, 0, 0, 0))
        for first in range(0, size, MARK_EVERY << 14):
            file.write(b"".join(
                struct.pack("<QQ", offset << 2 | 1, began + DAY_NS * offset // size)
                for offset in range(first, min(size, first + (MARK_EVERY << 14)), MARK_EVERY)))
    return size


class Session:
    """The Logs tab, open at the log's end."""

    def __init__(self, argv, env):
        self.meter = Meter(argv, env)
        if self.meter.until_shows(NAME.encode(), 10) is None:
            raise Failed("the container is not on the screen")
        self.meter.collect(0.5)

    def ms_until(self, keys, shows, patience_s):
        """From the key to the text on the screen."""
        self.meter.collect(0.3)
        at, began = len(self.meter.seen), time.monotonic()
        os.write(self.meter.fd, keys)
        while time.monotonic() < began + patience_s:
            if self.meter.read(began + patience_s) is None:
                break
            if re.search(shows, ESCAPES.sub(b"", self.meter.seen[at:])):
                return (time.monotonic() - began) * 1000
        raise Failed(f"{keys!r} does not show {shows!r} within {patience_s} s")

    def ms_of(self, keys):
        """To the first byte of the answer, which is one write."""
        self.meter.collect(0.3)
        answer = self.meter.press(keys)
        if not answer:
            raise Failed(f"{keys!r} changes nothing on the screen")
        return answer[0]

    def busy_key_ms(self):
        """The slowest but one of twenty keys, while it looks through the log."""
        times = []
        for _ in range(20):
            self.meter.collect(0.03)
            answer = self.meter.press(b"w", 0.01)
            times += [answer[0]] if answer else []
        return sorted(times)[-2]


def measured(engine, size):
    session = Session(["davit"], engine.env)
    try:
        opened = session.ms_until(b"l", rb"Logs", 5)
        first, last = session.ms_of(b"g"), session.ms_of(b"G")
        session.ms_of(b"T6h")
        since = session.ms_of(b"\r")
        rss = session.meter.rss_kb()
        session.ms_of(b"G")
        cpu_ns = session.meter.cpu_ns()
        searched = session.ms_until(b"/absen[tx]\r", rb"no match", 300)
        cpu_ns = session.meter.cpu_ns() - cpu_ns
        os.write(session.meter.fd, b"\x1b")
        session.meter.collect(0.2)
        shown = session.ms_until(b"&level:error\r", rb"shown of", 20)
        keys = session.busy_key_ms()
        session.meter.collect(10)
        return (opened, first, last, since, shown, size / 1e3 / searched, size * 1e3 / cpu_ns, keys,
                (session.meter.rss_kb() - rss) / 1024)
    except EOFError:
        raise Failed("davit ended in the middle") from None
    finally:
        session.meter.close()


def measure(bench):
    engine = bench.engine(US)
    if not engine:
        raise Failed(f"davit is not here: {bench.missing.get(US)}")
    engine.call(*engine.run("--name", NAME, IMAGE, "true"))
    try:
        ident = engine.call("inspect", "--format", "{{.Id}}", NAME).strip()
        size = make_log(Path(engine.env["DAVIT_ROOT"]) / "containers" / ident, bench.opt.log_mb * 10**6)
        what = f"of a log of {size // 10**6} MB"
        bench.race([Measure(f"end {what} on the screen", "ms", hold=50),
                    Measure("its beginning (g)", "ms", hold=50), Measure("its end (G)", "ms", hold=50),
                    Measure("six hours ago (T)", "ms", hold=50),
                    Measure("first screen of a filter", "ms"),
                    Measure("searching all of it", "MB/s", MORE),
                    Measure("searching all of it, by processor time", "MB/s", MORE, 1000),
                    Measure("key to first byte while filtering, p95", "ms", hold=16),
                    Measure("memory that grows by all that", "MB", hold=4)],
                   {US: lambda: measured(engine, size)}, 3, 240)
    finally:
        engine.remove([NAME])
