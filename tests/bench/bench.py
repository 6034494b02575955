"""bench.py - one session: who takes part, and the races between them."""
import shutil
import time

import host
from engines import IMAGE, Davit, Docker, Podman, Program, Runtime
from host import DISK, RUN, TMP, Failed
from report import US, print_measure

PEERS = {  # and the programs that each needs
    "podman": ["podman", "conmon"], "docker": ["dockerd", "docker", "containerd", "runc"],
    "containerd": ["ctr", "dockerd"], "crun": ["crun"], "runc": ["runc"], "skopeo": ["skopeo"],
    "buildah": ["buildah"], "htop": ["htop"], "lazydocker": ["lazydocker"],
}
VERSION = {"containerd": ["ctr", "--version"], "docker": ["dockerd", "--version"]}


class Bench:
    """`engines` and `runtimes` are ready to run IMAGE; cases add to `measures` by racing."""

    def __init__(self, opt):
        self.opt, self.case = opt, ""
        self.measures, self.engines, self.runtimes = [], [], []
        self.versions, self.missing = {}, {}
        self.processes = []
        for at in RUN, TMP, host.BUILT:
            at.mkdir(parents=True, exist_ok=True)
        self.ns = host.MountNamespace()
        self.processes.append(self.ns.holder)

    def __enter__(self):
        try:
            self.layout = host.small_image()
            self.archive = host.as_archive(self.layout, IMAGE)
            self.found = self.find_peers()
            self.start(US, Davit)
            for name, kind in ("podman", Podman), ("docker", Docker):
                if name in self.found:
                    self.start(name, lambda kind=kind: kind(self.ns))
            self.start_runtimes()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            host.end(process)

    def find_peers(self):
        wanted = self.opt.peers.split(",") if self.opt.peers else list(PEERS)
        found = set()
        for name in wanted:
            lacks = [p for p in PEERS.get(name, []) if not shutil.which(p)]
            if name == "none":
                continue
            if name not in PEERS or lacks:
                self.missing[name] = f"{' and '.join(lacks)}: not installed" if lacks else "unknown"
                continue
            found.add(name)
            try:
                self.versions[name] = host.call(VERSION.get(name, [name, "--version"])).split("\n")[0]
            except Failed as error:
                self.versions[name] = str(error)
        return found

    def start(self, name, make):
        """An engine that does not come up is missing, and the report says why."""
        try:
            engine = make()
            if name == "docker":
                self.processes.append(engine.daemon)
            engine.call("load", "-i", self.archive)
            engine.call(*engine.run("--rm", IMAGE, "true"))
            self.versions.setdefault(name, host.last_line(engine.call("--version")))
            self.engines.append(engine)
        except Failed as error:
            self.missing[name] = str(error)

    def start_runtimes(self):
        docker = self.engine("docker")
        self.docker_spec = spec = docker.spec_of_container() if docker else None
        for program in "crun", "runc":
            if program in self.found:
                self.runtimes.append(Runtime(program, self.ns, self.layout))
                if spec:
                    self.runtimes.append(Runtime(program, self.ns, self.layout, spec))

    def engine(self, name):
        return next((e for e in self.engines if e.name == name), None)

    def own_runtime(self):
        """davit-runtime, with docker's spec; it has its turn in its own case only."""
        if not self.docker_spec:
            raise Failed("the spec is dockerd's, which is not here")
        return Runtime("davit-runtime", self.ns, self.layout, self.docker_spec, US)

    def peer(self, name, argv):
        """A peer that is more of a tool: argv below it; None when it is not here."""
        return Program(name, argv, self.ns) if name in self.found else None

    @staticmethod
    def timed_in(program, argv):
        """Something else, where that program runs."""
        return host.timed(argv, program.env, program.ns and program.ns.path)

    # ---- racing ----

    def rounds(self, share=1.0):
        return max(1, round(self.opt.runs * share))

    def race(self, measures, entries, rounds, budget_s):
        """Everyone in turn, round after round, so that noise hits all alike.

        `entries` maps a name to a function that gives one sample of each measure. Who has used up
        an equal share of the budget sits out the rounds that remain; who fails is out for good.
        """
        share_s = budget_s / max(1, len(entries))
        spent = dict.fromkeys(entries, 0.0)
        for measure in measures:
            measure.case = self.case
        for n in range(rounds):
            for name in list(entries):
                if n > 0 and spent[name] >= share_s and not self.opt.full:
                    continue
                began = time.monotonic()
                if not self.sample(measures, name, entries[name]):
                    del entries[name]
                spent[name] += time.monotonic() - began
        self.publish(*measures)

    @staticmethod
    def sample(measures, name, entry):
        try:
            values = entry()
        except Failed as error:
            for measure in measures:
                measure.dropped[name] = str(error)
            return False
        for measure, value in zip(measures, values if isinstance(values, tuple) else (values,)):
            if value is not None:
                measure.add(name, value)
        return True

    def publish(self, *measures):
        for measure in measures:
            measure.case = self.case
            for name, why in self.missing.items():
                if name == US:
                    measure.dropped.setdefault(name, why)
            self.measures.append(measure)
            print_measure(measure)

    # ---- what several cases need ----

    def start_many(self, engine, count, prefix):
        """Running containers, one after another: their names, and the milliseconds it took."""
        names = [f"{prefix}{n:02}" for n in range(count)]
        began = time.monotonic()
        for name in names:
            engine.call(*engine.run("-d", "--name", name, IMAGE, "guest", "obey"))
        return names, (time.monotonic() - began) * 1000

    def settle(self):
        """What one wrote must not be synced in another one's time."""
        host.call(["sync", "-f", DISK])
