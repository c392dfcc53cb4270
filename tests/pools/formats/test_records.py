"""Files are read record by record; what is wrong is named and never read into memory whole, or run, or followed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.errors import InvalidInputError
from outlay.pools.formats import json_records
from outlay.pools.formats.record import BadRecord, Record
from outlay.pools.formats.source import read_records

ROWS = [{"id": i, "text": f'é{i}\n"{"x" * i}', "none": None, "list": [1.5, {"deep": [True]}]} for i in range(40)]


def read(path: Path) -> tuple[list[object], list[BadRecord]]:
    found = list(read_records(path))
    return [one.fields for one in found if isinstance(one, Record)], [
        one for one in found if isinstance(one, BadRecord)
    ]


@pytest.fixture(params=[1, 7, 1 << 20])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(json_records, "CHUNK", request.param)
    return int(request.param)


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_read_object_by_object(tmp_path: Path, chunk: int, indent: int | None) -> None:
    path = tmp_path / "rows.json"
    path.write_text(" \n" + json.dumps(ROWS, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    assert read(path) == (ROWS, [])


def test_an_array_is_never_in_memory_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"text": "x" * 2000}] * 500))
    monkeypatch.setattr(json_records, "CHUNK", 1000)
    longest = 0
    reader = json_records._ArrayReader
    real = reader._read

    def watched(self: json_records._ArrayReader, size: int) -> bool:
        nonlocal longest
        more = real(self, size)
        longest = max(longest, len(self._text))
        return more

    monkeypatch.setattr(reader, "_read", watched)
    assert len(read(path)[0]) == 500
    assert longest < 10_000


@pytest.mark.parametrize(
    ("text", "good", "said"),
    [
        ('[{"a": 1}, {"b": 2}', 2, "the file ends before its array does"),
        ('[{"a": 1}, {"b": 2', 1, "not JSON"),
        ('[{"a": 1}, {"b": oops}, {"c": 3}]', 1, "not JSON: Expecting value; nothing after it can be read"),
        ('[{"a": 1}, 7, {"c": 3}]', 1, "not a JSON object"),
        ('[{"a": "' + "x" * 50, 0, "not JSON: Unterminated string"),
        ("[" * 100_000, 0, "not a JSON object"),
        ('[{"a": ' + "[" * 100_000, 0, "not JSON"),
        ("[]", 0, ""),
        ("", 0, ""),
    ],
)
def test_a_broken_array_gives_what_came_before(tmp_path: Path, chunk: int, text: str, good: int, said: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(text)
    found, bad = read(path)
    assert len(found) == good
    assert [said in one.reason for one in bad] == ([True] if said else [])


def test_bad_lines_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": 1}\n\n[1]\n{"a": \n{"a": "\xff"}\n{"a": 2}')
    found, bad = read(path)
    assert found == [{"a": 1}, {"a": 2}]
    assert [one.where for one in bad] == ["line 3", "line 4", "line 5"]


@given(st.binary(max_size=200))
def test_no_bytes_make_it_crash(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for name in ("a.json", "a.jsonl", "a.yaml", "a.parquet", "a.arrow"):
        (folder / name).write_bytes(content)
        try:
            for one in read_records(folder / name):
                assert isinstance(one, Record | BadRecord)
        except InvalidInputError:
            pass


def arrow_rows() -> pa.Table:
    return pa.table({"completions": [["a", "b"], ["c"]], "scores": [[[0.5], [0.25, 1.0]], [[]]]})


def check_arrow(path: Path) -> None:
    assert read(path) == (arrow_rows().to_pylist(), [])


def test_parquet_alone_and_in_a_folder(tmp_path: Path) -> None:
    table = arrow_rows()
    pq.write_table(table, tmp_path / "rows.parquet")
    check_arrow(tmp_path / "rows.parquet")
    folder = tmp_path / "data"
    folder.mkdir()
    for index in range(2):
        pq.write_table(table.slice(index, 1), folder / f"train-0000{index}-of-00002.parquet")
    check_arrow(folder)


def save(folder: Path, state: dict[str, object] | None = None) -> None:
    """A folder as ``Dataset.save_to_disk`` leaves it: Arrow streams and what they are."""
    folder.mkdir(parents=True)
    table = arrow_rows()
    names = []
    for index in range(2):
        names.append(f"data-0000{index}-of-00002.arrow")
        with pa.ipc.new_stream(folder / names[-1], table.schema) as writer:
            writer.write_table(table.slice(index, 1))
    held = {"_data_files": [{"filename": name} for name in names], "_fingerprint": "0", **(state or {})}
    (folder / "state.json").write_text(json.dumps(held))
    (folder / "dataset_info.json").write_text("{}")


def test_a_saved_dataset_needs_no_datasets(tmp_path: Path) -> None:
    save(tmp_path / "saved")
    check_arrow(tmp_path / "saved")
    with pa.ipc.new_file(tmp_path / "file.arrow", arrow_rows().schema) as writer:
        writer.write_table(arrow_rows())
    check_arrow(tmp_path / "file.arrow")


def test_of_several_splits_one_is_to_be_named(tmp_path: Path) -> None:
    save(tmp_path / "all" / "train")
    (tmp_path / "all" / "dataset_dict.json").write_text('{"splits": ["train"]}')
    check_arrow(tmp_path / "all")
    (tmp_path / "all" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(InvalidInputError, match="several splits; name the folder of one: train, test"):
        read(tmp_path / "all")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"_data_files": [{"filename": "../secret.arrow"}]}, "names files outside of its folder"),
        ({"_data_files": [{"filename": 7}]}, "names files outside"),
        ({"_data_files": None}, "cannot read"),
        ({"_indices_files": [{"filename": "x"}]}, "flatten_indices"),
        ({"_data_files": [{"filename": "missing.arrow"}]}, "cannot read"),
    ],
)
def test_a_saved_dataset_that_is_odd_is_refused(tmp_path: Path, state: dict[str, object], said: str) -> None:
    save(tmp_path / "saved", state)
    with pytest.raises(InvalidInputError, match=said):
        read(tmp_path / "saved")


def test_yaml_files_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("10", "9", "b", "a"):
        (tmp_path / f"{name}.yaml").write_text(f"samples:\n- '{name}'\n")
    assert [one["samples"] for one in read(tmp_path)[0]] == [["9"], ["10"], ["a"], ["b"]]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 200_000, "nested more than 8 deep"),
        ("{a: " * 200_000, "nested more than 8 deep"),
        ("a: &a [x]\nb: [*a, *a]", "it has aliases"),
        ("a: !!python/object/apply:os.system ['touch hacked']", "cannot be read"),
        ("- a\n- b", "not a mapping"),
        ("a: [", "cannot be read"),
        ("a: \x00", "cannot be read"),
        ("", "not a mapping"),
    ],
)
def test_yaml_that_is_hostile_or_broken_is_named(
    tmp_path: Path, text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "0.yaml").write_text(text)
    (tmp_path / "1.yaml").write_text("samples: [x]")
    found, (bad,) = read(tmp_path)
    assert found == [{"samples": ["x"]}]
    assert bad.where == "0.yaml"
    assert said in bad.reason
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.json", "there is no file or folder"),
        ("rows.txt", "cannot tell what"),
        ("empty", "holds nothing that can be read"),
        ("rows.parquet", "cannot read"),
        ("latin.json", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "rows.txt").write_text("{}")
    (tmp_path / "rows.parquet").write_text("{}")
    (tmp_path / "latin.json").write_bytes('[{"a": "é"}]'.encode("latin-1"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match=said):
        read(tmp_path / name)


def test_reading_stops_where_its_reader_stops(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n' * 3)
    records: Iterator[Record | BadRecord] = read_records(path)
    assert next(records) == Record("line 1", {"a": 1})
    records.close()  # type: ignore[attr-defined]
