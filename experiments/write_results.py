"""Write docs/results.md from what the experiments of this folder left in docs/results/."""

import tomllib
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE.parent / "docs" / "results"


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


def main() -> None:
    """Write the page."""
    found = [section(path) for path in sorted(HERE.glob("*.toml")) if (RESULTS / path.stem).is_dir()]
    opening = "# Results\n\nMeasured on the embedded models by `make results`; every interval covers 95%."
    (RESULTS.parent / "results.md").write_text("\n\n".join([opening, *found]) + "\n")


if __name__ == "__main__":
    main()
