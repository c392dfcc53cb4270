"""First-order logic as text and as trees, and proofs in it. Knows no language model and no theorem prover.

``formula`` has the trees, ``parser`` and ``printing`` their text, ``argument`` premises with a conclusion.
``structure`` says what is true in a small world, ``clauses`` decides small sets of clauses, and ``proof`` checks
natural deduction.
"""
