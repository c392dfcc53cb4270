"""Reward models of the package ``transformers``, run in process: sequence and token classifiers of any architecture."""
