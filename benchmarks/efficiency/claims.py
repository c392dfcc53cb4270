"""The headlines of the papers behind the strategies, and what the same comparison gives here."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.efficiency.target import RESAMPLES, Ladder, difference, tokens_at

Found = Mapping[str, Ladder]


@dataclass(frozen=True, slots=True)
class Finding:
    """A headline and what was seen.

    Attributes:
        headline: what the paper says, in short.
        measured: the same comparison here, in words and figures.
        seen: whether the interval bears the headline out; None if the comparison could not be made.
        why: what we take to be the reason where it is not seen.
    """

    headline: str
    measured: str
    seen: bool | None
    why: str = ""


def findings(found: Found, rng: np.random.Generator) -> list[Finding]:
    """All headlines, in the order of the papers' numbers in the catalogue of systems."""
    return [
        _particles_over_search(found, rng),
        _a_star_over_particles(found, rng),
        _half_the_samples(found, rng),
        _no_fall_with_more(found, rng),
        _first_over_majority(found, rng),
        _adaptive(found, rng),
    ]


def _particles_over_search(found: Found, rng: np.random.Generator) -> Finding:
    headline = "a particle filter scales 4 to 16 times better than search"
    if not {"particle_filter", "beam_search"} <= set(found):
        return Finding(headline, "not run", None)
    ratio, low, high = _ratio_at_common(found["beam_search"], found["particle_filter"], rng)
    return Finding(
        headline, f"at the best accuracy of both beam search takes {_interval(ratio, low, high)} the filter's tokens",
        low >= 4.0,
        "answers of four steps leave one or two times to resample, and all are chosen by the same verdict on the end",
    )  # fmt: skip


def _a_star_over_particles(found: Found, rng: np.random.Generator) -> Finding:
    headline = "A* takes up to 3 times fewer tokens than a particle filter at equal accuracy"
    if not {"particle_filter", "a_star"} <= set(found):
        return Finding(headline, "not run", None)
    ratio, low, high = _ratio_at_common(found["particle_filter"], found["a_star"], rng)
    return Finding(
        headline, f"at the best accuracy of both the filter takes {_interval(ratio, low, high)} the tokens of A*",
        low > 1.0,
        "answers are four steps long and the verdict on a first step says little, so that A* keeps going back to it",
    )  # fmt: skip


def _half_the_samples(found: Found, rng: np.random.Generator) -> Finding:
    headline = "perplexity consistency with pruning takes half the samples of self-consistency"
    if not {"perplexity_consistency", "self_consistency"} <= set(found):
        return Finding(headline, "not run", None)
    vote, weighted = found["self_consistency"], found["perplexity_consistency"]
    gaps = []
    for size in (4, 8):
        mean, low, high = difference(
            _row(weighted, f"perplexity_consistency(n={size})"), _row(vote, f"self_consistency(n={2 * size})"), rng
        )
        gaps.append((size, mean, low, high))
    text = "; ".join(f"n = {n} against {2 * n}: {_points(m, lo, hi)}" for n, m, lo, hi in gaps)
    return Finding(
        headline, text, all(high >= 0 and mean >= -0.01 for _, mean, _, high in gaps),
        "the model's wrong answers are nearly as probable as its right ones",
    )  # fmt: skip


def _no_fall_with_more(found: Found, rng: np.random.Generator) -> Finding:
    headline = "best-of-majority does not get worse with more samples, as best-of-N does"
    if "best_of_majority" not in found:
        return Finding(headline, "not run", None)
    majority, best = found["best_of_majority"], found["best_of_n"]
    grows = difference(majority.right[-1], majority.right[0], rng)
    falls = difference(best.right[-1], _row(best, "best_of_n(n=4)"), rng)
    text = f"from n = 4 to 16: {_points(*grows)}; best-of-N: {_points(*falls)}"
    return Finding(
        headline, text, grows[1] > -0.01 and falls[2] < 0,
        "best-of-N does not get worse by 16 samples either, so that there is no fall to be spared",
    )  # fmt: skip


def _first_over_majority(found: Found, rng: np.random.Generator) -> Finding:
    headline = "the first to finish is more often right than the majority, for long traces"
    if "first_finish" not in found:
        return Finding(headline, "not run", None)
    gap = difference(
        _row(found["first_finish"], "first_finish(n=4)"), _row(found["self_consistency"], "self_consistency(n=4)"), rng
    )
    return Finding(
        headline, f"n = 4: {_points(*gap)}", gap[1] > 0,
        "short answers are the wrong ones here: who leaves out a number is done sooner; these are no reasoning traces",
    )  # fmt: skip


def _adaptive(found: Found, rng: np.random.Generator) -> Finding:
    headline = "self-evaluation gets 74 % of the gain of 16 samples from 1.2 to 2 samples"
    name, base = "dialogue: self_evaluation", "dialogue: best_of_n"
    if not {name, base} <= set(found):
        return Finding(headline, "not run", None)
    one, sixteen = found[base].right[0], found[base].right[-1]
    own = found[name]
    # Each answer is followed by a question about it, which the ledger counts as a sample too.
    answers = [samples.mean() / 2 for samples in own.samples]
    within = [i for i in range(len(own.sizes)) if answers[i] <= 2.0]
    best = max(within or [0], key=lambda i: own.right[i].mean())
    picks = rng.integers(0, len(one), (RESAMPLES, len(one)))
    gain = (own.right[best] - one)[picks].mean(axis=1)
    whole = (sixteen - one)[picks].mean(axis=1)
    low, high = np.quantile(gain / np.where(np.abs(whole) < 1e-9, np.nan, whole), [0.025, 0.975])
    share = (own.right[best] - one).mean() / max(1e-9, (sixteen - one).mean())
    text = (
        f"`{own.sizes[best]}`: {answers[best]:.2f} answers, {100 * share:.0f} % of the gain of best-of-16 by the "
        f"learned judge [{100 * low:.0f}, {100 * high:.0f}]"
    )
    greedy = found.get("dialogue: greedy")
    if greedy is not None:
        alone = (greedy.right[0] - one).mean() / max(1e-9, (sixteen - one).mean())
        text += f"; a greedy answer alone, which is its first, has {100 * alone:.0f} %"
    return Finding(
        headline,
        text,
        bool(share >= 0.74 and within),
        "the model hardly knows its errors: it doubts all of its answers alike and asks for more",
    )


def _ratio_at_common(dear: Ladder, cheap: Ladder, rng: np.random.Generator) -> tuple[float, float, float]:
    """Tokens of the one over those of the other, at the lower of their best accuracies, with its 95% interval."""
    count = dear.right.shape[1]

    def ratio(picked: np.ndarray) -> float:
        target = min(float(one.right[:, picked].mean(axis=1).max()) for one in (dear, cheap)) - 1e-9
        return tokens_at(dear, picked, target) / tokens_at(cheap, picked, target)

    ratios = [ratio(rng.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = np.quantile(ratios, [0.025, 0.975], method="nearest")
    return ratio(np.arange(count)), float(low), float(high)


def _row(ladder: Ladder, size: str) -> np.ndarray:
    return ladder.right[ladder.sizes.index(size)]


def _interval(ratio: float, low: float, high: float) -> str:
    return f"{ratio:.2f} [{low:.2f}, {high:.2f}] times"


def _points(mean: float, low: float, high: float) -> str:
    return f"{100 * mean:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]"
