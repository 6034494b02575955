"""pull of 400 MB in 20,000 files and 4 gzip layers from docker-registry on loopback

"skopeo to a directory" only fetches and checks: the floor. What was written before is synced
between the turns, so nobody pays for the one before.
"""
import host
from engines import IMAGE, Program
from host import DISK, REGISTRY, RUN
from report import US, Measure

NAME = f"{REGISTRY}/big:latest"


def engines_pull(bench, engine, *flags):
    bench.settle()
    ms = engine.time("pull", "-q", *engine.insecure, *flags, NAME)
    engine.forget(NAME)
    return ms


def davit_pull(bench, engine, *flags):
    """Into a new store each time: removing an image is not what is measured."""
    bench.settle()
    root = DISK / "davit-pull"
    ms = engine.elsewhere(root).time("pull", *flags, NAME)
    host.call(["rm", "-rf", "--one-file-system", root])
    return ms


def ctr_pull(bench, ctr):
    bench.settle()
    ms = ctr.time("images", "pull", "--plain-http", NAME)
    ctr.call("images", "rm", "--sync", NAME)
    return ms


def skopeo_copy(bench):
    bench.settle()
    at = DISK / "skopeo"
    ms, _ = host.timed(["skopeo", "copy", "-q", "--insecure-policy", "--src-tls-verify=false",
                        f"docker://{NAME}", f"dir:{at}"])
    host.call(["rm", "-rf", "--one-file-system", at])
    return ms


def contestants(bench):
    entries = {}
    for e in bench.engines:
        pull = davit_pull if e.name == US else engines_pull
        entries[e.name] = lambda e=e, pull=pull: pull(bench, e)
        if e.name == US:
            entries["davit --sync"] = lambda e=e: davit_pull(bench, e, "--sync")
    ctr = bench.peer("containerd", ["ctr", "-a", RUN / "docker/containerd/containerd.sock",
                                    "-n", "bench"])
    if ctr and bench.engine("docker"):
        entries["containerd (ctr)"] = lambda: ctr_pull(bench, ctr)
    buildah = bench.peer("buildah", ["buildah", "--root", DISK / "buildah", "--runroot",
                                     RUN / "buildah", "--storage-driver", "overlay"])
    if buildah:
        buildah.insecure = ("--tls-verify=false",)
        buildah.forget = lambda image: buildah.call("rmi", "-f", image)
        entries["buildah"] = lambda: engines_pull(bench, buildah)
    if "skopeo" in bench.found:
        entries["skopeo to a directory"] = lambda: skopeo_copy(bench)
    return entries


def measure(bench):
    layout = host.big_image()
    bench.processes.append(host.start_registry())
    host.call(["skopeo", "copy", "-q", "--insecure-policy", "--dest-tls-verify=false",
               f"oci:{layout}:latest", f"docker://{NAME}"])
    bench.race([Measure("pull, 4 gzip layers, 400 MB, 20,000 files", "ms")], contestants(bench), 3, 100)
