"""Independent samples, and how to choose among them."""
