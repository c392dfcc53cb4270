"""A model server, and gateways in front of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from outlay.gateway.configuration import Configuration, read
from tests.gateway.serving import Served, serving
from tests.gateway.upstream import Upstream, upstream

MakeGateway = Callable[..., Served]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-upstream")


@pytest.fixture
def server() -> Iterator[Upstream]:
    with upstream() as made:
        yield made


@pytest.fixture
def configured(server: Upstream, tmp_path: Path) -> Callable[..., Configuration]:
    """A configuration with the model ``big`` on the model server, and whatever more is said in TOML's words."""

    def make(**tables: Any) -> Configuration:
        big = {"model": f"openai(model=m, base_url='{server.url}', prompt_price=1.0, completion_price=2.0)"}
        settings = {"accounts": str(tmp_path / "accounts.sqlite"), "port": 0, **tables.pop("server", {})}
        models = {"pocket": "pocket", "big": {**big, "max_tokens": 64, **tables.pop("big", {})}}
        return read({"server": settings, "models": models, **tables}, "gateway.toml")

    return make


@pytest.fixture
def gateway(configured: Callable[..., Configuration]) -> Iterator[MakeGateway]:
    """Gateways of such configurations."""
    with ExitStack() as stack:
        yield lambda **tables: stack.enter_context(serving(configured(**tables)))


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A gateway of the embedded models alone, for all tests that change nothing of it."""
    accounts = tmp_path_factory.mktemp("embedded") / "accounts.sqlite"
    policies = {"careful": {"strategy": "best_of_n(n=4)", "verifier": "process_reward", "budget": "tokens=4000"}}
    settings = {"accounts": str(accounts), "port": 0}
    with serving(read({"server": settings, "models": {"pocket": "pocket"}, "policies": policies}, "x.toml")) as made:
        yield made
