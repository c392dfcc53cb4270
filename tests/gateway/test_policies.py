"""A configuration may name strategies that no client may: compositions, cascades of models, and those of files."""

from pathlib import Path

import openai
import pytest

from tests.gateway.conftest import MakeGateway
from tests.gateway.test_chat import QUESTION, account
from tests.gateway.upstream import Upstream

FITTED = """
[strategy]
name = "policy"
stages = [2, 4]
signals = ["share"]
right = [[0.0, 4.0], [0.0, 4.0]]
gain = [[1.0, 0.0, 0.0, 0.0]]
"""


def test_policies_of_files_and_compositions_answer(gateway: MakeGateway, tmp_path: Path) -> None:
    file = tmp_path / "fitted.toml"
    file.write_text(FITTED)
    layers = "compose(layers=[generate(n=3), rank(verifier=process_reward, keep=2)])"
    served = gateway(policies={"fitted": {"strategy": str(file)}, "layered": {"strategy": layers}})
    client = served.client()
    for name, samples in (("fitted", 4), ("layered", 3)):
        found = client.chat.completions.create(model=f"pocket@{name}", messages=QUESTION, temperature=0.5)
        assert "answer:" in found.choices[0].message.content
        assert account(found)["cost"]["samples"] == samples
        assert account(found)["ignored"] == ["temperature"]
        assert account(found)["strategy"] == {"fitted": "policy", "layered": "compose"}[name]


@pytest.mark.parametrize(("above", "samples"), [(0.0, 2), (1.0, 4)])
def test_a_cascade_pays_its_dear_model(gateway: MakeGateway, server: Upstream, above: float, samples: int) -> None:
    dear = f"openai(model=m, base_url='{server.url}', prompt_price=1.0, completion_price=2.0)"
    cascade = f'cascade(models=["{dear}"], of=self_consistency(n=2), above={above})'
    client = gateway(policies={"both": {"strategy": cascade, "budget": "tokens=20000"}}).client()
    # The embedded model, which is free, never gives this question's answer twice with this seed.
    found = client.chat.completions.create(model="pocket@both", messages=QUESTION, seed=0)
    cost = account(found)["cost"]
    assert cost["samples"] == samples
    assert (cost["dollars"] > 0) == (samples == 4)


@pytest.mark.parametrize(
    "strategy", ["fitted.toml", "cascade(models=[pocket])", "compose(layers=[generate])", "policy_file(path=x)"]
)
def test_a_client_may_name_none_of_them(gateway: MakeGateway, strategy: str) -> None:
    with pytest.raises(openai.BadRequestError):
        gateway().client().chat.completions.create(
            model="pocket", messages=QUESTION, extra_body={"outlay": {"strategy": strategy}}
        )
