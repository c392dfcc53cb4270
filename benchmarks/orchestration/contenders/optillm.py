"""optillm: its two sampling strategies, called as its proxy calls them, but without the proxy between."""

import asyncio

from openai import OpenAI  # type: ignore[import-not-found]
from optillm.bon import best_of_n_sampling  # type: ignore[import-not-found]
from optillm.plugins import majority_voting_plugin  # type: ignore[import-not-found]

from benchmarks.orchestration.contenders.serving import Options, answer, options
from benchmarks.orchestration.text import ANSWER

SYSTEM = "You are a helpful assistant."


async def main(given: Options) -> None:
    """Solve each question with the strategy named."""
    client = OpenAI(base_url=given.url, api_key="none")

    async def one(question: str) -> None:
        if given.strategy == "bon":
            found, _ = best_of_n_sampling(SYSTEM, question, client, "loopback", given.n, {"max_tokens": 512})
        elif given.strategy == "majority_voting":
            settings = {"k": given.n, "max_tokens": 512}
            found, _ = majority_voting_plugin.run(SYSTEM, question, client, "loopback", settings)
        else:
            raise ValueError(f"optillm has no {given.strategy} here")
        if ANSWER not in found:
            raise RuntimeError(f"{given.strategy} found no {ANSWER} answer to {question}")

    await answer(one)


if __name__ == "__main__":
    asyncio.run(main(options()))
