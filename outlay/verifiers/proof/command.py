"""``proof_command``: an installed proof assistant, such as Lean or F*, checks an answer."""

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from outlay.core.errors import InvalidInputError, InvalidSettingError, VerifierError
from outlay.core.problem import Problem
from outlay.core.run import Run
from outlay.core.trajectory import Finish, Trajectory
from outlay.core.verifier import Verdict, VerifierInfo
from outlay.verifiers.command import Ended, run_command
from outlay.verifiers.proof.limited import CANNOT_RUN

_LIMITED = Path(__file__).with_name("limited.py")
_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_MOST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class ProofCommand:
    """Passes an answer if a program that is given it as a file ends with exit code 0.

    The answer is its last fenced block, or else all of its text; it is written behind the ``preamble`` to a file in an
    empty folder, and the command runs there without a shell, with limits on time and memory, and with no more of the
    environment than ``HOME`` and ``PATH``. Nothing keeps it from the network or from your files: proof assistants run
    code that a proof contains, so for answers that you do not trust name a command that starts a container.

    Without a preamble that states the theorem, any true theorem passes. Words in ``forbidden`` fail an answer before
    it is run, as they end a proof that is none with exit code 0.

    Attributes:
        command: the program and its arguments, as in ``lean`` or ``fstar.exe --quiet``; the file comes last, or in
            place of ``{}``.
        suffix: of the file's name.
        preamble: a file whose text comes before the answer, such as imports and the theorem up to its proof.
        forbidden: words that no answer may have.
        seconds: wall time.
        memory: megabytes of address space.
    """

    command: str
    suffix: str = ".lean"
    preamble: str = ""
    forbidden: tuple[str, ...] = ("sorry", "admit", "axiom", "assume")
    seconds: float = 60.0
    memory: int = 8192
    info: VerifierInfo = VerifierInfo(
        "proof_command", "a proof assistant of your own, by its command line", needs="an installed proof assistant"
    )

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\.\w{1,16}", self.suffix):
            raise InvalidSettingError("verifier proof_command", "suffix", self.suffix, "a dot and a few letters")
        if not 0.05 <= self.seconds <= 3600:
            raise InvalidSettingError("verifier proof_command", "seconds", self.seconds, "between 0.05 and 3600")
        if self.memory < 64:
            raise InvalidSettingError("verifier proof_command", "memory", self.memory, "64 megabytes or more")
        self._arguments("")
        self._preamble()

    def require(self, problem: Problem) -> None:
        """Any problem will do."""

    async def judge(self, problem: Problem, trajectories: Sequence[Trajectory], run: Run) -> list[Verdict]:
        """One verdict for each trajectory; the program runs once for each.

        Raises:
            VerifierError: if the program cannot be started.
        """
        return [await self.check(one.text, one.finish) for one in trajectories]

    async def check(self, answer: str, finish: Finish | None = Finish.END) -> Verdict:
        """The verdict on an answer's text.

        Raises:
            VerifierError: if the program cannot be started.
        """
        proof = bare_proof(answer)
        if finish is not Finish.END or not proof.strip():
            return Verdict(0.0, evidence="there is no finished proof")
        found = next((word for word in self.forbidden if re.search(rf"\b{re.escape(word)}\b", proof)), None)
        if found is not None or len(proof) > _MOST_TEXT:
            return Verdict(0.0, evidence=f"it has {found!r}" if found else "the proof is too long")
        with tempfile.TemporaryDirectory(prefix="outlay-proof-", ignore_cleanup_errors=True) as folder:
            file = Path(folder) / f"proof{self.suffix}"
            file.write_text(self._preamble() + proof, encoding="utf-8", errors="replace")
            ended = await self._run(str(file), folder)
        if ended.code is None:
            return Verdict.unknown(f"the program was stopped: more than {self.seconds:g} seconds or too much output")
        said = ended.output.decode("utf-8", "replace").strip().partition("\n")[0][:300]
        told = f"exit code {ended.code}" + (f": {said}" if said else "")
        if ended.code == CANNOT_RUN:
            raise VerifierError(f"verifier proof_command: the program cannot be run; {told}")
        # What a signal ended, such as a limit, has said nothing of the proof.
        return Verdict.unknown(told) if ended.code < 0 else Verdict(float(ended.code == 0), evidence=told)

    async def _run(self, file: str, folder: str) -> Ended:
        kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
        limits = [str(ceil(self.seconds) * (os.cpu_count() or 1)), str(self.memory << 20)]
        command = [sys.executable, "-I", "-S", "-B", str(_LIMITED), *limits, *self._arguments(file)]
        try:
            return await run_command(
                command, seconds=self.seconds, folder=folder, environment=kept, most=1 << 20, errors_too=True
            )
        except OSError as error:
            raise VerifierError(f"verifier proof_command cannot be started: {error}") from error

    def _arguments(self, file: str) -> list[str]:
        """The command for a file, its program by its whole path.

        Raises:
            InvalidInputError: if the command cannot be read or its program is not installed.
        """
        try:
            program, *rest = shlex.split(self.command)
        except ValueError as error:
            raise InvalidSettingError("verifier proof_command", "command", self.command, "a command line") from error
        found = shutil.which(program)
        if found is None:
            raise InvalidInputError(
                f"verifier proof_command: there is no program {program!r}; install it or give its path"
            )
        placed = [file if argument == "{}" else argument for argument in rest]
        return [str(Path(found).absolute()), *placed, *([] if "{}" in rest else [file])]

    def _preamble(self) -> str:
        try:
            return Path(self.preamble).read_text(encoding="utf-8") + "\n" if self.preamble else ""
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"verifier proof_command: cannot read the preamble: {error}") from error


def bare_proof(answer: str) -> str:
    """The last fenced block of an answer, or else all of it."""
    blocks = _FENCED.findall(answer)
    return str(blocks[-1]) if blocks else answer
