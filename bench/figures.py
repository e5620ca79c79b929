"""What is measured, where, and what the project aims at."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Target:
    """An aim, as text for people and as a predicate over the sides' medians."""
    text: str
    met: Callable[[dict], bool]
    needs: tuple = ("zooid",)

    def verdict(self, medians):
        if any(medians.get(side) is None for side in self.needs):
            return None
        return self.met(medians)


@dataclass(frozen=True)
class Figure:
    """One number of interest in the result of a run."""
    title: str
    unit: str
    of: Callable[[dict], float]
    target: Target | None = None
    digits: int = 1


@dataclass(frozen=True)
class Case:
    """One workload on one server, played by every side in turn."""
    name: str
    server: str
    workload: str
    figures: tuple
    # free; together: all on one core; apart: one core for the server, another for the client;
    # halves: half of the cores for each, as if the server were another machine
    layout: str = "free"
    sides: tuple = ("raw", "zooid", "c-tuned", "c")
    count: int | None = None        # None: as many as fit the time for one sample
    quick_count: int | None = None
    first_guess: int = 2000         # operations of the run that finds out the speed
    counter: str = "time"           # time, instructions or system calls
    costly_share: int = 10          # counting only: sides with costly operations do this much less


def at_most(factor, side):
    return Target(f"≤ {factor:g} × {side}", lambda m: m["zooid"] <= factor * m[side], ("zooid", side))


def at_least(factor, side):
    return Target(f"≥ {factor:g} × {side}", lambda m: m["zooid"] >= factor * m[side], ("zooid", side))


def limit(value, text):
    return Target(text, lambda m: m["zooid"] <= value)


def _median_us(title, target=None):
    return Figure(title, "µs", lambda run: run["p50_us"], target)


def _rate(title, target=None):
    return Figure(title, "op/s", lambda run: run["ops"] / run["seconds"], target, digits=0)


def _cpu(title, target=None):
    return Figure(title, "µs/op", lambda run: 1e6 * run["cpu_seconds"] / run["ops"], target, digits=3)


def _watch_figures(memory_target=None):
    return (
        Figure("one-shot watches, memory", "B/watch", lambda run: run["bytes_per_watch"], memory_target, digits=0),
        Figure("one-shot watches, setting all", "s", lambda run: run["set_seconds"], digits=3),
        Figure("one-shot watches, firing all", "s", lambda run: run["fire_seconds"], digits=3),
    )


def _pipelined(what, where, target=None):
    return _rate(f"pipelined {what}, {where}, rate"), _cpu(f"pipelined {what}, {where}, CPU", target)


def _threads(where):
    return (_rate(f"16 threads' gets, {where}, rate", at_least(3, "c-tuned")),
            _cpu(f"16 threads' gets, {where}, CPU", at_most(0.4, "c-tuned")))


SHARED = ("zooid", "c-tuned", "c")

CASES = (
    Case("get-together", "stub", "get",
         (_median_us("blocking get, all on one core", at_most(1.5, "raw")),), layout="together"),
    Case("get-apart", "stub", "get",
         (_median_us("blocking get, a core each", at_most(1.5, "raw")),), layout="apart"),
    Case("set-together", "stub", "set", (_median_us("blocking set, all on one core"),), layout="together"),
    Case("set-apart", "stub", "set", (_median_us("blocking set, a core each"),), layout="apart"),
    Case("pipelined-get-apart", "stub", "pipelined-get", _pipelined("get", "a core each", at_most(1 / 20, "c-tuned")),
         layout="apart", first_guess=10000),
    Case("pipelined-get-free", "stub", "pipelined-get", _pipelined("get", "all cores", at_most(1 / 20, "c-tuned")),
         first_guess=10000),
    Case("pipelined-set-apart", "stub", "pipelined-set", _pipelined("set", "a core each"),
         layout="apart", first_guess=10000),
    Case("threads-get-apart", "stub", "threads-get", _threads("a core each"), layout="apart", sides=SHARED),
    Case("threads-get-free", "stub", "threads-get", _threads("all cores"), sides=SHARED),
    Case("watches", "stub", "watches", _watch_figures(), count=100_000, quick_count=20_000),
    Case("instructions-pipelined", "stub", "pipelined-get",
         (Figure("pipelined get, instructions", "/op", lambda run: run["per_op"],
                 limit(1200, "≤ 1200"), digits=0),), count=10_000, quick_count=5_000, counter="instructions"),
    Case("instructions-blocking", "stub", "get",
         (Figure("blocking get, instructions", "/op", lambda run: run["per_op"], digits=0),),
         count=5_000, quick_count=2_000, counter="instructions"),
    Case("system-calls", "stub", "pipelined-get",
         (Figure("pipelined get, system calls", "/op", lambda run: run["per_op"],
                 limit(0.05, "≤ 0.05"), digits=3),), count=200_000, quick_count=50_000, counter="system calls",
         costly_share=100),

    Case("real-get", "real", "get", (_median_us("blocking get"),), layout="halves"),
    Case("real-set", "real", "set", (_median_us("blocking set"),), first_guess=500, layout="halves"),
    Case("real-pipelined-get", "real", "pipelined-get",
         (_rate("pipelined get, rate", at_least(0.95, "raw")), _cpu("pipelined get, CPU")), first_guess=10000,
         layout="halves"),
    Case("real-pipelined-set", "real", "pipelined-set",
         (_rate("pipelined set, rate", at_least(0.95, "raw")), _cpu("pipelined set, CPU")), first_guess=5000,
         layout="halves"),
    Case("real-threads-get", "real", "threads-get",
         (_rate("16 threads, blocking gets, rate"), _cpu("16 threads, blocking gets, CPU")), sides=SHARED,
         layout="halves"),
    Case("real-watches", "real", "watches", _watch_figures(limit(150, "≤ 150 B")),
         sides=("raw", "zooid", "c-tuned"), count=100_000, quick_count=20_000, layout="halves"),
    Case("real-connect", "real", "connect", (_median_us("connecting", at_most(1.5, "raw")),), first_guess=20,
         layout="halves"),
    Case("real-memory", "real", "memory",
         (Figure("resident once connected", "MB", lambda run: run["rss_bytes"] / 1e6,
                 limit(6.0, "≤ 6 MB"), digits=2),), count=1, quick_count=1),
)
