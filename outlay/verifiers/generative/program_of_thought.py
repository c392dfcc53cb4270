"""``program_of_thought``: an answer's reasoning written as a program, run, and held against the answer."""

import re
from ast import literal_eval
from collections.abc import Sequence
from dataclasses import dataclass

from outlay.core.consult import ask
from outlay.core.model import LanguageModel
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.generative import prompts
from outlay.verifiers.generative.asker import averaged, check_asked, needed
from outlay.verifiers.sandbox.process import Output, run_programs

_FENCED = re.compile(r"```(?:python|py)?[ \t]*\n(.{1,20000}?)```", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProgramOfThought:
    """The share of programs, written by a model from the answer's own reasoning, that come to the same value.

    Words hide a slip of arithmetic that a program cannot make, and a program that fails says so. With ``anew`` the
    model does not see the answer and programs the question: two roads to one value. Programs run in the sandbox.
    Source: "Improving LLM Reasoning through Scaling Inference Computation with Collaborative Verification", CoTnPoT.

    Attributes:
        samples: programs for each answer.
        anew: whether they are written from the question alone.
        model: who writes them; None for the model that answers.
        temperature: of the programs.
        max_tokens: of each program.
        seed: of the programs.
    """

    samples: int = 2
    anew: bool = False
    model: LanguageModel | None = None
    temperature: float = 0.7
    max_tokens: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked("program_of_thought", self.model, samples=self.samples, max_tokens=self.max_tokens)

    @property
    def info(self) -> VerifierInfo:
        """What it is."""
        return VerifierInfo(
            "program_of_thought", "the reasoning as a program, run and compared", needs="a model that writes programs",
            capabilities=needed(self.model), reserves_first=True,
        )  # fmt: skip

    def require(self, problem: Problem) -> None:
        """Refuse nothing."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; an answer without a value fails.

        Raises:
            VerifierError: if the sandbox fails.
        """
        return [await self._judge(problem, one, run) for one in trajectories]

    async def _judge(self, problem: Problem, one: Trajectory, run: Run) -> Verdict:
        value = one.value
        if value is None:
            return Verdict(0.0, evidence="there is no answer to compare with")
        talk = prompts.programming(problem, None if self.anew else one.text)
        found = await ask(
            run, talk, model=self.model, n=self.samples, temperature=self.temperature, max_tokens=self.max_tokens,
            seed=self.seed,
        )  # fmt: skip
        programs = [blocks[-1] for text in found.texts if (blocks := _FENCED.findall(text))]
        outputs = await run_programs(programs, ["None"]) if programs else []
        agree = [_agrees(problem, value, output) for (output,) in outputs]
        return averaged(
            [*agree, *([None] * (len(found.texts) - len(programs)))], [found], "share of programs that agree"
        )


def _agrees(problem: Problem, value: str, output: Output) -> bool | None:
    """Whether a program's value is the answer; None if it has none."""
    if output.failed:
        return None
    try:
        result = literal_eval(output.text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if result is None:
        return None
    # A whole number that came out as 7.0 is 7.
    shown = str(int(result)) if isinstance(result, float) and result.is_integer() else str(result)
    return problem.answer_rule.equal(shown, value)
