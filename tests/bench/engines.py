"""engines.py - davit and its peers: found, started, and spoken to in one grammar.

An Engine keeps images and containers and answers docker's command line. A Runtime (crun, runc)
only runs a bundle. Both give `time` (milliseconds) and `call` (stdout).
"""
import json
import os
import resource
import shutil
import subprocess
from pathlib import Path

from host import DISK, RUN, TMP, Failed, call, end, metered, rootfs_of, timed, wait_until
from report import US

IMAGE = "bench"
MANY = 100  # arguments to one rm


class Program:
    """Something with a command line, run in `ns` (a MountNamespace) or where we are."""

    def __init__(self, name, argv, ns=None, env=None):
        self.name, self.argv, self.ns = name, [str(a) for a in argv], ns
        self.env = {**os.environ, **(env or {})}

    def call(self, *words, code=0):
        argv = [*self.argv, *map(str, words)]
        return call(self.ns.wrap(argv) if self.ns else argv, self.env, code)

    def time(self, *words, drain=False):
        ms, size = timed([*self.argv, *map(str, words)], self.env, self.ns and self.ns.path, drain)
        return (ms, size) if drain else ms


    def memory(self, *words):
        """KB at most, of the command itself."""
        return metered([*self.argv, *map(str, words)], self.env, self.ns and self.ns.path)[2]


class Engine(Program):
    """`monitor`: the process beside each container; `residents`: those that always run."""
    monitor, residents, insecure, quiet_pull = "", (), (), ()

    def run(self, *words):
        return ["run", "--network", "none", *words]

    def remove(self, names):
        names = list(names)
        for at in range(0, len(names), MANY):
            self.call("rm", "-f", *names[at:at + MANY])

    def forget(self, image):
        self.call("rmi", "-f", image)


class Davit(Engine):
    monitor = "davit-shim"

    def __init__(self, root=DISK / "davit"):
        super().__init__(US, ["davit"], env={"DAVIT_ROOT": str(root),
                                             "DAVIT_RUN_ROOT": f"/run/{root.name}"})

    def elsewhere(self, root):
        """The same program with a store of its own."""
        return Davit(root)


class Podman(Engine):
    monitor, insecure = "conmon", ("--tls-verify=false",)

    def __init__(self, ns):
        conf = RUN / "containers.conf"
        conf.write_text(f'[containers]\ndefault_ulimits = {allowed_limits()}\n'
                        'log_driver = "k8s-file"\n'
                        '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n')
        runtime = ["--runtime", "crun"] if shutil.which("crun") else []
        super().__init__("podman", ["podman", "--root", DISK / "podman", "--runroot",
                                    RUN / "podman", "--storage-driver", "overlay", *runtime],
                         ns, {"CONTAINERS_CONF": str(conf)})


def allowed_limits():
    """podman's own defaults are above what a root without CAP_SYS_RESOURCE may set."""
    limits = []
    for name in "nofile", "nproc":
        hard = resource.getrlimit(getattr(resource, "RLIMIT_" + name.upper()))[1]
        limits.append(f"{name}={hard}:{hard}")
    return json.dumps(limits)


class Docker(Engine):
    monitor, residents = "containerd-shim", ("dockerd", "containerd")

    def __init__(self, ns):
        self.socket, self.exec_root = RUN / "docker.sock", RUN / "docker"
        super().__init__("docker", [docker_client()], ns,
                         {"DOCKER_HOST": f"unix://{self.socket}", "DOCKER_CONFIG": str(RUN)})
        self.daemon = self.start_daemon()

    def start_daemon(self):
        nft = RUN / "bin"  # whichever iptables the machine prefers, here it is nft's
        nft.mkdir()
        for name in "iptables", "ip6tables":
            if shutil.which(name + "-nft"):
                (nft / name).symlink_to(shutil.which(name + "-nft"))
        argv = ["dockerd", "--data-root", DISK / "docker", "--exec-root", self.exec_root,
                "--pidfile", RUN / "docker.pid", "-H", f"unix://{self.socket}",
                "--storage-driver", "overlay2"]
        with open(RUN / "dockerd.log", "wb") as log:
            daemon = subprocess.Popen(self.ns.wrap([str(a) for a in argv]), stdin=subprocess.DEVNULL,
                                      stdout=log, stderr=log,
                                      env={**os.environ, "PATH": f"{nft}:{os.environ['PATH']}"})
        wait_until(lambda: daemon.poll() is not None or self.is_up(), "dockerd")
        if daemon.poll() is not None:
            lines = (RUN / "dockerd.log").read_text().splitlines()
            raise Failed(f"dockerd does not start: {lines[-1] if lines else 'no message'}")
        return daemon

    def is_up(self):
        try:
            return bool(self.call("version", "--format", "{{.Server.Version}}"))
        except Failed:
            return False

    def spec_of_container(self):
        """The config.json that dockerd writes for a container of the image."""
        self.call(*self.run("-d", "--name", "spec", IMAGE, "sleep", "1000"))
        try:
            found = list(self.exec_root.glob("containerd/daemon/*/moby/*/config.json"))
            if len(found) != 1:
                raise Failed("dockerd's config.json is not where it was")
            return json.loads(found[0].read_text())
        finally:
            self.remove(["spec"])

    def stop(self):
        end(self.daemon)


def docker_client():
    """The packaged one where there are several: it belongs to the packaged daemon."""
    return "/usr/bin/docker" if os.access("/usr/bin/docker", os.X_OK) else "docker"


class Runtime(Program):
    """crun, runc: one bundle, with a plain spec or with docker's."""

    def __init__(self, program, ns, layout, spec=None, name=None):
        super().__init__(name or program + (" (docker's spec)" if spec else ""), [program], ns)
        self.program, self.has_docker_spec = program, bool(spec)
        self.bundle = RUN / "bundles" / (program + ("-docker" if spec else ""))
        rootfs_of(layout, self.bundle / "rootfs")
        if not spec:
            self.call("spec", *self.where())
            spec = json.loads((self.bundle / "config.json").read_text())
            spec["root"]["readonly"] = False
        self.spec = adapted(spec)
        self.write(["/bin/true"])

    def where(self):
        # crun takes the current directory as the bundle for `spec`; runc takes either.
        return ["-b", self.bundle]

    def write(self, args):
        self.spec["process"]["args"] = args
        (self.bundle / "config.json").write_text(json.dumps(self.spec))


def adapted(spec):
    """Somebody's spec without what only its owner can provide."""
    spec["process"]["terminal"] = False
    spec["root"]["path"] = "rootfs"
    spec.pop("hooks", None)
    spec["linux"].pop("cgroupsPath", None)
    spec["process"].pop("oomScoreAdj", None)
    own = str(DISK)
    spec["mounts"] = [m for m in spec["mounts"] if not m.get("source", "").startswith(own)]
    return spec
