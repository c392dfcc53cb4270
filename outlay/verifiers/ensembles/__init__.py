"""Verifiers made of verifiers."""
