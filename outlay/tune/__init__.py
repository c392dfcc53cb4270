"""Searches for the strategy, its settings and its model: accuracy against tokens, on problems set aside for it."""
