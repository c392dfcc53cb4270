"""Made-up pools: problems of different pass rates, a judge that knows something, answers that cost the same."""

from pathlib import Path

import numpy as np

from outlay.pools import Manifest, PoolWriter

RATES = (0.1, 0.3, 0.6, 0.95)


def made_up(path: Path, problems: int = 40, samples: int = 16, seed: int = 0, rates: tuple[float, ...] = RATES) -> Path:
    """A judged pool of ``task`` level 1, in which easy problems follow hard ones in turn."""
    rng = np.random.default_rng(seed)
    with PoolWriter(path, Manifest("made up", temperature=1.0), verifiers=["judge"]) as writer:
        for number in range(problems):
            rate = rates[number % len(rates)]
            right = rng.random(samples) < rate
            answers = np.where(right, 0, 1 + rng.integers(0, 9, samples))
            first: dict[int, int] = {}
            writer.write([
                {
                    "problem": f"{seed}/{number}", "task": "task", "level": 1, "value": str(answers[i]),
                    "vote": first.setdefault(int(answers[i]), i), "correct": bool(right[i]), "prompt_tokens": 10,
                    "completion_tokens": 50, "logprob": float(-2 - 8 * (1 - rate) * rng.random()),
                    "score:judge": float(np.clip(0.4 + 0.3 * right[i] + 0.1 * rng.standard_normal(), 0, 1)),
                    "verifier_tokens:judge": 50,
                }
                for i in range(samples)
            ])  # fmt: skip
    return path
