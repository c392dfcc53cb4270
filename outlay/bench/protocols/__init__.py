"""Protocols of measurement from the literature: each reads runs of ``outlay bench`` and says what they come to."""
