"""Write docs/results.md from what the experiments of this folder left in docs/results/, and from the models' cards."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE.parent / "docs" / "results"
CARDS = HERE.parent / "outlay" / "pocket" / "shipped"
COLUMNS = {
    "problems": "n",
    "accuracy": "one sample, % ± 95%",
    "majority": "majority of 16",
    "coverage": "coverage of 16",
    "best": "judge's favourite of 16",
    "ranking": "ranking",
}


def section(experiment: Path) -> str:
    """One experiment: its name, its opening comment, its charts and its tables."""
    source = experiment.read_text()
    comment = " ".join(line.removeprefix("#").strip() for line in source.splitlines() if line.startswith("#"))
    folder = experiment.stem
    return "\n\n".join([
        f"## {tomllib.loads(source)['name']}",
        f"{comment} Settings: [experiments/{experiment.name}](../experiments/{experiment.name}).",
        f"![Accuracy against tokens](results/{folder}/tokens.png)",
        f"![What k samples hold, and what is chosen from them](results/{folder}/samples.png)",
        (RESULTS / folder / "table.md").read_text().strip(),
    ])  # fmt: skip


def card(name: str, title: str, text: str) -> Iterator[str]:
    """The test results of one shipped model, by task and level."""
    told = json.loads((CARDS / f"{name}.json").read_text())
    levels = told.get("test_accuracy") or told["test_quality"]
    shown = [key for key in COLUMNS if any(key in level for level in levels)]
    yield f"## {title}\n\n{text}\n"
    yield f"| task | level | {' | '.join(COLUMNS[key] for key in shown)} |"
    yield f"| --- |{' ---: |' * (len(shown) + 1)}"
    for level in levels:
        cells = [cell(level, key) for key in shown]
        yield f"| {level['task']} | {level['level']} | {' | '.join(cells)} |"


def cell(level: dict[str, float], key: str) -> str:
    """One figure: a count, a share with its interval, a share, or a probability."""
    if key not in level:
        return ""
    if key in {"problems", "ranking"}:
        return f"{level[key]:g}" if key == "problems" else f"{level[key]:.3f}"
    margin = level.get("margin") if key == "accuracy" else None
    return f"{100 * level[key]:.1f}" + (f" ± {100 * margin:.1f}" if margin is not None else "")


def main() -> None:
    """Write the page."""
    found = [section(path) for path in sorted(HERE.glob("*.toml")) if (RESULTS / path.stem).is_dir()]
    opening = "# Results\n\nMeasured on the embedded models by `make results`; every interval covers 95%."
    cards = [
        "\n".join(card(
            "language_model", "The embedded language model",
            "Test problems that training never saw; 16 samples of each at temperature 1.",
        )),
        "\n".join(card(
            "reward_model", "The embedded reward model",
            "The same with its verdicts. Ranking: the probability that it scores a right sample above a wrong one of "
            "the same problem; empty where no problem has both.",
        )),
    ]  # fmt: skip
    (RESULTS.parent / "results.md").write_text("\n\n".join([opening, *found, *cards]) + "\n")


if __name__ == "__main__":
    main()
