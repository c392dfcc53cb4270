"""Who judges: each verifier in a file of its own, by name in ``VERIFIERS``."""

from outlay.core.catalogue import Catalogue
from outlay.core.verifier import Verifier

VERIFIERS: Catalogue[Verifier] = Catalogue(
    "verifier",
    {
        "backward": "outlay.verifiers.generative.backward:Backward",
        "calibrated": "outlay.verifiers.calibrated:Calibrated",
        "cascade": "outlay.verifiers.ensembles.cascade:Cascade",
        "code": "outlay.verifiers.code.verifier:Code",
        "ensemble": "outlay.verifiers.ensembles.ensemble:Ensemble",
        "exact": "outlay.verifiers.exact:Exact",
        "fused": "outlay.verifiers.ensembles.fused:Fused",
        "generated_tests": "outlay.verifiers.code.generated:GeneratedTests",
        "generative": "outlay.verifiers.generative.verification:Generative",
        "hugging_face": "outlay.verifiers.hugging_face_reward.verifier:HuggingFace",
        "judge": "outlay.verifiers.generative.rating:Judge",
        "listwise": "outlay.verifiers.generative.listwise:Listwise",
        "logic": "outlay.verifiers.logic.verifier:Logic",
        "maths": "outlay.verifiers.maths.verifier:Maths",
        "noisy": "outlay.verifiers.noisy:Noisy",
        "pairwise": "outlay.verifiers.generative.pairwise:Pairwise",
        "process_reward": "outlay.verifiers.process_reward:ProcessReward",
        "program_of_thought": "outlay.verifiers.generative.program_of_thought:ProgramOfThought",
        "proof": "outlay.verifiers.proof.verifier:Proof",
        "proof_command": "outlay.verifiers.proof.command:ProofCommand",
        "remote_reward": "outlay.verifiers.remote_reward.verifier:RemoteReward",
        "self_evaluation": "outlay.verifiers.generative.self_evaluation:SelfEvaluation",
        "step_check": "outlay.verifiers.step_check:StepCheck",
        "step_labels": "outlay.verifiers.generative.step_labels:StepLabels",
        "tests": "outlay.verifiers.tests:Tests",
        "tool_check": "outlay.verifiers.tool_check:ToolCheck",
    },
    Verifier,
)
"""All verifiers that ship."""
