"""What was paid, in the words of Inspect."""

from outlay.core.cost import Cost


def usage_fields(cost: Cost) -> dict[str, int | float | None]:
    """The fields of Inspect's ``ModelUsage``.

    The total is every token that was paid: prompt, completion and verifier. Cached prompt tokens stand apart.
    """
    return {
        "input_tokens": cost.prompt_tokens,
        "output_tokens": cost.completion_tokens,
        "total_tokens": cost.tokens,
        "input_tokens_cache_read": cost.cached_tokens,
        "total_cost": cost.dollars or None,
    }
