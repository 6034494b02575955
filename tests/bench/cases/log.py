"""a container that writes 500 MB to its log, in 64 KB writes and in 100-byte lines; reading it back

The writer clocks itself. "bare reader": the same program, its output only read and forgotten.
"""
import host
from engines import IMAGE
from host import TMP, Failed
from report import MORE, US, Measure
from statistics import median

SHAPES = {"64 KB writes": 65536, "100-byte lines": 100}
BARE, PART = "bare reader", 0.9


def pour(chunk, size, file):
    return ["guest", "pour", size, chunk, file]


def mb_per_s(size, ms):
    return size / 1e6 / (ms / 1000)


def bare(chunk, size):
    took = TMP / "pour-bare"
    host.timed([host.BUILT / "guest", *pour(chunk, size, took)[1:]], drain=True)
    return mb_per_s(size, int(took.read_text()) / 1e6)


def logged(engine, chunk, size):
    """(MB/s written, MB/s read back); every byte must be there."""
    at = TMP / f"pour-{engine.name}"
    at.mkdir(exist_ok=True)
    try:
        engine.call(*engine.run("-d", "--name", "pour", "-v", f"{at}:/out", IMAGE,
                                *pour(chunk, size, "/out/took")))
        if engine.call("wait", "pour").strip() != "0":
            raise Failed("the writer failed")
        ms, got = engine.time("logs", "pour", drain=True)
        if got != size:
            raise Failed(f"logs gave {got} of {size} bytes")
        return mb_per_s(size, int((at / "took").read_text()) / 1e6), mb_per_s(size, ms)
    finally:
        engine.remove(["pour"])
        bench_settle()


def bench_settle():
    host.call(["sync", "-f", host.DISK])


def measure(bench):
    size = bench.opt.log_mb * 1000 * 1000
    for shape, chunk in SHAPES.items():
        written = Measure(f"log written in {shape}", "MB/s", MORE,
                          1000 if chunk > 1000 else None)
        read = Measure(f"log of {shape} read back with `logs`", "MB/s", MORE, 1000)
        entries = {e.name: lambda e=e: logged(e, chunk, size) for e in bench.engines}
        entries[BARE] = lambda: (bare(chunk, size), None)
        bench.race([written, read], entries, 3, 75)
        if US in written.samples and BARE in written.samples:
            part = median(written.samples[US]) / median(written.samples[BARE])
            print(f"  note: davit takes {part:.0%} of what a bare reader takes")
