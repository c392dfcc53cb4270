"""Write docs/results.md from what the experiments of this folder left in docs/results/, and from the models' cards."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE.parent / "docs" / "results"
CARDS = HERE.parent / "outlay" / "pocket" / "shipped"
DIALOGUE = HERE.parent / "outlay" / "pocket" / "shipped_dialogue" / "language_model.json"
PAGES = ("efficiency", "orchestration")
"""Pages that benchmarks write, which become sections."""
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


def pooled() -> str:
    """What was evaluated on pools: its charts and tables."""
    return "\n\n".join([
        "## What samples are worth",
        ("64 samples of each of 200 problems, drawn once and judged once; every way of choosing among n of them, "
        "expected over all sub-samples. Drawn and evaluated by `make pools`."),
        "![Accuracy against samples](results/samples/samples.png)",
        "![Accuracy against tokens](results/samples/tokens.png)",
        (RESULTS / "samples" / "table.md").read_text().strip(),
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


def page(name: str) -> str:
    """A benchmark's page as a section: its headings one level lower, its links from here."""
    text = (RESULTS / f"{name}.md").read_text().strip().replace("](../../", "](../")
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in text.splitlines())


def conversations() -> Iterator[str]:
    """How well the dialogue model converses, by task and level."""
    columns = {
        "accuracy": "plain answer", "ranking": "ranking by its own verdict", "mended": "wrong ones mended",
        "spoilt": "right ones spoilt", "at_once": "answer at once", "thinking": "thinking, with wait",
    }  # fmt: skip
    levels = json.loads(DIALOGUE.read_text())["test_dialogue"]
    yield "## The embedded model that converses\n"
    first = levels[0]
    yield (
        f"{first['problems']} test problems of each level, {first['samples']} samples of each at temperature 1, "
        "shares in %. Ranking: the probability that its verdict on a right sample is above that on a wrong one of the "
        "same problem. Mended, spoilt: what a second attempt does to wrong and to right answers.\n"
    )
    yield f"| task | level | {' | '.join(columns.values())} |"
    yield f"| --- |{' ---: |' * (len(columns) + 1)}"
    for level in levels:
        shares = [level[key] for key in columns]
        shown = ["" if share is None else f"{100 * share:.1f}" for share in shares]
        shown[1] = "" if level["ranking"] is None else f"{level['ranking']:.3f}"
        yield f"| {level['task']} | {level['level']} | {' | '.join(shown)} |"


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
    found = [pooled()] if (RESULTS / "samples").is_dir() else []
    found += [section(path) for path in sorted(HERE.glob("*.toml")) if (RESULTS / path.stem).is_dir()]
    pages = [page(name) for name in PAGES if (RESULTS / f"{name}.md").exists()]
    opening = "# Results\n\nMeasured on the embedded models; every interval covers 95%. Written by `make results`."
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
        "\n".join(conversations()),
    ]  # fmt: skip
    (RESULTS.parent / "results.md").write_text("\n\n".join([opening, *found, *pages, *cards]) + "\n")


if __name__ == "__main__":
    main()
