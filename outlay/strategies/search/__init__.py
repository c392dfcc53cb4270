"""Search over steps."""
