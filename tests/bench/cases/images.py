"""images with 1,000 stored images (peers get 100 unless --full), and an image of 20,000 files looked into"""
import hashlib
import io
import json
import tarfile

import host
from host import DISK, TMP
from report import US, Measure

MANY, FEW = 1000, 100
BIG = "big:latest"


def add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def archive_of(count):
    """A docker-archive of that many images: a config each, and one layer for all."""
    path = TMP / f"images-{count}.tar"
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        add(tar, "file", b"content\n")
    diff_id = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
    manifest = []
    with tarfile.open(path, "w") as tar:
        add(tar, "layer.tar", layer.getvalue())
        for n in range(count):
            config = json.dumps({
                "architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z",
                "config": {"Env": ["PATH=/bin"], "Labels": {"number": str(n)}},
                "rootfs": {"type": "layers", "diff_ids": [diff_id]},
                "history": [{"created": "2024-01-01T00:00:00Z", "created_by": f"number {n}"}]}).encode()
            name = hashlib.sha256(config).hexdigest() + ".json"
            add(tar, name, config)
            manifest.append({"Config": name, "RepoTags": [f"stored{n:04}:1"], "Layers": ["layer.tar"]})
        add(tar, "manifest.json", json.dumps(manifest).encode())
    return path


def measure_list(bench):
    listed, filled = Measure("images", "ms", hold=5), {}
    for e in bench.engines:
        count = MANY if e.name == US or bench.opt.full else FEW
        own = e.elsewhere(DISK / "davit-images") if e.name == US else e
        try:
            own.call("load", "-q", "-i", archive_of(count))
            if len(set(own.call("images", "-q").split())) < count:
                raise host.Failed(f"{e.name} does not list {count} images")
            filled[e.name] = own
            listed.notes.append(f"{e.name}: {count} images stored")
        except host.Failed as error:
            listed.dropped[e.name] = str(error)
    bench.race([listed], {name: lambda own=own: own.time("images") for name, own in filled.items()},
               bench.rounds(), 20)


def measure_files(bench):
    """Nobody else answers these: dive reads a whole `save` first."""
    us = next(e for e in bench.engines if e.name == US).elsewhere(DISK / "davit-files")
    us.call("load", "-q", "-i", host.big_image())
    image = us.call("images", "-q", "--no-trunc").split()[0]
    some = [line for line in us.call("image", "tree", "--depth", "0", "--format", "json", image).splitlines()
            if '"Type":"file"' in line]
    path = json.loads(some[len(some) // 2])["Path"]
    for what, words, hold in (("why", [path], 10), ("tree --depth 1", [], 50), ("waste", [], 50)):
        bench.race([Measure(f"image {what}, {len(some)} files", "ms", hold=hold)],
                   {US: lambda words=words, what=what: us.time("image", *what.split(), image, *words)},
                   bench.rounds(), 5)


def measure(bench):
    measure_list(bench)
    measure_files(bench)
