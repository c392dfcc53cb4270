"""Judges deductions by a theorem prover: first-order logic, given or translated by the model, decided by Z3.

Source: Olausson et al. 2023, LINC: A Neurosymbolic Approach for Logical Reasoning by Combining Language Models with
First-Order Logic Provers. ``smtlib`` writes an argument in the provers' common language, ``prover`` asks ``worker`` in
a process of its own, ``translation`` has the conversation with the model and ``verifier`` takes the majority.
"""
