"""a container that writes 500 MB to its log, in 64 KB writes and in 100-byte lines; reading it back

The writer clocks itself. "bare reader": the same program, its output only read and forgotten.
"""
from statistics import median

import host
from engines import IMAGE
from host import TMP, Failed
from report import MORE, Measure

SHAPES = {"64 KB writes": 65536, "100-byte lines": 100}
BARE = "bare reader"


def pour(chunk, size, file):
    return ["guest", "pour", size, chunk, file]


def mb_per_s(size, ms):
    return size / 1e6 / (ms / 1000)


def bare(chunk, size):
    took = TMP / "pour-bare"
    host.timed([host.BUILT / "guest", *pour(chunk, size, took)[1:]], drain=True)
    return mb_per_s(size, int(took.read_text()) / 1e6)


def logged(bench, engine, chunk, size):
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
        bench.settle()


def measure(bench):
    size = bench.opt.log_mb * 1000 * 1000
    for shape, chunk in SHAPES.items():
        written = Measure(f"log written in {shape}", "MB/s", MORE,
                          1000 if chunk > 1000 else None)
        read = Measure(f"log of {shape} read back with `logs`", "MB/s", MORE, 1000)
        entries = {e.name: lambda e=e: logged(bench, e, chunk, size) for e in bench.engines}
        entries[BARE] = lambda: (bare(chunk, size), None)
        bench.race([written, read], entries, 3, 75)
        bench.publish(parts_of_bare(written, shape, 90 if chunk < 1000 else None))


def parts_of_bare(written, shape, hold):
    part = Measure(f"log written in {shape}, of what a bare reader takes", "%", MORE, hold)
    bare_median = median(written.samples[BARE])
    for name, samples in written.samples.items():
        if name != BARE:
            part.samples[name] = [100 * sample / bare_median for sample in samples]
    return part
