"""Extrapolation by a network that has been fitted to a prior over curves: a posterior in one forward pass."""
