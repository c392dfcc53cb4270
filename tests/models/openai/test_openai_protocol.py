"""The parts of the protocol that need no server: event streams and Retry-After."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.models.openai.server_sent_events import LARGEST_EVENT, EventDecoder
from outlay.wire.failures import AttemptFailedError, retry_after

SENT = (
    ": a comment\r\n\r\ndata: one\n\ndata:two\nid: 7\nretry: 5\n\nevent: x\n\ndata: three\ndata:  and a half\n\n"
    "data\n\n\n\ndata: f\u00fcnf \U0001f600\r\n\r\ndata: cut off"
).encode()
EVENTS = ["one", "two", "three\n and a half", "", "f\u00fcnf \U0001f600"]


@given(st.lists(st.integers(0, len(SENT)), max_size=12))
def test_events_do_not_depend_on_how_bytes_arrive(cuts: list[int]) -> None:
    decoder = EventDecoder()
    ends = [0, *sorted(cuts), len(SENT)]
    found = [data for start, end in pairwise(ends) for data in decoder.feed(SENT[start:end])]
    assert found == EVENTS


def test_an_event_without_end_is_given_up() -> None:
    decoder = EventDecoder()
    assert [*decoder.feed(b"data: x\n\n" + b"y" * (LARGEST_EVENT // 2))] == ["x"]
    with pytest.raises(AttemptFailedError, match="characters long"):
        list(decoder.feed(b"y" * LARGEST_EVENT))


NOW = datetime(2026, 11, 3, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("0", 0.0),
        ("-5", 0.0),
        ("2.5", 2.5),
        ("inf", 60.0),
        ("Tue, 03 Nov 2026 12:00:09 GMT", 9.0),
        ("Tue, 03 Nov 2026 12:00:09 -0000", 9.0),
        ("Tue, 03 Nov 2026 11:00:00 GMT", 0.0),
        ("Wed, 04 Nov 2026 12:00:00 GMT", 60.0),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
