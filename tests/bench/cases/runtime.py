"""OCI runtimes alone, one bundle with docker's spec: 100 runs, create + start + delete, peak memory

The same config.json for all: what dockerd wrote, with its whole default seccomp profile.
"""
from report import Measure

TIMES = 100


def loop(runtime, words):
    return ["sh", "-c", f'i=0; while [ $i -lt {TIMES} ]; do {words} || exit; i=$((i + 1)); done',
            "sh", runtime.program, runtime.bundle]


def measure(bench):
    runtimes = [bench.own_runtime(), *(r for r in bench.runtimes if r.has_docker_spec)]
    runs = Measure(f"{TIMES} times run", "ms")
    cycles = Measure(f"{TIMES} times create, start, delete --force", "ms")
    memory = Measure("peak memory of a create", "KB")

    def sample(r):
        run, _ = bench.timed_in(r, loop(r, '"$1" run --bundle "$2" bench-runtime'))
        r.write(["/bin/guest", "obey"])
        cycle, _ = bench.timed_in(r, loop(
            r, '"$1" create --bundle "$2" bench-runtime && "$1" start bench-runtime && '
               '"$1" delete --force bench-runtime'))
        kb = r.memory("create", "--bundle", r.bundle, "bench-runtime")
        r.call("delete", "--force", "bench-runtime")
        r.write(["/bin/true"])
        return run, cycle, kb

    bench.race([runs, cycles, memory], {r.name: lambda r=r: sample(r) for r in runtimes},
               bench.rounds(0.34), 60)
