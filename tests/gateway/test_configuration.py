"""A configuration is checked entirely before anything is served."""

import textwrap
from pathlib import Path

import pytest

from outlay.core.budget import Budget
from outlay.core.errors import InvalidInputError
from outlay.gateway.configuration import Configuration, load, read


def test_an_empty_file_is_the_embedded_models_on_loopback() -> None:
    made = read({}, "x.toml")
    assert made == Configuration()
    assert (made.host, made.keys_required, list(made.models)) == ("127.0.0.1", False, ["pocket", "pocket_dialogue"])
    assert made.limits.budget == Budget(tokens=200_000)


@pytest.mark.parametrize(("host", "required"), [("::1", False), ("localhost", False), ("10.0.0.1", True), ("", True)])
def test_keys_are_needed_beyond_loopback(host: str, required: bool) -> None:
    assert Configuration(host=host).keys_required is required


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[", "not valid TOML"),
        ("[servers]", "unknown key in x.toml: 'servers'; did you mean 'server'"),
        ("[server]\nhots = 'a'", "did you mean 'host'"),
        ("[server]\nport = 'http'", "port must be a whole number"),
        ("[server]\nprogress = 'much'", "unknown x.toml: [server]: progress 'much'"),
        ("[server]\nhost = '0.0.0.0'\nrequire_keys = false", "may not listen at 0.0.0.0 without keys"),
        ("[models]\na = 'poket'", "[models]: a: model: unknown model 'poket'; did you mean 'pocket'"),
        ("[models.a]\nmodle = 'pocket'", "model is missing"),
        ("[models.'a@b']\nmodel = 'pocket'", "may have no @"),
        ("[models.a]\nmodel = 'pocket'\npolicy = 'careful'", "unknown policy of model a: 'careful'"),
        ("[policies.a]\nstrategy = 'best_of_nn'", "did you mean 'best_of_n'"),
        ("[policies.a]\nstrategy = 'greedy'\nverifier = 'none'", "unknown verifier of policy a: 'none'"),
        ("[policies.a]\nstrategy = 'greedy'\nbudget = 'tokens=0'", "above 0"),
        ("[policies.a]\nstrategy = 'greedy'\nanswer_rule = 'x'", "unknown answer rule"),
        ("[verifiers]\nv = 'nobody'", "unknown verifier 'nobody'"),
        ("[projects.p]\nbudget = 'seconds=5'", "tokens and dollars"),
        ("[limits]\nbudget = 'dollars=5'", "budget must limit tokens"),
        ("[limits]\nseconds = 0", "1 or above"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as told:
        load(path)
    assert why in str(told.value)


def test_the_file_shown_in_the_documentation(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text()
    shown = [block for block in page.split("\n\n") if block.startswith("    [")]
    (tmp_path / "gateway.toml").write_text(textwrap.dedent("\n".join(shown)))
    made = load(tmp_path / "gateway.toml")
    assert (list(made.policies), made.models["big"].forward) == (["vote", "careful"], ("top_k", "min_p"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"cannot read the gateway's configuration"):
        load(tmp_path / "none.toml")
