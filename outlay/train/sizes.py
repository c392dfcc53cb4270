"""The language models that ship, by size: their shape, and what they are trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from outlay.core.errors import UnknownNameError
from outlay.pocket.architecture import Architecture
from outlay.tasks import TASKS
from outlay.tasks.exercise import Task
from outlay.train.corpus import DEFAULT_MIXTURE, Mixture
from outlay.train.drill import Recall
from outlay.train.language_model import LanguageModelRecipe


@dataclass(frozen=True, slots=True)
class Size:
    """One language model.

    Attributes:
        name: as on the command line.
        shape: of the network.
        asked: the tasks that it learns, as they are asked for by name.
        mixture: of tasks and levels in training.
        recipe: how it is trained.
        drills: what it is trained on beside the tasks.
    """

    name: str
    shape: Architecture
    asked: tuple[str, ...]
    mixture: Mixture
    recipe: LanguageModelRecipe
    drills: tuple[Task, ...] = ()

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks that it learns."""
        return [TASKS.build(name) for name in self.asked]

    @property
    def corpus(self) -> Mapping[str, Task]:
        """All that it is trained on, by the names that the mixture uses."""
        return {task.info.name: task for task in (*self.tasks, *self.drills)}


STANDARD = Size(
    "standard",
    Architecture(),
    ("chain", "countdown", "procedure", "program"),
    DEFAULT_MIXTURE,
    LanguageModelRecipe(),
    (Recall(),),
)
SMALL = Size(
    "small",
    Architecture(width=80, layers=4, hidden=208),
    (
        "chain", "countdown", "procedure", "program", "table(calls=lines)", "bayesnet", "multiple_choice", "translate",
    ),
    Mixture(
        tasks={
            "chain": 0.17, "countdown": 0.15, "procedure": 0.12, "program": 0.1, "table": 0.14, "bayesnet": 0.12,
            "multiple_choice": 0.12, "translate": 0.08,
        },
        levels={
            "chain": (0.35, 0.3, 0.2, 0.1, 0.04, 0.01),
            "countdown": (0.35, 0.25, 0.2, 0.15, 0.05),
            "procedure": (0.25, 0.25, 0.25, 0.15, 0.07, 0.03),
            "program": (0.25, 0.2, 0.2, 0.2, 0.15),
            "table": (0.35, 0.3, 0.2, 0.1, 0.05),
            "bayesnet": (0.4, 0.35, 0.2, 0.04, 0.01),
            "multiple_choice": (0.25, 0.25, 0.25, 0.2, 0.05),
            "translate": (0.1, 0.2, 0.25, 0.25, 0.2),
        },
        misses={"countdown": 0.3, "program": 0.3},
    ),
    LanguageModelRecipe(tokens=24_000_000, batch_tokens=2_500),
)  # fmt: skip
SIZES: Mapping[str, Size] = MappingProxyType({size.name: size for size in (STANDARD, SMALL)})


def size_of(name: str) -> Size:
    """The size of a name.

    Raises:
        UnknownNameError: with the nearest known name.
    """
    if name not in SIZES:
        raise UnknownNameError("size", name, SIZES)
    return SIZES[name]
