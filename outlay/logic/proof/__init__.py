"""Natural deduction in lines and boxes, after Fitch 1952, Symbolic Logic: the checker and its rules.

    1. p -> q [premise]
    2. q -> r [premise]
    3. | p [assume]
    4. | q [->E 1, 3]
    5. | r [->E 2, 4]
    6. p -> r [->I 3-5]

A line has its number, a bar for each box around it, a formula, and in brackets the rule and what it cites: lines by
number, boxes by their first line and one that stands directly in them. ``assume`` opens a box, fewer bars close it, and
what stands in a closed box can be cited only as part of the whole box.

| rule | formula | cites |
|---|---|---|
| `premise` | one of the premises | |
| `assume` | any, in a box of its own | |
| `reit` | A | A |
| `&I`, `&E` | A & B; A or B | A, B; A & B |
| `|I`, `|E` | A | B; C | A or B; A | B, box from A to C, box from B to C |
| `->I`, `->E` | A -> B; B | box from A to B; A -> B, A |
| `<->I`, `<->E` | A <-> B; B | box from A to B, box from B to A; A <-> B, A (or B for A) |
| `-I`, `-E` | -A; false | box from A to false; A, -A |
| `--E`, `falseE` | A; any | --A; false |
| `IP` | A | box from -A to false |
| `allI`, `allE` | all x. A; A of some c | A of a c that no premise and no open assumption names; all x. A |
| `existsI`, `existsE` | exists x. A; B | A of some c; exists x. A, box from A of a new c to a B without it |
| `=I`, `=E` | c = c; A with some c replaced by d | nothing; c = d (or d = c), A |

Signs may be written as in formulas: ``∧I``, ``⊥E``, ``∀E``.
"""
