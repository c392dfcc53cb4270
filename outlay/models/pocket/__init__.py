"""The embedded models, without PyTorch."""
