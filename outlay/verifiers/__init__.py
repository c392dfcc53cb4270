"""Who judges: each verifier in a file of its own, by name in ``VERIFIERS``."""

from outlay.core.catalogue import Catalogue
from outlay.core.verifier import Verifier

VERIFIERS: Catalogue[Verifier] = Catalogue(
    "verifier",
    {
        "code": "outlay.verifiers.code.verifier:Code",
        "exact": "outlay.verifiers.exact:Exact",
        "generated_tests": "outlay.verifiers.code.generated:GeneratedTests",
        "noisy": "outlay.verifiers.noisy:Noisy",
        "process_reward": "outlay.verifiers.process_reward:ProcessReward",
        "step_check": "outlay.verifiers.step_check:StepCheck",
        "tests": "outlay.verifiers.tests:Tests",
    },
    Verifier,
)
"""All verifiers that ship."""
