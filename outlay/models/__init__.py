"""Who answers: each model in a file or folder of its own, by name in ``MODELS``."""

from outlay.core.catalogue import Catalogue
from outlay.core.model import LanguageModel

MODELS: Catalogue[LanguageModel] = Catalogue(
    "model",
    {
        "openai": "outlay.models.openai:OpenAIModel",
        "pocket": "outlay.models.pocket:Pocket",
        "pocket_dialogue": "outlay.models.pocket:PocketDialogue",
        "replay": "outlay.models.replay:Replay",
        "sampled": "outlay.models.sampled:Sampled",
        "simulated": "outlay.models.simulated:Simulated",
    },
    LanguageModel,
)
"""All models that ship."""
