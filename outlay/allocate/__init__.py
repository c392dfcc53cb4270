"""Allocation: what to spend on which question, fitted to a pool and judged on problems that the fit has not seen."""
