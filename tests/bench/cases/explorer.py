"""the layer explorer on images of 51,000 files in 10 layers and 200,000 in 40, at 120x40

Nobody else's is here: dive unpacks a `save` first and was not to be had. Times are from our side of the
pseudo-terminal: from the key to the last byte of what it changed on the screen.
"""
import hashlib
import io
import json
import os
import re
import tarfile
import time
from pathlib import Path

from host import DISK, TMP, Failed
from meter import Meter
from report import US, Measure

IMAGES = (("51,000 files", 51000, 10, 50), ("200,000 files", 200000, 40, 300))
QUIET_S = 0.12


def layer(number, files, lower):
    """New files, one in twenty of the lower layers' changed or deleted, one directory opaque."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        def add(name, text, mode=0o644):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(text), mode
            tar.addfile(info, io.BytesIO(text))
        for n in range(files):
            add(f"usr/lib/p{number:02}-{n // 40:04}/f{n % 40:02}", b"%d %d\n" % (number, n))
        for n in range(0, files // 20 if lower else 0):
            name = f"usr/lib/p{lower - 1:02}-{n // 40:04}"
            add(f"{name}/f{n % 40:02}" if n % 3 else f"{name}/.wh.f{n % 40:02}", b"" if n % 3 == 0 else b"new\n")
        if lower:
            add(f"usr/lib/p{lower - 1:02}-0099/.wh..wh..opq", b"")
    return data.getvalue()


def archive(name, files, layers):
    path, blobs = TMP / f"{name}.tar", [layer(n, files // layers, n) for n in range(layers)]
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(b).hexdigest() for b in blobs]},
        "history": [{"created_by": f"RUN step {n}"} for n in range(layers)]}).encode()
    with tarfile.open(path, "w") as tar:
        def add(inner, data):
            info = tarfile.TarInfo(inner)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for n, blob in enumerate(blobs):
            add(f"{n}/layer.tar", blob)
        add("config.json", config)
        add("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": [f"{name}:1"],
                                          "Layers": [f"{n}/layer.tar" for n in range(layers)]}]).encode())
    return path


def until_quiet(meter, key, quiet_s=QUIET_S):
    """(ms to the first byte, ms to the last, bytes)."""
    began = time.monotonic()
    os.write(meter.fd, key)
    first = last = meter.read(began + 3)
    if first is None:
        raise Failed(f"{key!r} changes nothing on the screen")
    size = first[1]
    while (got := meter.read(time.monotonic() + quiet_s)) is not None:
        last, size = got, size + got[1]
    return (first[0] - began) * 1000, (last[0] - began) * 1000, size


def opened(us, wanted):
    """The explorer of an image, and the milliseconds until its tree, with sums, was on the screen."""
    meter = Meter(["davit"], us.env or os.environ)
    if meter.until_shows(b"Containers", 5) is None:
        raise Failed("davit does not paint")
    meter.collect(0.3)
    until_quiet(meter, b"2")
    for letter in b"/", *(bytes([c]) for c in wanted.encode()), b"\r":
        os.write(meter.fd, letter)
    meter.collect(0.3)
    meter.seen, began = b"", time.monotonic()
    os.write(meter.fd, b"\r")
    while b"Merged to" not in meter.seen or b"usr" not in meter.seen:
        got = meter.read(began + 5)
        if got is None:
            raise Failed("the explorer does not open")
        last = got[0]
    return meter, (last - began) * 1000


def open_once(us, name):
    meter, ms = opened(us, name)
    meter.close()
    return ms


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def own_rss_mb(meter):
    """What is resident, less the mapped indexes, which the page cache has anyway."""
    total = mapped = 0
    index = False
    for line in Path(f"/proc/{meter.pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            index = line.endswith("/index")
        elif line.startswith("Rss:"):
            total += int(line.split()[1])
            mapped += int(line.split()[1]) if index else 0
    return (total - mapped) / 1024


def session(us, name):
    meter, _ = opened(us, name)
    try:
        meter.collect(1)
        after_open = own_rss_mb(meter)
        os.write(meter.fd, b"ll")  # into usr, lib
        meter.collect(0.3)
        os.write(meter.fd, b"ll")
        meter.collect(0.3)
        steps = [until_quiet(meter, b"," if n < 6 else b".")[1] for n in range(12)]
        moves = [until_quiet(meter, b"j" if n % 20 < 12 else b"k", 0.03) for n in range(100)]
        os.write(meter.fd, b"/")
        meter.collect(0.2)
        typed = [until_quiet(meter, bytes([c])) for c in b"f07"]
        return (percentile(steps, 0.5), max(steps), percentile([m[0] for m in moves], 0.5),
                percentile([m[1] for m in moves], 0.95), percentile([m[2] for m in moves], 0.5),
                max(t[0] for t in typed), max(t[1] for t in typed), after_open, own_rss_mb(meter))
    finally:
        meter.close()


def measure(bench):
    us = next(e for e in bench.engines if e.name == US).elsewhere(DISK / "davit-explorer")
    for what, files, layers, hold in IMAGES:
        name = f"files{files // 1000}"
        us.call("load", "-q", "-i", archive(name, files, layers))
        bench.race([Measure(f"{what}: open, to the tree with its sums", "ms", hold=hold)],
                   {US: lambda name=name: open_once(us, name)}, 7, 30)
        bench.race([Measure(f"{what}: one layer more or less, p50", "ms", hold=50),
                    Measure(f"{what}: the same, slowest of 12", "ms"),
                    Measure(f"{what}: cursor, first byte p50", "ms", hold=2),
                    Measure(f"{what}: cursor, last byte p95", "ms", hold=8),
                    Measure(f"{what}: cursor, bytes", "B", hold=1000),
                    Measure(f"{what}: search, first rows after a letter", "ms"),
                    Measure(f"{what}: search, all rows after a letter", "ms"),
                    Measure(f"{what}: RSS less mapped indexes, opened", "MB", hold=12),
                    Measure(f"{what}: the same, after a search for everything", "MB")],
                   {US: lambda name=name: session(us, name)}, 1, 60)
