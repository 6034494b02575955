"""host.py - what the engines stand on: commands, a mount namespace, images, a registry."""
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "out/bench"        # what make and an earlier run left
DISK = Path("/var/lib/davit")     # the sandbox's fresh ext4: the store of every engine is on it
RUN = Path("/run/bench")          # sockets and run roots, on a tmpfs
TMP = Path("/tmp/bench")          # images and the registry, on a tmpfs
REGISTRY = "127.0.0.1:5000"
PATIENCE_S = 180                  # no single command takes longer, or something hangs


class Failed(Exception):
    """A command that did not do what it should; its text is for the report."""


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no message"


def call(argv, env=None, code=0, **more):
    """Runs argv, not timed; its stdout. Files, not pipes: a monitor that stays may hold them."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=err, env=env, timeout=PATIENCE_S, **more)
        except subprocess.TimeoutExpired:
            raise Failed(f"{Path(argv[0]).name}: not done after {PATIENCE_S} s") from None
        except OSError as error:
            raise Failed(f"{argv[0]}: {error.strerror}") from None
        text = [f.seek(0) or f.read().decode(errors="replace") for f in (out, err)]
    if done.returncode != code:
        raise Failed(f"{' '.join(map(str, argv[-4:]))}: ended with {done.returncode}: "
                     f"{last_line(text[1])}")
    return text[0]


def metered(argv, env=None, ns=None, drain=False):
    """Runs argv below the C timer: (milliseconds, bytes printed, KB of memory at most)."""
    words = [BUILT / "timer"]
    words += ["--in", ns] if ns else []
    words += ["--drain"] if drain else []
    ns_text, size, memory = call([*words, *argv], env).split()
    return int(ns_text) / 1e6, int(size), int(memory)


def timed(argv, env=None, ns=None, drain=False):
    """(milliseconds, bytes printed)"""
    return metered(argv, env, ns, drain)[:2]


def end(process, patience_s=20):
    """Ends a process that we started, and no other: by its pidfd."""
    if process.poll() is not None:
        return
    fd = os.pidfd_open(process.pid)
    for sig in signal.SIGTERM, signal.SIGKILL:
        signal.pidfd_send_signal(fd, sig)
        try:
            process.wait(patience_s)
            break
        except subprocess.TimeoutExpired:
            continue
    os.close(fd)


def wait_until(ready, what, patience_s=30):
    until = time.monotonic() + patience_s
    while not ready():
        if time.monotonic() > until:
            raise Failed(f"{what} is not ready after {patience_s} s")
        time.sleep(0.05)


def machine():
    release = Path("/etc/os-release").read_text()
    names = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    cpu = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
           if line.startswith("model name")]
    return {"kernel": platform.release(), "cores": os.cpu_count(),
            "cpu": cpu[0] if cpu else platform.machine(),
            "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') >> 20} MB",
            "system": names.get("PRETTY_NAME", "?").strip('"')}


class MountNamespace:
    """Where the peers live, so that what they mount and what they need hidden is not davit's.

    crun 1.8 refuses a hybrid host that left a controller on v2: there it finds none.
    """

    def __init__(self):
        empty = RUN / "empty"
        empty.touch()
        hide = "/sys/fs/cgroup/unified/cgroup.controllers"
        script = f'[ ! -e {hide} ] || mount --bind {empty} {hide}; echo; exec sleep infinity'
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.path = f"/proc/{self.holder.pid}/ns/mnt"

    def wrap(self, argv):
        return ["nsenter", f"--mount={self.path}", "--wdns=/", *argv]


# ---- images ----

def make_image(layout, *layers, **options):
    words = [ROOT / "tests/support/make-image", layout]
    for name, value in options.items():
        words += [f"--{name}", value]
    for layer in layers:
        words += ["--layer", *layer]
    call(words, cwd=layout.parent)


def as_archive(layout, name):
    """The same image as a docker-archive, which every engine loads."""
    archive = layout.with_suffix(".tar")
    call(["skopeo", "copy", "-q", "--insecure-policy", f"oci:{layout}:latest",
          f"docker-archive:{archive}:{name}:latest"])
    return archive


def small_image():
    """busybox and guest.c: what is run. The layout's directory."""
    layout = TMP / "small"
    make_image(layout, ["busybox", f"bin/guest=@{BUILT}/guest%755"], cmd="sh", env="PATH=/bin")
    return layout


def rootfs_of(layout, at):
    """The image's layers, unpacked by tar; for runtimes, which know no images."""
    def blob(descriptor):
        return layout / "blobs" / descriptor["digest"].replace(":", "/")
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(blob(index["manifests"][0]).read_text())
    at.mkdir(parents=True)
    for layer in manifest["layers"]:
        call(["tar", "-xzf", blob(layer), "-C", at])


LAYERS, FILES_A_LAYER = 4, 5000


def pool_of_texts(at, rng):
    """64 files of words, 200 bytes to 130 KB: 20 KB on average, and they compress like source."""
    words = ["".join(rng.choices("etaoinshrdlu_(){};=0123", k=rng.randint(2, 9)))
             for _ in range(4000)]
    at.mkdir()
    for n in range(64):
        size = int(200 * 650 ** (n / 63))
        text = " ".join(rng.choices(words, k=size // 5))[:size]
        (at / f"p{n}").write_text(text)


def big_image():
    """400 MB in 20,000 files and 4 layers, for pull and load; made once and then kept in out/."""
    layout = BUILT / "big"
    if (layout / "index.json").exists():
        return layout
    shutil.rmtree(layout, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
        scratch, rng = Path(scratch), random.Random(1)
        pool_of_texts(scratch / "t", rng)
        layers = []
        for n in range(LAYERS):
            dirs = [f"srv/l{n}d{d}/" for d in range(100)]
            files = [f"srv/l{n}d{f % 100}/f{f}=@t/p{rng.randrange(64)}"
                     for f in range(FILES_A_LAYER)]
            layers.append(["srv/", *dirs, *files])
        make_image(scratch / "big", *layers)
        (scratch / "big").rename(layout)
    return layout


def start_registry():
    """The real docker-registry on loopback."""
    if not shutil.which("docker-registry"):
        raise Failed("docker-registry is not installed")
    config = TMP / "registry.yml"
    config.write_text(f"""\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {TMP}/registry}}, delete: {{enabled: true}}}}
http: {{addr: "{REGISTRY}"}}
""")
    with open(TMP / "registry.log", "wb") as log:
        server = subprocess.Popen(["docker-registry", "serve", str(config)],
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def answers():
        try:
            with urllib.request.urlopen(f"http://{REGISTRY}/v2/", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False
    wait_until(answers, "docker-registry")
    return server
