"""``outlay models export`` writes a folder, or says why not."""

from pathlib import Path

from tests.cli.conftest import Outlay


def test_a_pocket_model_is_written(outlay: Outlay, pocket_folder: Path, tmp_path: Path) -> None:
    ended = outlay("models", "export", tmp_path / "out", "--model", f"pocket:{pocket_folder}")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"model: {tmp_path / 'out'}\n"
    assert (tmp_path / "out" / "model.safetensors").is_file()


def test_other_models_have_no_weights_to_write(outlay: Outlay, tmp_path: Path) -> None:
    ended = outlay("models", "export", tmp_path / "out", "--model", "simulated")
    assert ended.code == 2
    assert "only pocket models can be exported; 'simulated' is none" in ended.err
    assert not (tmp_path / "out").exists()
