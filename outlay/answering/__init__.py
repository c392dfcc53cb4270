"""One question from outside, answered by a strategy within a budget: what other tools and the gateway share."""
