"""Under which circumstances a session runs, beyond versions: the command, the commit, the questions, the models."""

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from outlay.bench.experiment import Experiment
from outlay.bench.grid import Trial, asked, digest, expected

SECONDS = 10.0
"""How long Git may take to say where it stands."""


def details(experiment: Experiment, trials: Sequence[Trial]) -> Mapping[str, object]:
    """Plain values for JSON: ``command``, ``commit``, ``questions`` (a digest of all) and ``models`` (their cards)."""
    models = {trial.cell.model: trial.model.info for trial in trials}
    cards = {name: {**asdict(card), "capabilities": sorted(card.capabilities)} for name, card in models.items()}
    questions = {(trial.cell.task, trial.cell.level, trial.index): trial.problem for trial in trials}
    return {
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "commit": commit(experiment.folder),
        "questions": digest([[*asked(problem), expected(problem)] for problem in questions.values()]),
        "models": cards,
    }


def commit(folder: Path) -> str:
    """The Git commit that a folder stands at, with ``-changed`` if files differ from it; empty without a repository."""
    head = _git(folder, "rev-parse", "HEAD")
    changed = head and _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{head}-changed" if changed else head


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder.absolute()), *words]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""
