"""Byte strings through a pipe, each behind its length. Both sides of the sandbox use it; it imports next to nothing."""

import os

_HEADER = 4


def pack(fields: list[bytes]) -> bytes:
    """Fields as one byte string: four bytes of length, most significant first, before each."""
    return b"".join(len(field).to_bytes(_HEADER, "big") + field for field in fields)


def unpack(packed: bytes) -> list[bytes]:
    """The complete fields of a byte string; a cut-off last one is dropped."""
    fields: list[bytes] = []
    position = 0
    while position + _HEADER <= len(packed):
        start = position + _HEADER
        position = start + int.from_bytes(packed[position:start], "big")
        if position <= len(packed):
            fields.append(packed[start:position])
    return fields


def read_message(descriptor: int) -> list[bytes] | None:
    """The fields of the next message of a pipe, or None at its end."""
    header = _read_exactly(descriptor, _HEADER)
    if header is None:
        return None
    packed = _read_exactly(descriptor, int.from_bytes(header, "big"))
    return None if packed is None else unpack(packed)


def message(fields: list[bytes]) -> bytes:
    """Fields as one message, the form that ``read_message`` reads."""
    return pack([pack(fields)])


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, however many calls it takes."""
    while data:
        data = data[os.write(descriptor, data) :]


def _read_exactly(descriptor: int, count: int) -> bytes | None:
    read = b""
    while len(read) < count:
        part = os.read(descriptor, min(count - len(read), 1 << 16))
        if not part:
            return None
        read += part
    return read
