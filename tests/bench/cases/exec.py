"""a process in a running container: exec CONTAINER true"""
from engines import IMAGE
from report import Measure


def measure(bench):
    ready, entries = [], {}
    try:
        for e in bench.engines:
            e.call(*e.run("-d", "--name", "exec", IMAGE, "guest", "obey"))
            ready.append(e)
            entries[e.name] = lambda e=e: e.time("exec", "exec", "true")
        for r in bench.runtimes:
            start(r)
            entries[r.name] = lambda r=r: r.time("exec", "bench-exec-" + r.bundle.name, "/bin/true")
        bench.race([Measure("exec true", "ms", hold=2)], entries, bench.rounds(), 20)
    finally:
        for e in ready:
            e.remove(["exec"])
        for r in bench.runtimes:
            stop(r)


def start(runtime):
    runtime.write(["/bin/guest", "obey"])
    runtime.call("run", "--detach", "--bundle", runtime.bundle, "bench-exec-" + runtime.bundle.name)
    runtime.write(["/bin/true"])


def stop(runtime):
    runtime.call("delete", "--force", "bench-exec-" + runtime.bundle.name)
