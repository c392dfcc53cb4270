"""Write docs/laws.md: the template, with the table of laws, an example, and the figures in docs/laws.

python docs/write_laws.py POOL    # a pool of graded samples with votes; figures of coverage and votes are of it
"""

import contextlib
import io
import os
import sys
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from outlay.bench.charts import Chart, draw_png, draw_svg
from outlay.bench.judge_charts import (
    choices_chart,
    confidence_chart,
    frontier_chart,
    gap_chart,
    judge_chart,
    regret_chart,
)
from outlay.cli.fit import fit
from outlay.laws.catalogue import LAWS
from outlay.laws.consistency import Votes, confidence_errors
from outlay.laws.curve import ScalingCurve
from outlay.laws.extrapolation.network import read_card
from outlay.laws.judge_model import JudgeModel
from outlay.laws.multiple_choice import Choices
from outlay.laws.regret import Answers, measured_regrets
from outlay.laws.solve_or_verify import Verified, measured_grid
from outlay.laws.verifier_gap import gap

DOCS = Path(__file__).parent
PAGE, TEMPLATE, FIGURES = DOCS / "laws.md", DOCS / "laws.md.template", DOCS / "laws"
POWERS = [1, 2, 4, 8, 16, 32, 64]


def law_table() -> str:
    """What each law says, as Markdown."""
    lines = ["| law | what it says | source |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {one.info.summary} | {one.info.source} |" for name, one in LAWS.items()]
    return "\n".join(lines)


def judge() -> Chart:
    """A judge that is right, and one that is far off."""
    models = {"the judge is right": JudgeModel(0, 1, 0.5, 0.5), "the judge is far off": JudgeModel(0, 1, 0.5, 2.5)}
    return judge_chart(models, [1, 2, 4, 8, 16, 32, 64, 128, 256], [1.0, 4.0], seed=0)


def frontier(rng: np.random.Generator) -> Chart:
    """Checks that are right in 80% of cases, at half the price of a solution."""
    answers = np.where(rng.random((200, 16)) < rng.beta(1, 1.2, 200)[:, None], 0, rng.integers(1, 4, (200, 16)))
    right = answers == 0
    checks = np.where(rng.random((200, 16, 8)) < 0.8, right[:, :, None], ~right[:, :, None])
    data = Verified(answers, right, checks.astype(np.float64), price=0.5)
    return frontier_chart(measured_grid(data, [1, 2, 4, 8, 16], [1, 2, 4, 8], rng, draws=40))


def confidence(rng: np.random.Generator) -> Chart:
    """Twelve paths to three answers."""
    problems = []
    for _ in range(40):
        paths = rng.dirichlet(np.full(12, 0.4))
        drawn = rng.choice(12, 300, p=paths)
        answers = rng.integers(0, 3, 12)[drawn]
        problems.append(Votes(answers, (answers == 0).astype(np.float64), drawn, np.log(paths[drawn])))
    return confidence_chart(confidence_errors(problems, np.array(POWERS[:6]), rng, draws=60))


def regret(rng: np.random.Generator) -> Chart:
    """A rare wrong answer has the best score."""
    problems = []
    for _ in range(60):
        answers = rng.choice(3, 256, p=[0.4, 0.58, 0.02])
        scores = np.array([0.8, 0.3, 1.0])[answers] + 0.1 * rng.standard_normal(256)
        problems.append(Answers(answers, (answers == 0).astype(np.float64), scores))
    return regret_chart(measured_regrets(problems, [1, *POWERS[1:], 128], 1, rng, draws=20))


def gaps(rng: np.random.Generator) -> Chart:
    """A verifier that finds a right solution if there is one, where problems are even or settled."""
    budgets = np.array(POWERS, np.float64)
    found = {}
    for name, size in (("solutions differ in worth", 4.0), ("solutions are alike", 0.05)):
        rates = rng.beta(0.4 * size, 0.6 * size, (150, 1))
        chosen = 1 - (1 - 0.7 * rates) ** budgets
        found[name] = gap(ScalingCurve(budgets, chosen), ScalingCurve(budgets, np.tile(0.7 * rates, 7)), rng)
    return gap_chart(found)


def choices(rng: np.random.Generator) -> Chart:
    """The right choice rises steadily, the wrong ones by chance."""
    budgets = 2.0 ** np.arange(9)
    x = np.log(budgets)
    right = -6 + rng.normal(0, 1, (400, 1)) + 0.6 * x + rng.normal(0, 0.05, (400, 9))
    wrong = -6.5 + rng.normal(0, 1, (400, 1, 3)) + (0.45 * x)[None, :, None] + rng.normal(0, 0.4, (400, 9, 3))
    data = Choices(budgets, np.concatenate([right[:, :, None], wrong], axis=2), np.zeros(400, np.int64))
    return choices_chart(data, budgets[:6])


def fitted(pool: Path, name: str, select: list[str]) -> str:
    """What the command prints, its chart kept under a name."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        fit(pool, select=select, predict=[128], out=FIGURES, resamples=100)
    (FIGURES / "laws.png").replace(FIGURES / f"{name}.png")
    for left in ("laws.svg", "fits.json"):
        (FIGURES / left).unlink()
    return "\n".join(line.rstrip() for line in told.getvalue().splitlines()).strip()


def main() -> None:
    """Write the page and its figures."""
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/write_laws.py POOL")
    os.environ["COLUMNS"] = "110"
    FIGURES.mkdir(exist_ok=True)
    rng = np.random.default_rng(7)
    drawn = {"judge": judge(), "frontier": frontier(rng), "confidence": confidence(rng), "regret": regret(rng),
             "gap": gaps(rng), "choices": choices(rng)}  # fmt: skip
    for name, chart in drawn.items():
        (FIGURES / f"{name}.png").write_bytes(draw_png(draw_svg(chart)))
    pool, card = Path(sys.argv[1]), read_card()
    example = fitted(pool, "coverage", [])
    fitted(pool, "votes", ["self_consistency"])
    recipe: Any = card["recipe"]
    pilots = recipe["steps"] * recipe["batch"]
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        laws=law_table(),
        example=f"    outlay fit {pool.name} --predict 128\n\n" + "\n".join(f"    {x}" for x in example.splitlines()),
        weights=f"{card['weights']:,}",
        pilots=f"{pilots:,}",
        command=card["command"],
    )
    PAGE.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
