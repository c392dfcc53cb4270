"""Strategies behind the OpenAI API: an application changes its ``base_url`` and names a strategy, nothing else."""
