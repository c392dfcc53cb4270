"""What one program, or its tests, may use."""

from dataclasses import dataclass

from outlay.core.errors import InvalidSettingError


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """Limits of each process.

    Attributes:
        wall_seconds: from the start to the last answer.
        cpu_seconds: CPU time.
        memory_megabytes: address space, the interpreter's own 50 MB included.
        file_megabytes: what the private folder may hold.
        output_bytes: of standard output.
    """

    wall_seconds: float = 10.0
    cpu_seconds: int = 5
    memory_megabytes: int = 512
    file_megabytes: int = 16
    output_bytes: int = 1 << 20

    @classmethod
    def of(cls, owner: str, seconds: float, memory: int) -> "CodeLimits":
        """Limits for a stated wall time and memory, as settings of a verifier give them.

        Raises:
            InvalidSettingError: if one is out of range.
        """
        if not 0.1 <= seconds <= 600:
            raise InvalidSettingError(owner, "seconds", seconds, "between 0.1 and 600")
        if not 64 <= memory <= 1 << 16:
            raise InvalidSettingError(owner, "memory", memory, "between 64 and 65536 megabytes")
        return cls(seconds, max(1, round(seconds)), memory)
