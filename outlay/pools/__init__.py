"""Pools: many samples of each problem, drawn once and evaluated many times."""
