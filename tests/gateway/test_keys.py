"""Keys are shown once, kept as digests, scoped, rotated and revoked; a gateway without any is for its machine alone."""

import subprocess
import sys
from pathlib import Path

import httpx
import openai
import pytest

from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError
from outlay.gateway.configuration import Configuration
from outlay.gateway.database import Database
from outlay.gateway.keys import Key, Keys, Scope
from outlay.gateway.limits import Allowance
from outlay.gateway.server import opened
from tests.gateway.conftest import MakeGateway
from tests.gateway.serving import Served

QUESTION = [{"role": "user", "content": "use 1 9 3 to make 11"}]
LOCKED = {"require_keys": True}


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    return tmp_path / "accounts.sqlite"


def made(accounts: Path, **settings: object) -> tuple[Key, str]:
    database = Database(accounts)
    try:
        return Keys(database).create(Key("", "alice", **settings))  # type: ignore[arg-type]
    finally:
        database.close()


def test_a_key_is_kept_without_its_secret(accounts: Path) -> None:
    key, secret = made(accounts, project="p", models=frozenset({"big"}), allowance=Allowance(Budget(tokens=9), 2, 1))
    database = Database(accounts)
    kept = Keys(database)
    assert kept.of_secret(secret) == key == kept.of_id(key.id)
    assert (key.models, key.allowance.budget.tokens, key.scopes) == ({"big"}, 9, {Scope.INFERENCE})
    assert kept.of_secret(secret[:-1]) is None
    second = kept.rotate(key.id)
    assert kept.of_secret(secret) is None
    assert kept.of_secret(second) is not None
    kept.revoke(key.id)
    assert kept.of_secret(second) is None
    with pytest.raises(InvalidInputError, match="revoked"):
        kept.rotate(key.id)
    with pytest.raises(InvalidInputError, match="no key 'x'"):
        kept.revoke("x")
    actions = [row["action"] for row in database.rows("select action from audit order by number")]
    assert actions == ["key created", "key rotated", "key revoked"]
    database.close()
    held = b"".join(path.read_bytes() for path in accounts.parent.iterdir())
    assert secret.encode() not in held
    assert second.encode() not in held
    assert accounts.stat().st_mode & 0o077 == 0


def test_a_key_ends(accounts: Path) -> None:
    key, secret = made(accounts)
    database = Database(accounts)
    database.change("update keys set expires = '2020-01-01T00:00:00+00:00' where id = ?", key.id)
    assert Keys(database).of_secret(secret) is None
    database.close()


def test_a_gateway_with_keys_knows_its_callers(gateway: MakeGateway, accounts: Path) -> None:
    key, secret = made(accounts, models=frozenset({"big"}))
    _, watcher = made(accounts, scopes=frozenset({Scope.METRICS}))
    served = gateway(server=LOCKED)
    assert served.client(secret).chat.completions.create(model="big", messages=QUESTION).choices
    assert [model.id for model in served.client(secret).models.list()] == ["big"]
    for wrong in ("none", "olk_none", "", "olk_é"):
        reply = httpx.get(f"{served.url}/models", headers={"api-key": wrong.encode()})
        assert (reply.status_code, reply.json()["error"]["code"]) == (401, "invalid_api_key")
    with pytest.raises(openai.NotFoundError, match="no model 'pocket'"):
        served.client(secret).chat.completions.create(model="pocket", messages=QUESTION)
    with pytest.raises(openai.PermissionDeniedError, match="not for inference"):
        served.client(watcher).chat.completions.create(model="big", messages=QUESTION)
    assert httpx.get(f"{served.root}/metrics", headers={"authorization": f"Bearer {secret}"}).status_code == 403
    assert httpx.get(f"{served.root}/metrics", headers={"authorization": f"Bearer {watcher}"}).status_code == 200
    assert httpx.get(f"{served.root}/healthz").status_code == 200
    database = Database(accounts)
    Keys(database).revoke(key.id)
    database.close()
    with pytest.raises(openai.AuthenticationError):
        served.client(secret).models.list()


def test_a_public_gateway_needs_a_key(accounts: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"may not listen at 0\.0\.0\.0 without keys"):
        Configuration(host="0.0.0.0", require_keys=False)
    open_to_all = Configuration(host="0.0.0.0", accounts=accounts)
    with pytest.raises(InvalidInputError, match="outlay keys create NAME"):
        opened(open_to_all)
    made(accounts)
    opened(open_to_all).close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:80", "origin": "http://[::1]:3000"}, 200),
        ({"host": "evil.example"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[evil"}, 403),
    ],
)
def test_without_keys_web_pages_from_elsewhere_are_refused(
    embedded: Served, headers: dict[str, str], status: int
) -> None:
    assert httpx.get(f"{embedded.url}/models", headers=headers).status_code == status


def test_the_servers_libraries_are_an_extra() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; sys.argv = ['outlay', 'serve']\n"
    code += "from outlay.cli.main import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, "pip install 'outlay[gateway]'" in ended.stderr) == (2, True)
