"""Sequential Monte Carlo over steps."""
