"""What an evaluation came to: a row for each selection, number of samples and exam."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from outlay.core.errors import MissingExtraError
from outlay.statistics import Comparison, Interval

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


@dataclass(frozen=True, slots=True)
class Exam:
    """What was asked, and of whom."""

    task: str
    level: int
    model: str

    def __str__(self) -> str:
        question = f"{self.task}, level {self.level}" if self.level else self.task
        return ", ".join(filter(None, (question, self.model)))


@dataclass(frozen=True, slots=True)
class Row:
    """What one selection makes of n samples.

    Attributes:
        exam: of which problems.
        selection: how the answer is made.
        n: how many samples of a problem it is made of.
        problems: how many have so many samples.
        accuracy: the expected share of right answers, with its interval over problems; None if it is refused.
        simulation_error: standard error of the accuracy by simulation alone; 0 where it is exact.
        tokens: expected of a problem: prompt, completions, and what the verifier took; None where it is not known.
        dollars: likewise.
        flops: likewise.
        seconds: likewise, all samples drawn side by side: that of the slowest.
        seconds_one_by_one: likewise, one after another.
        comparison: accuracy less that of the baseline at the same n, paired by problem; None for the baseline itself.
        p_value: of the comparison, corrected after Holm for all rows that have one.
        effective: the least effective sample size of a problem under the target policy; None without one.
        refused: why there is no estimate; empty where there is one.
    """

    exam: Exam
    selection: str
    n: int
    problems: int
    accuracy: Interval | None
    simulation_error: float = 0.0
    tokens: float | None = None
    dollars: float | None = None
    flops: float | None = None
    seconds: float | None = None
    seconds_one_by_one: float | None = None
    comparison: Comparison | None = None
    p_value: float | None = None
    effective: float | None = None
    refused: str = ""

    def as_dict(self) -> dict[str, object]:
        """Plain values; None where there is none or it is infinite."""
        share, gap = self.accuracy, self.comparison
        difference = gap.difference if gap else None
        found: dict[str, object] = {
            "task": self.exam.task,
            "level": self.exam.level,
            "model": self.exam.model,
            "selection": self.selection,
            "n": self.n,
            "problems": self.problems,
            "accuracy": share.estimate if share else None,
            "accuracy_low": share.low if share else None,
            "accuracy_high": share.high if share else None,
            "simulation_error": self.simulation_error if share else None,
            "tokens": self.tokens,
            "dollars": self.dollars,
            "flops": self.flops,
            "seconds": self.seconds,
            "seconds_one_by_one": self.seconds_one_by_one,
            "difference": difference.estimate if difference else None,
            "difference_low": difference.low if difference else None,
            "difference_high": difference.high if difference else None,
            "detectable": gap.detectable if gap else None,
            "p_value": self.p_value,
            "effective_samples": self.effective,
            "refused": self.refused or None,
        }
        return {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in found.items()}


_TYPES: Mapping[str, pa.DataType] = {
    "task": pa.string(), "level": pa.int32(), "model": pa.string(), "selection": pa.string(), "n": pa.int32(),
    "problems": pa.int32(), "refused": pa.string(),
}  # fmt: skip
"""Of columns that do not hold fractions."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every selection at every number of samples.

    Attributes:
        rows: by exam, then selection, then n.
        baseline: the selection that others are compared with.
        target: the policy that the estimates are of; empty for the one that drew the pool.
        ungraded: samples that were left out because they are not graded.
    """

    rows: Sequence[Row]
    baseline: str
    target: str = ""
    ungraded: int = 0

    def to_arrow(self) -> pa.Table:
        """A row for each row, with a column for each figure."""
        plain = [row.as_dict() for row in self.rows]
        names = Row(Exam("", 0, ""), "", 0, 0, None).as_dict()
        schema = pa.schema([(name, _TYPES.get(name, pa.float64())) for name in names])
        return pa.Table.from_pylist(plain, schema=schema)

    def to_pandas(self) -> "pd.DataFrame":
        """The same as a pandas frame.

        Raises:
            MissingExtraError: if pandas is not installed.
        """
        try:
            import pandas  # noqa: F401, ICN001, PLC0415 (an extra)
        except ImportError:
            raise MissingExtraError("to_pandas", "pandas") from None
        return self.to_arrow().to_pandas()

    def to_polars(self) -> "pl.DataFrame":
        """The same as a polars frame.

        Raises:
            MissingExtraError: if polars is not installed.
        """
        try:
            import polars  # noqa: ICN001, PLC0415 (an extra)
        except ImportError:
            raise MissingExtraError("to_polars", "polars") from None
        found = polars.from_arrow(self.to_arrow())
        return found if isinstance(found, polars.DataFrame) else found.to_frame()
