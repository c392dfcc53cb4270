"""The pocket models' tokenizer: one token a character, and ``answer:`` as one token."""

from collections.abc import Iterable, Sequence

from outlay.core.errors import InvalidInputError

ANSWER = "answer:"
SPECIAL = ("<pad>", "<bos>", "<eos>")
CHARACTERS = "\n %()*+,-./0123456789:;=>?abcdefghijklmnopqrstuvwxyz"
VOCABULARY: tuple[str, ...] = (*SPECIAL, ANSWER, *CHARACTERS)
PAD, BOS, EOS = 0, 1, 2

_IDS = {token: index for index, token in enumerate(VOCABULARY)}


class UnreadableTextError(InvalidInputError):
    """Text with characters that the pocket models do not know; the message names them."""

    def __init__(self, characters: str) -> None:
        known = "lower-case letters, digits, spaces, line ends and  % ( ) * + , - . / : ; = > ?"
        shown = " ".join(repr(character) for character in characters)
        super().__init__(f"the pocket model cannot read {shown}; it knows {known}")
        self.characters = characters


def encode(text: str) -> list[int]:
    """Token ids of a text, without special tokens.

    Raises:
        UnreadableTextError: naming every character that is not in the vocabulary.
    """
    unknown = sorted(set(text) - set(CHARACTERS))
    if unknown:
        raise UnreadableTextError("".join(unknown))
    ids: list[int] = []
    for i, part in enumerate(text.split(ANSWER)):
        if i:
            ids.append(_IDS[ANSWER])
        ids.extend(_IDS[character] for character in part)
    return ids


def decode_token(index: int) -> str:
    """The text of one token id; special tokens have none."""
    return VOCABULARY[index] if index >= len(SPECIAL) else ""


def decode(ids: Iterable[int]) -> str:
    """The text of token ids."""
    return "".join(map(decode_token, ids))


def spells(ids: Sequence[int] | None, text: str) -> bool:
    """Whether some token ids are of this vocabulary and make up a text, with or without an end token."""
    return ids is not None and all(0 <= index < len(VOCABULARY) for index in ids) and decode(ids) == text
