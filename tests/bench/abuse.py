"""abuse.py - workers that do to the same containers whatever comes to their minds.

Nearly everything they ask for is refused, for another one was quicker: that is the point. What
counts as broken is a command that hangs, dies of a signal, or ends with a code that is not its own.
"""
import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

NAMES = [f"abused{n}" for n in range(6)]
HANG_S = 60
KILLED = "killed by us"
CUT_DOWN = 137  # a command whose container is killed ends as its process does
BIRTHS = ("run", "create")  # they print the new container's id
CREATE = ["--network", "none", "--name", "NAME", "bench"]
VERBS = {  # what is typed: how often, and the codes that may answer
    ("run", "-d", *CREATE, "guest", "obey"): (4, {0, 125}),
    ("run", "--rm", *CREATE, "true"): (2, {0, 125, CUT_DOWN}),
    ("run", "--rm", "--network", "none", "bench", "true"): (2, {0}),
    ("create", *CREATE, "guest", "obey"): (3, {0, 1, 125}),
    ("start", "NAME"): (4, {0, 1}),
    ("stop", "-t", "1", "NAME"): (3, {0, 1}),
    ("restart", "-t", "1", "NAME"): (2, {0, 1}),
    ("kill", "NAME"): (2, {0, 1}),
    ("pause", "NAME"): (1, {0, 1}),
    ("unpause", "NAME"): (2, {0, 1}),
    ("rm", "NAME"): (2, {0, 1}),
    ("rm", "-f", "NAME"): (3, {0, 1}),
    ("rename", "NAME", "OTHER"): (1, {0, 1}),
    ("exec", "NAME", "true"): (6, {0, 1, 125, 126, CUT_DOWN}),
    ("exec", "-d", "NAME", "sleep", "1"): (2, {0, 1, 125}),
    ("logs", "NAME"): (1, {0, 1}),
    ("inspect", "NAME"): (2, {0, 1}),
    ("ps", "-a"): (2, {0}),
}


class Worker(threading.Thread):
    def __init__(self, seed, until, kills, diary):
        super().__init__()
        self.diary = diary
        self.rng, self.until, self.kills = random.Random(seed), until, kills
        self.counts, self.broken = collections.Counter(), []

    def run(self):
        verbs = list(VERBS)
        weights = [VERBS[v][0] for v in verbs]
        while time.monotonic() < self.until:
            verb = self.rng.choices(verbs, weights)[0]
            one, other = self.rng.sample(NAMES, 2)
            argv = ["davit"] + [{"NAME": one, "OTHER": other}.get(w, w) for w in verb]
            began = time.monotonic()
            code, printed, said = self.perform(argv)
            self.diary.write(f"{began:.4f} {time.monotonic():.4f} {' '.join(argv[1:])}: {code} "
                             f"{printed.strip()[:12] if argv[1] in BIRTHS else ''} {said}\n")
            self.judge(verb, argv, code, said)

    def perform(self, argv):
        """(exit code, stdout, stderr). Files: a container's monitor may outlive the command."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            code = self.end_of(child)
            return code, *(f.seek(0) or f.read().decode(errors="replace").strip()
                           for f in (out, err))

    def end_of(self, child):
        patience, why = HANG_S, "hangs"
        if self.rng.random() < self.kills:
            patience, why = self.rng.random() * 0.02, KILLED
        try:
            return child.wait(patience)
        except subprocess.TimeoutExpired:
            fd = os.pidfd_open(child.pid)  # not waited for yet, so it is still the same process
            signal.pidfd_send_signal(fd, signal.SIGKILL)
            os.close(fd)
            child.wait()
            return why

    def judge(self, verb, argv, code, said):
        self.counts[verb[0], code] += 1
        speaks = code in (0, CUT_DOWN) or bool(said)  # the others owe an explanation
        if code == KILLED or code in VERBS[verb][1] and speaks:
            return
        self.broken.append(f"{' '.join(argv)}: {code}: {said or 'without a word'}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--kill", action="store_true", help="kill one davit in ten")
    parser.add_argument("--diary", default=os.devnull, help="who did what from when to when")
    opt = parser.parse_args()
    diary = open(opt.diary, "w", buffering=1)
    until = time.monotonic() + opt.minutes * 60
    workers = [Worker(opt.seed + n, until, 0.1 if opt.kill else 0, diary)
               for n in range(opt.workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    counts = sum((w.counts for w in workers), collections.Counter())
    broken = [line for w in workers for line in w.broken]
    print(f"{counts.total()} commands by {opt.workers} at once, seed {opt.seed}:")
    for (verb, code), count in sorted(counts.items(), key=str):
        print(f"  {verb:8} ended with {code}: {count}")
    for line, times in collections.Counter(broken).most_common(20):
        print(f"BROKEN {times} x {line}")
    sys.exit(bool(broken))


main()
