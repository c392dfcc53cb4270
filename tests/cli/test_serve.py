"""``outlay serve --check``."""

from pathlib import Path

import pytest

from tests.cli.conftest import Outlay


def test_checking_serves_and_writes_nothing(outlay: Outlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gateway.toml").write_text("[models]\npocket = 'pocket'\n[policies.a]\nstrategy = 'greedy'\n")
    ended = outlay("serve", "--config", "gateway.toml", "--check")
    assert (ended.code, ended.out) == (0, "the configuration is right; models: pocket; policies: a\n")
    assert [path.name for path in tmp_path.iterdir()] == ["gateway.toml"]
    ended = outlay("serve", "--config", "gateway.toml", "--host", "0.0.0.0", "--check")
    assert (ended.code, "outlay keys create NAME" in ended.err) == (2, True)
