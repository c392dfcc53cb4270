"""How sure a majority is: the posterior probability that the leader of a vote is ahead in truth."""

from scipy.special import betainc


def probability_ahead(leader: float, second: float) -> float:
    """The probability that the leader's share is above the runner-up's, given their votes.

    Between the two each vote is a coin with an unknown bias that is uniform beforehand, so the bias has a
    Beta(leader + 1, second + 1) posterior, and this is its mass above one half (Aggarwal et al. 2023, Let's Sample Step
    by Step, section 3.2).

    Raises:
        ValueError: if votes are negative.
    """
    if leader < 0 or second < 0:
        raise ValueError(f"votes must be 0 or above; got {leader} and {second}")
    return float(1.0 - betainc(leader + 1, second + 1, 0.5))
