"""Strategies that look at what they have got before they spend more."""
