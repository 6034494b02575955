"""build of steps that do nothing, of twelve steps with a COPY of 5,000 files, and of large files beside cp(1)"""
import itertools
import os
import shutil

from engines import IMAGE, Program
from host import DISK, RUN, TMP, timed
from report import US, Measure

FILES, STEPS, LARGE_MB = 5000, 20, 300
CONTEXT, LARGE = TMP / "build", TMP / "large"
FILE = f"""FROM {IMAGE}
ENV MODE=release
WORKDIR /app
COPY package /app/
RUN echo install >/app/installed
RUN echo generate >/app/generated
COPY . /app/src
RUN ls /app/src >/app/list
WORKDIR /app/src
RUN echo compile >/app/compiled
RUN echo test >/app/tested
COPY package /app/last
RUN echo strip >/app/stripped
CMD ["true"]
"""


def make_context():
    if CONTEXT.exists():
        return
    (CONTEXT / "few").mkdir(parents=True)
    for n in range(FILES):
        at = CONTEXT / f"d{n % 50}"
        at.mkdir(exist_ok=True)
        (at / f"f{n}").write_text(f"file {n}\n" * (20 + n % 400))
    (CONTEXT / "package").write_text("name\n")
    (CONTEXT / "Dockerfile").write_text(FILE)
    LARGE.mkdir()
    with open(LARGE / "blob", "wb") as blob:
        for _ in range(LARGE_MB):
            blob.write(os.urandom(1 << 20))
    (TMP / "copy").write_text("FROM scratch\nCOPY . /copied\n")


class Builder:
    """`build` and its words before the context."""

    def __init__(self, name, program, *words, env=None):
        self.name = name
        self.program = Program(name, program.argv, program.ns, {**program.env, **(env or {})})
        self.words = words

    def time(self, file, context, *words):
        return self.program.time(*self.words, *words, "-f", file, context)


def builders(bench):
    for e in bench.engines:
        words = ["build", "--network", "none", "-t", "built"]
        if e.name == "docker":
            yield Builder("docker (BuildKit)", e, *words, env={"DOCKER_BUILDKIT": "1"})
            yield Builder("docker (classic)", e, *words, env={"DOCKER_BUILDKIT": "0"})
        elif e.name == US:
            yield Builder(US, e, *words)
        else:
            yield Builder(e.name, e, *words, "--layers")
    podman = bench.engine("podman")
    if podman and "buildah" in bench.found:  # over podman's store, where the image is
        buildah = Program("buildah", ["buildah", "--root", DISK / "podman", "--runroot", RUN / "podman",
                                      "--storage-driver", "overlay"], podman.ns, podman.env)
        yield Builder("buildah", buildah, "bud", "--network", "none", "--layers", "-t", "built")


def steps_of(builder, count, turns):
    """Steps that nobody ever did before: the last word makes them new."""
    turn = next(turns)
    at = TMP / "steps"
    at.mkdir(exist_ok=True)
    lines = "".join(f'RUN ["/bin/true", "{builder.name}-{turn}-{n}"]\n' for n in range(count))
    (at / "Dockerfile").write_text(f"FROM {IMAGE}\n{lines}")
    return builder.time(at / "Dockerfile", at)


def a_step(builder, turns):
    one, many = (steps_of(builder, count, turns) for count in (1, STEPS + 1))
    return max(0.0, many - one) / STEPS


def cold_and_cached(bench, builder):
    bench.settle()
    cold = builder.time(CONTEXT / "Dockerfile", CONTEXT, "--no-cache")
    builder.time(CONTEXT / "Dockerfile", CONTEXT)
    return cold, builder.time(CONTEXT / "Dockerfile", CONTEXT)


def change(context):
    """Nobody has seen it before: a small file is new, a large one another."""
    at = context / ("blob" if context == LARGE else "package")
    with open(at, "r+b") as file:
        file.write(os.urandom(4))


def copied(bench, context, how):
    change(context)
    bench.settle()
    return how()


def with_cp(context):
    took = timed(["cp", "-a", context, DISK / "copied"])[0]
    shutil.rmtree(DISK / "copied")
    return took


def copies(bench, everyone, context, what, rounds):
    entries = {"cp -a": lambda: copied(bench, context, lambda: with_cp(context))}
    for name, b in everyone.items():
        entries[name] = lambda b=b: copied(bench, context, lambda: b.time(TMP / "copy", context))
    bench.race([Measure(what, "ms")], entries, rounds, 90)


def measure(bench):
    make_context()
    turns = itertools.count()
    everyone = {b.name: b for b in builders(bench)}
    rounds = max(1, bench.rounds(0.3))
    bench.race([Measure("a RUN that does nothing", "ms", hold=8)],
               {name: lambda b=b: a_step(b, turns) for name, b in everyone.items()}, rounds, 120)
    bench.race([Measure(f"12 steps, COPY of {FILES:,} files, cold", "ms", hold=300),
                Measure("the same again, cached", "ms", hold=30)],
               {name: lambda b=b: cold_and_cached(bench, b) for name, b in everyone.items()}, rounds, 120)
    rounds = max(1, bench.rounds(0.2))
    copies(bench, everyone, CONTEXT, f"COPY of {FILES:,} files alone, one of them new", rounds)
    copies(bench, everyone, LARGE, f"COPY of {LARGE_MB} MB in one file, new", rounds)
