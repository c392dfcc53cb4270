"""Who may name the decisive step without rollouts, by name in ``JUDGES``."""

from outlay.audit.attribution.judgement import FailureJudge
from outlay.core.catalogue import Catalogue

JUDGES: Catalogue[FailureJudge] = Catalogue(
    "judge",
    {
        "asked": "outlay.audit.attribution.asked:Asked",
        "step_scores": "outlay.audit.attribution.step_scores:StepScores",
    },
    FailureJudge,
)
"""All judges of failures."""
