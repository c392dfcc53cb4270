"""Which step of a failed answer was decisive: by rollouts from each of its prefixes, by a judge, by step scores."""
