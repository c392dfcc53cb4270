"""Keys of a gateway, on the command line."""

from pathlib import Path

from tests.cli.conftest import Outlay


def test_keys_on_the_command_line(outlay: Outlay, tmp_path: Path) -> None:
    where = ("--accounts", str(tmp_path / "accounts.sqlite"))
    created = outlay("keys", "create", "alice", "--budget", "tokens=5000", "--requests-per-minute", "3", *where)
    secret = created.out.strip()
    assert secret.startswith("olk_")
    name = created.err.split()[1]
    listed = outlay("keys", "list", *where).out
    assert name in listed
    assert secret not in listed
    assert outlay("keys", "rotate", name, *where).out.strip() != secret
    assert "is revoked" in outlay("keys", "revoke", name, *where).out
    assert "revoked" in outlay("keys", "list", *where).out
    assert "key rotated" in outlay("keys", "audit", *where).out
    for words, why in (
        (("create", "bob", "--budget", "seconds=5"), "tokens and dollars"),
        (("create", "bob", "--scope", "all"), "unknown scope"),
        (("create", "bob", "--days", "0"), "days must be 1 or above"),
        (("revoke", "nobody"), "no key 'nobody'"),
    ):
        ended = outlay("keys", *words, *where)
        assert (ended.code, why in ended.err) == (2, True)
