"""load of the same 400 MB in 20,000 files and 4 layers from a docker-archive"""
import host
from host import DISK, TMP
from report import US, Measure

NAME = "big:latest"


def engines_load(bench, engine, archive):
    bench.settle()
    ms = engine.time("load", "-q", "-i", archive)
    engine.forget(NAME)
    return ms


def davit_load(bench, engine, archive):
    bench.settle()
    root = DISK / "davit-load"
    ms = engine.elsewhere(root).time("load", "-q", "-i", archive)
    host.call(["rm", "-rf", "--one-file-system", root])
    return ms


def measure(bench):
    layout = TMP / "big"
    if not layout.exists():
        layout.symlink_to(host.big_image())
    archive = host.as_archive(layout, "big")
    entries = {}
    for e in bench.engines:
        load = davit_load if e.name == US else engines_load
        entries[e.name] = lambda e=e, load=load: load(bench, e, archive)
    bench.race([Measure("load, 4 layers, 400 MB, 20,000 files", "ms")], entries, 3, 60)
