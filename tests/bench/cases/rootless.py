"""an ordinary user's run --rm --network none IMAGE true, beside root's in the same rounds

The keeper is up; everybody's store is on the same ext4. The clock starts in the user's own process,
after the rights were dropped.
"""
from statistics import median

import host
from engines import IMAGE, Engine, allowed_limits
from host import BUILT, DISK, ROOT, RUN, Failed
from report import US, Measure

OURS = "davit, rootless"
AS_USER = [ROOT / "tests/support/as-user", "mate", "--", "env"]


class AsUser(Engine):
    """An engine that an ordinary user calls: `variables` are theirs."""

    def __init__(self, name, argv, variables, ns=None):
        self.prefix = [*AS_USER, *(f"{key}={value}" for key, value in variables.items())]
        super().__init__(name, argv, ns)

    def wrap(self, argv):
        argv = [str(a) for a in (*self.prefix, *argv)]
        return self.ns.wrap(argv) if self.ns else argv

    def call(self, *words, code=0):
        return host.call(self.wrap([*self.argv, *words]), self.env, code, cwd="/")

    def time(self, *words, drain=False):
        text = host.call(self.wrap([BUILT / "timer", *self.argv, *words]), self.env, cwd="/")
        return int(text.split()[0]) / 1e6


def home(name):
    """A directory of the user's on the sandbox's ext4."""
    at = DISK / name
    at.mkdir(exist_ok=True)
    host.call([*AS_USER[:-1], "true"])
    host.call(["chown", "mate:mate", at])
    return at


def podman(bench):
    conf = RUN / "user-containers.conf"
    conf.write_text(f"[containers]\ndefault_ulimits = {allowed_limits()}\n"
                    '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n')
    at = home("mate-podman")
    return AsUser("podman, rootless",
                  ["podman", "--root", at / "root", "--runroot", "/run/user/1501/podman",
                   "--storage-driver", "overlay", "--runtime", "crun"],
                  {"CONTAINERS_CONF": conf}, bench.ns)


def users(bench):
    yield OURS, lambda: AsUser(OURS, ["davit"], {"DAVIT_ROOT": home("mate-davit")})
    if "podman" in bench.found:
        yield "podman, rootless", lambda: podman(bench)


def measure(bench):
    took = Measure("run --rm --network none true", "ms")
    entries = {US: bench.engine(US)}
    for name, make in users(bench):
        try:
            entries[name] = make()
            entries[name].call("load", "-i", bench.archive)
            entries[name].call(*entries[name].run("--rm", IMAGE, "true"))
        except Failed as error:
            entries.pop(name, None)
            took.dropped[name] = str(error)
    bench.race([took], {name: lambda e=e: e.time(*e.run("--rm", IMAGE, "true"))
                        for name, e in entries.items()}, bench.rounds(2), 40)
    if OURS in took.samples:
        share = Measure("a user's run --rm over root's", "x", hold=2)
        share.add(US, median(took.samples[OURS]) / median(took.samples[US]))
        bench.publish(share)
