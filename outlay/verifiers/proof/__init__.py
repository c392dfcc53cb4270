"""Judges proofs: ``verifier`` by the checker of ``outlay.logic.proof``, ``command`` by a program such as Lean or F*."""
