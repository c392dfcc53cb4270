"""What is asked: each task in a file of its own, by name in ``TASKS``."""

from outlay.core.catalogue import Catalogue
from outlay.tasks.exercise import Task

TASKS: Catalogue[Task] = Catalogue(
    "task",
    {
        "bayesnet": "outlay.tasks.bayesnet:BayesNet",
        "chain": "outlay.tasks.chain:Chain",
        "code_jsonl": "outlay.tasks.code_jsonl:CodeJsonLines",
        "countdown": "outlay.tasks.countdown:Countdown",
        "jsonl": "outlay.tasks.jsonl:JsonLines",
        "logic": "outlay.tasks.logic:Logic",
        "multiple_choice": "outlay.tasks.multiple_choice:MultipleChoice",
        "procedure": "outlay.tasks.procedure:Procedure",
        "program": "outlay.tasks.program:Program",
        "proof": "outlay.tasks.proof:Proof",
        "table": "outlay.tasks.table:TableTask",
        "translate": "outlay.tasks.translate:Translate",
    },
)
"""All tasks that ship."""
