"""Right proofs by every rule, and what a line of a proof says by truth tables."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outlay.logic.argument import Argument, parse_argument
from outlay.logic.formula import Formula
from outlay.logic.proof.check import proof_lines
from outlay.logic.proof.line import ProofLine, read_line
from outlay.logic.structure import Structure, holds


@dataclass(frozen=True)
class Worked:
    """A proof that uses a rule, of an argument of its own."""

    rule: str
    argument: Argument
    proof: str

    @property
    def lines(self) -> list[str]:
        return proof_lines(self.proof)


def worked(rule: str, argument: str, proof: str) -> Worked:
    return Worked(rule, parse_argument(argument), proof)


RIGHT = [
    worked("reit", "p\n|- p", "1. p [premise]\n2. p [reit 1]"),
    worked("reit", "p\n|- q -> p", "1. p [premise]\n2. | q [assume]\n3. | p [R 1]\n4. q -> p [->I 2-3]"),
    worked("&I", "p\nq\n|- p & q", "1. p [premise]\n2. q [premise]\n3. p & q [&I 1, 2]"),
    worked("&E", "p & q\n|- q", "1. p & q [premise]\n2. q [∧E 1]"),
    worked("|I", "q\n|- p | q", "1. q [premise]\n2. p | q [|I 1]"),
    worked(
        "|E",
        "p | q\np -> r\nq -> r\n|- r",
        """1. p | q [premise]
        2. p -> r [premise]
        3. q -> r [premise]
        4. | p [assume]
        5. | r [->E 2, 4]
        6. | q [assume]
        7. | r [->E 3, 6]
        8. r [∨E 1, 4-5, 6-7]""",
    ),
    worked("->I", "q\n|- p -> q", "1. q [premise]\n2. | p [assume]\n3. | q [reit 1]\n4. p -> q [→I 2-3]"),
    worked("->I", "|- p -> p", "1. | p [assume]\n2. p -> p [->I 1-1]"),
    worked("->E", "p\np -> q\n|- q", "1. p [premise]\n2. p -> q [premise]\n3. q [->E 1, 2]"),
    worked(
        "<->I",
        "p -> q\nq -> p\n|- p <-> q",
        """1. p -> q [premise]
        2. q -> p [premise]
        3. | p [assume]
        4. | q [->E 1, 3]
        5. | q [assume]
        6. | p [->E 2, 5]
        7. p <-> q [↔I 3-4, 5-6]""",
    ),
    worked("<->E", "p <-> q\nq\n|- p", "1. p <-> q [premise]\n2. q [premise]\n3. p [<->E 1, 2]"),
    worked("<->E", "p <-> q\np\n|- q", "1. p <-> q [premise]\n2. p [premise]\n3. q [<->E 1, 2]"),
    worked(
        "-I",
        "p -> q\n-q\n|- -p",
        """1. p -> q [premise]
        2. -q [premise]
        3. | p [assume]
        4. | q [->E 1, 3]
        5. | false [¬E 2, 4]
        6. -p [¬I 3-5]""",
    ),
    worked("-E", "p\n-p\n|- false", "1. p [premise]\n2. -p [premise]\n3. false [-E 1, 2]"),
    worked("--E", "--p\n|- p", "1. --p [premise]\n2. p [¬¬E 1]"),
    worked("falseE", "false\n|- q", "1. false [premise]\n2. q [⊥E 1]"),
    worked(
        "IP",
        "-p -> p\n|- p",
        """1. -p -> p [premise]
        2. | -p [assume]
        3. | p [->E 1, 2]
        4. | false [-E 2, 3]
        5. p [IP 2-4]""",
    ),
    worked(
        "allI",
        "all x. (P(x) & Q(x))\n|- all y. P(y)",
        "1. all x. (P(x) & Q(x)) [premise]\n2. P(a) & Q(a) [∀E 1]\n3. P(a) [&E 2]\n4. all y. P(y) [∀I 3]",
    ),
    worked("allE", "all x. R(x, b)\n|- R(a, b)", "1. all x. R(x, b) [premise]\n2. R(a, b) [allE 1]"),
    worked("existsI", "R(a, a)\n|- exists x. R(x, a)", "1. R(a, a) [premise]\n2. exists x. R(x, a) [∃I 1]"),
    worked(
        "existsE",
        "exists x. P(x)\nall x. (P(x) -> Q(x))\n|- exists y. Q(y)",
        """1. exists x. P(x) [premise]
        2. all x. (P(x) -> Q(x)) [premise]
        3. | P(a) [assume]
        4. | P(a) -> Q(a) [allE 2]
        5. | Q(a) [->E 3, 4]
        6. | exists y. Q(y) [existsI 5]
        7. exists y. Q(y) [∃E 1, 3-6]""",
    ),
    worked("=I", "|- all x. x = x", "1. a = a [=I]\n2. all x. x = x [allI 1]"),
    worked("=E", "a = b\nR(a, a)\n|- R(a, b)", "1. a = b [premise]\n2. R(a, a) [premise]\n3. R(a, b) [=E 1, 2]"),
    worked("=E", "a = b\n|- b = a", "1. a = b [premise]\n2. a = a [=I]\n3. b = a [=E 1, 2]"),
]
"""Every rule at least once."""


def in_force(argument: Argument, lines: Sequence[ProofLine]) -> list[Formula]:
    """The premises, and what is assumed around the last line: the boxes are found again from the bars alone."""
    open_boxes: list[Formula] = []
    for line in lines:
        del open_boxes[line.boxes - (line.rule == "assume") :]
        if line.rule == "assume":
            open_boxes.append(line.formula)
    return [*argument.premises, *open_boxes]


def check_lines(argument: Argument, lines: Sequence[str], tables: Sequence[Structure]) -> None:
    """Every line is true wherever the premises and what is assumed around it are."""
    read = [read_line(line) for line in lines]
    for number in range(1, len(read) + 1):
        formula, given = read[number - 1].formula, in_force(argument, read[:number])
        for table in tables:
            if all(holds(one, table) for one in given):
                assert holds(formula, table), (lines[:number], str(table))


def with_cited(line: str) -> list[str]:
    """The line with each number that it cites replaced by others."""
    head, bracket, reason = line.rpartition("[")
    found = list(re.finditer(r"\d+", reason))
    return [
        f"{head}{bracket}{reason[: one.start()]}{new}{reason[one.end() :]}"
        for one in found
        for new in (*range(10), 77)
        if new != int(one[0])
    ]
