"""report.py - what was measured, as a table and as JSON."""
import json
from dataclasses import dataclass, field
from statistics import median

LESS, MORE = "less", "more"
US = "davit"


@dataclass
class Measure:
    """One thing measured of everyone in the same rounds. `hold` is what davit has promised."""
    what: str
    unit: str
    better: str = LESS
    hold: float = None
    samples: dict = field(default_factory=dict)
    dropped: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    case: str = ""

    def add(self, name, value):
        self.samples.setdefault(name, []).append(value)

    def best(self, name):
        return (min if self.better == LESS else max)(self.samples[name])

    def ratio(self, name):
        """How many times better davit's median is; None without davit, or where one is nothing."""
        us, other = (median(self.samples.get(n) or [0]) for n in (US, name))
        over, under = (other, us) if self.better == LESS else (us, other)
        return over / under if us and other else None

    def verdict(self):
        if self.hold is None or US not in self.samples:
            return None
        ours = median(self.samples[US])
        return ours <= self.hold if self.better == LESS else ours >= self.hold

    def as_dict(self):
        results = {name: {"median": median(s), "best": self.best(name), "ratio": self.ratio(name),
                          "samples": s} for name, s in self.samples.items()}
        return {"case": self.case, "what": self.what, "unit": self.unit, "better": self.better,
                "hold": self.hold, "held": self.verdict(), "results": results,
                "dropped": self.dropped, "notes": self.notes}


def number(value):
    """Three digits that mean something."""
    if value is None:
        return "-"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def promise(measure):
    if measure.hold is None:
        return ""
    sign = "≤" if measure.better == LESS else "≥"
    word = {None: "", True: ": held", False: ": MISSED"}[measure.verdict()]
    return f"  [{sign} {number(measure.hold)} {measure.unit}{word}]"


def print_measure(measure):
    print(f"\n{measure.case}: {measure.what}, {measure.unit}{promise(measure)}")
    if measure.samples:
        best = "min" if measure.better == LESS else "max"
        print(f"  {'':26}{'median':>10}{best:>10}{'n':>5}{'x davit':>10}")
    for name, samples in measure.samples.items():
        row = [number(v) for v in (median(samples), measure.best(name))]
        print(f"  {name:26}{row[0]:>10}{row[1]:>10}{len(samples):>5}"
              f"{number(measure.ratio(name)):>10}")
    for name, why in measure.dropped.items():
        print(f"  {name:26}dropped: {why}")
    for note in measure.notes:
        print(f"  note: {note}")


def print_head(machine, versions, missing):
    print("machine: " + ", ".join(f"{k} {v}" for k, v in machine.items()))
    for name, version in versions.items():
        print(f"  {name:12}{version}")
    for name, why in missing.items():
        print(f"  {name:12}MISSING: {why}")


def print_tail(measures, seconds):
    judged = [m for m in measures if m.verdict() is not None]
    held = sum(m.verdict() for m in judged)
    print(f"\n{held} of {len(judged)} promises held, {len(measures)} measures, {seconds:.0f} s")


def write_json(file, machine, versions, missing, measures):
    json.dump({"machine": machine, "versions": versions, "missing": missing,
               "measures": [m.as_dict() for m in measures]}, file, indent=1)
    file.write("\n")
