"""Extrapolation from a pilot: the fitted network beside MCMC and every parametric law, on curves that none has seen.

python -m benchmarks.extrapolation            # half an hour; draws pools once; writes docs/results/extrapolation.md
python -m benchmarks.extrapolation --quick    # few made-up curves, no pools; writes nothing
"""

import json
import os
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np

from benchmarks.extrapolation.chains import STEPS, WALKERS
from benchmarks.extrapolation.methods import EVEN, NETWORK, RESAMPLES, Extrapolate, Score, methods, scored
from benchmarks.extrapolation.pools import FOLDER, PILOTS, PROBLEMS, make_pools, pool_cases
from benchmarks.extrapolation.worlds import AHEAD, Case, coverage_cases, selection_cases
from benchmarks.measuring import asked_quick, machine
from outlay.statistics import clustered_interval

PAGE = Path(__file__).parents[2] / "docs" / "results" / "extrapolation.md"
SEED = 2026
COVERAGE, SELECTIONS = 60, 30
"""Made-up curves of each kind."""
KEPT = "scores.json"
"""In the folder of the pools: scores of all methods but the network, which are not computed twice."""
INTRODUCTION = f"""\
Written by `python -m benchmarks.extrapolation`. A pilot is measured up to a budget, and what {AHEAD} times that budget
would give is predicted, for all problems like the pilot's. The *log score* is the log density of the prediction at the
truth, in nats; higher is better, and 0 is what a prediction that knows nothing gets. The *loss* against the network is
the difference, paired by curve. *Error* is that of the mean, in points. *80%* and *95%* are how often the central
intervals cover the truth. *Seconds* are of processor time for one prediction. Intervals are 95%, clustered by pool.

The curves are not from the rules that the network was trained on. *Made up, coverage*: problems with
Student-distributed difficulty and guessing, problems of a few kinds, pass rates with a power-law tail; 40 to 400
problems, 8 to 128 samples. *Made up, selections*: majority votes against six wrong answers, and the best of n by scores
with heavy-tailed errors, 8 to 32 samples. *Pocket model*: pilots of {PROBLEMS} problems and their first 4 or 8 samples,
from pools of 200 problems with 64 samples (those of `make pools`, and `countdown`, level 2) or with 32 (`countdown`,
level 2, and `program`, level 3, of the run `learned-judge`); the truth is what the whole pool shows, with an error of
its own of some two points.

Parametric laws have {RESAMPLES} resamples of the problems, *MCMC* {WALKERS} walkers and {STEPS} steps, half of them
thrown away: over the counts with Beta distributed pass rates, some problems never solved (*pass rates*), or over a
weighted sum of the closed forms with normal errors (*forms*). Draws are smoothed by a normal kernel, and every method's
prediction is mixed with {EVEN:.0%} of an even one, so that no score is infinite."""
HEAD = ("method", "log score", "loss against the network", "error", "80%", "95%", "seconds")


def table(cases: Sequence[Case], kept: dict[str, list[float]]) -> str:
    """All methods on the cases of one kind."""
    found: dict[str, list[Score]] = {}
    for name, extrapolate in methods(cases[0].pilot.right is not None).items():
        found[name] = [remembered(name, extrapolate, case, kept) for case in cases]
    clusters = np.array([case.cluster for case in cases])
    network = np.array([one.log_score for one in next(iter(found.values()))])
    lines = [HEAD, ("---", *["---:"] * (len(HEAD) - 1))]
    for place, (name, scores) in enumerate(found.items()):
        log_scores = np.array([one.log_score for one in scores])
        loss = "" if not place else interval(network - log_scores, clusters, 2, "+")
        errors = 100 * np.array([one.error for one in scores])
        covered = (np.mean([getattr(one, name) for one in scores]) for name in ("within80", "within95"))
        lines.append(
            (
                name, interval(log_scores, clusters, 2), loss, interval(errors, clusters, 1),
                *(f"{100 * share:.0f}%" for share in covered), f"{np.mean([one.seconds for one in scores]):.2g}",
            )
        )  # fmt: skip
    rows = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    title = f"## {cases[0].kind.capitalize()}\n\n{len(cases)} curves"
    pools = len(set(clusters.tolist()))
    return f"{title}{f' of {pools} pools' if pools < len(cases) else ''}.\n\n{rows}"


def remembered(name: str, extrapolate: Extrapolate, case: Case, kept: dict[str, list[float]]) -> Score:
    """How a method did on a case; computed once, but for the network."""
    key = f"{case.kind} / {case.name} / {name}"
    if name == NETWORK or key not in kept:
        kept[key] = list(astuple(scored(extrapolate, case, np.random.default_rng([SEED, zlib.crc32(key.encode())]))))
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / KEPT).write_text(json.dumps(kept), encoding="utf-8")
    return Score(*kept[key])


def interval(values: np.ndarray, clusters: np.ndarray, places: int, sign: str = "") -> str:
    """A mean with its interval."""
    mean, low, high = clustered_interval(values, clusters)
    return f"{mean:{sign}.{places}f} [{low:{sign}.{places}f}, {high:{sign}.{places}f}]"


def main() -> None:
    quick = asked_quick(__doc__ or "")
    cases = [*coverage_cases(6 if quick else COVERAGE, SEED), *selection_cases(4 if quick else SELECTIONS, SEED)]
    if not quick:
        with tempfile.TemporaryDirectory() as folder:
            cases += pool_cases(make_pools(), PILOTS, Path(folder))
    kept = {} if quick or not (FOLDER / KEPT).exists() else json.loads((FOLDER / KEPT).read_text(encoding="utf-8"))
    parts = ["# Extrapolation from a pilot", INTRODUCTION, f"{machine()}; load average {os.getloadavg()[1]:.1f}."]
    for kind in dict.fromkeys(case.kind for case in cases):
        parts.append(table([case for case in cases if case.kind == kind], kept))
        print(parts[-1], flush=True)
    if not quick:
        PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
