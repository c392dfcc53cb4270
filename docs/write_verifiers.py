"""Write docs/verifiers.md: the template, with the audits and each verifier's entry from its docstring."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from settings_table import settings

from outlay.core.errors import InvalidInputError
from outlay.core.verifier import VerifierInfo
from outlay.verifiers import VERIFIERS

DOCS = Path(__file__).parent
PAGE = DOCS / "verifiers.md"
AUDITS = DOCS / "results" / "audits"
EXAMPLES = {
    "cascade": "cascade(of=[tests, process_reward])",
    "ensemble": "ensemble(of=[tests, process_reward])",
    "hugging_face": "hugging_face(model=FOLDER)",
    "noisy": "noisy(of=step_check)",
    "remote_reward": "remote_reward(model=NAME)",
}
"""Of those that cannot be built from nothing."""
FAMILIES = (
    ("They know", "Facts decide: a reference, a test, a proof.", (
        "exact", "maths", "step_check", "tests", "code", "generated_tests", "logic", "proof", "proof_command",
        "tool_check",
    )),
    ("They have learnt", "Reward models: a score for an answer, or for each step.", (
        "process_reward", "hugging_face", "remote_reward",
    )),
    ("They are asked", "Language models as judges, paid from the same budget. `model=NAME` asks another one.", (
        "self_evaluation", "generative", "judge", "pairwise", "listwise", "backward", "program_of_thought",
        "step_labels",
    )),
    ("They are made of others", "", ("ensemble", "cascade", "calibrated", "fused", "noisy")),
)  # fmt: skip
TEMPLATE = DOCS / "verifiers.md.template"
"""What is written by hand."""


def entry(name: str) -> Iterator[str]:
    """One verifier: what it does, when it helps, what it needs, where it comes from."""
    part = VERIFIERS.type_of(name)
    words = re.split(r"\n(?=Attributes:|Raises:|Example:)", inspect.getdoc(part) or "")[0]
    yield f"\n### `{name}`\n"
    yield re.sub(r"``", "`", words.strip())
    info = card(name)
    if info is not None:
        yield f"\n*Judges* {info.judges}. *Needs* {info.needs or 'nothing'}."
    yield from settings(part)


def card(name: str) -> VerifierInfo | None:
    """What a verifier is; None for one that needs a file to be built."""
    try:
        return VERIFIERS.build(EXAMPLES.get(name, name)).info
    except InvalidInputError:
        return None


def page() -> str:
    """The whole page."""
    entries: list[str] = []
    for title, words, names in FAMILIES:
        entries += [f"## {title}", *(["", words] if words else [])]
        for name in names:
            if name in VERIFIERS:
                entries += entry(name)
        entries.append("")
    audits = "\n\n".join(file.read_text(encoding="utf-8").strip() for file in sorted(AUDITS.glob("*.md")))
    text = TEMPLATE.read_text(encoding="utf-8").replace("{audits}", audits).replace("{entries}", "\n".join(entries))
    return text.rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
