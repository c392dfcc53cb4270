"""The study that keeps a search: Optuna's own, in Optuna's own storage, so that its dashboard opens it."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outlay.core.errors import InvalidInputError, MissingExtraError
from outlay.tune.space import Params
from outlay.tune.surrogates import SURROGATES
from outlay.tune.surrogates.points import Draw

DATABASE, JOURNAL = "study.db", "study.log"
FIRST = 6
"""Trials that are drawn at random before a sampler learns from them."""
CHOSEN = "model"
"""The attribute of a trial that is set last, once all of its choices are made."""
OBJECTIVES = ("accuracy", "tokens")
DIRECTIONS = ("maximize", "minimize")
Study = Any
"""An ``optuna.Study``, which is there only with the extra."""
Trial = Any
"""An ``optuna.trial.FrozenTrial``."""


def storage_of(folder: Path, given: str = "sqlite") -> Any:
    """The storage of a folder: an SQLite database, or a journal file, which network file systems bear better.

    Raises:
        InvalidInputError: if it is neither.
        MissingExtraError: without Optuna.
    """
    optuna = _optuna()
    if given == "journal":
        backend = optuna.storages.journal.JournalFileBackend(str(folder / JOURNAL))
        with _quiet():
            return optuna.storages.JournalStorage(backend)
    if given != "sqlite":
        raise InvalidInputError(f"--storage must be sqlite or journal; got {given!r}")
    return f"sqlite:///{(folder / DATABASE).resolve()}"


def open_study(folder: Path, name: str, storage: str = "sqlite") -> Study:
    """The study of a folder, made if it is not there.

    Raises:
        InvalidInputError: if the folder's study has other objectives.
        MissingExtraError: without Optuna.
    """
    optuna = _optuna()
    folder.mkdir(parents=True, exist_ok=True)
    with _quiet():
        study = optuna.create_study(
            storage=storage_of(folder, storage), study_name=name, directions=DIRECTIONS, load_if_exists=True
        )
        study.set_metric_names(list(OBJECTIVES))
    return study


def earlier_front(folder: Path) -> list[Trial]:
    """The best trials of all studies in the folder of an earlier search.

    Raises:
        InvalidInputError: if there are none.
        MissingExtraError: without Optuna.
    """
    optuna = _optuna()
    kind = "sqlite" if (folder / DATABASE).is_file() else "journal" if (folder / JOURNAL).is_file() else ""
    if not kind:
        raise InvalidInputError(f"there is no study in {str(folder)!r}: it has neither {DATABASE} nor {JOURNAL}")
    storage = storage_of(folder, kind)
    names = optuna.get_all_study_names(storage)
    return [trial for name in names for trial in optuna.load_study(study_name=name, storage=storage).best_trials]


def sampler_of(name: str, seed: int, before: int, draw: Draw) -> Any:
    """What suggests a trial; it depends on the seed and the finished trials alone, and not on when a search was killed.

    Args:
        name: ``tpe`` (tree-structured Parzen estimators), ``gp`` (Gaussian processes; PyTorch), ``nsga`` (NSGA-II),
            ``random``, or a surrogate.
        seed: of the search.
        before: how many trials are finished.
        draw: asks a trial for the choices that make a candidate, for the surrogates.

    Raises:
        MissingExtraError: without PyTorch, for ``gp``.
    """
    optuna = _optuna()
    drawn = (seed * 1_000_003 + before) % 2**31
    samplers: dict[str, Callable[[], Any]] = {
        "tpe": lambda: optuna.samplers.TPESampler(seed=drawn, n_startup_trials=FIRST),
        "gp": lambda: optuna.samplers.GPSampler(seed=drawn, n_startup_trials=FIRST),
        "nsga": lambda: optuna.samplers.NSGAIISampler(seed=drawn, population_size=FIRST),
        "random": lambda: optuna.samplers.RandomSampler(seed=drawn),
    }
    if name in SURROGATES:
        from outlay.tune.surrogates.sampler import SurrogateSampler  # noqa: PLC0415 (it needs the optional extra)

        return SurrogateSampler(SURROGATES.build(name), draw, seed, FIRST)
    if name == "gp":
        try:
            import torch  # noqa: F401, PLC0415 (an optional extra, slow to load)
        except ImportError:
            raise MissingExtraError("the sampler gp", "train") from None
    with _quiet():
        return samplers[name]()


def finished(study: Study) -> list[Trial]:
    """The trials that count: measured to the end, stopped early, or found to be impossible."""
    states = _optuna().trial.TrialState
    found: list[Trial] = study.get_trials(deepcopy=False, states=(states.COMPLETE, states.PRUNED))
    return found


def ask(study: Study) -> Any:
    """The next trial: before all others the one that was under way when an earlier session ended.

    It goes on as itself, at its place among the others. One that the sampler was still choosing is chosen anew, so that
    all of it comes from the same draws.
    """
    optuna = _optuna()
    states = optuna.trial.TrialState
    for lost in study.get_trials(deepcopy=False, states=(states.RUNNING,)):
        if CHOSEN in lost.user_attrs or "fixed_params" in lost.system_attrs:
            return optuna.trial.Trial(study, lost._trial_id)  # noqa: SLF001 (Optuna tells it nowhere else)
        study.tell(lost.number, state=states.FAIL)
    return study.ask()


def enqueue(study: Study, params: Params, **about: object) -> None:
    """Queue choices; those that they leave open are the sampler's."""
    with _quiet():
        study.enqueue_trial(params, user_attrs=about)


def complete(study: Study, trial: Any, values: tuple[float, float]) -> None:
    """End a trial with its accuracy and its tokens."""
    study.tell(trial, values)


def stop(study: Study, trial: Any) -> None:
    """End a trial without them."""
    study.tell(trial, state=_optuna().trial.TrialState.PRUNED)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings that a part of Optuna is new."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", _optuna().exceptions.ExperimentalWarning)
        yield


def _optuna() -> Any:
    try:
        import optuna  # noqa: PLC0415 (an optional extra, slow to load)
    except ImportError:
        raise MissingExtraError("outlay tune", "tune") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
