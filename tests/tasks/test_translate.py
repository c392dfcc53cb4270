"""``translate``: the language follows its rules, and the quality of a translation grows as it is mended."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.core.problem import GradedReference
from outlay.pocket.tokenizer import encode
from outlay.tasks.exercise import Exercise, exercise
from outlay.tasks.language import (
    ADJECTIVES,
    NEAR,
    NOT,
    NUMBERS,
    PEOPLE,
    PLACES,
    VERBS,
    NounPhrase,
    Sentence,
    VerbPhrase,
)
from outlay.tasks.translate import LEVELS, Translate, TranslateReference, WordsLine

each_level = pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))
levels, seeds = st.integers(1, len(LEVELS)), st.integers(0, 10**6)


def reference(one: Exercise) -> TranslateReference:
    found = one.problem.reference
    assert isinstance(found, TranslateReference)
    return found


def by_rule(english: str) -> str:
    """The translation by the grammar's rules, word for word from the English: another way than the task's."""
    nouns, words = {**PEOPLE, **PLACES}, english.split()
    verb = next(i for i, word in enumerate(words) if stem(word) in VERBS)
    start = verb - 2 if words[verb - 1] == "not" else verb
    near = next((i for i, word in enumerate(words) if word in NEAR), len(words))

    def phrase(part: list[str]) -> str:
        noun = part[-1] if part[-1] in nouns else part[-1].removesuffix("s")
        plural = "n" if part[-1] != noun else ""
        root, kind = nouns[noun][:-1], nouns[noun][-1]
        found = ["r" + kind + plural] if part[0] == "the" else []
        found.append(root + kind + plural)
        found += [ADJECTIVES[word] + kind + plural for word in part if word in ADJECTIVES]
        found += [NUMBERS[word] for word in part if word in NUMBERS]
        return " ".join(found)

    past = words[verb].endswith("ed") or words[start] == "did"
    several = words[start - 1] not in nouns
    action = VERBS[stem(words[verb])] + ("i" if past else "u") + ("n" if several else "")
    place = [phrase(words[near + 1 :]), NEAR[words[near]]] if near < len(words) else []
    denied = [NOT] if start < verb else []
    return " ".join([phrase(words[:start]), *place, phrase(words[verb + 1 : near]), *denied, action])


def stem(word: str) -> str:
    return next((verb for verb in VERBS if word in {verb, f"{verb}s", f"{verb}ed"}), "")


@given(level=levels, seed=seeds)
def test_the_translation_follows_the_rules(level: int, seed: int) -> None:
    one = exercise(Translate(), level, seed)
    assert reference(one).answer == by_rule(one.problem.messages[-1].content.removeprefix("translate "))


def test_the_language_is_as_its_page_says() -> None:
    dogs, cat = NounPhrase("the", "small", "dog", plural=True), NounPhrase("a", "", "cat")
    sentence = Sentence(dogs, VerbPhrase("follow", plural=True, past=True, denied=True), cat)
    assert sentence.english == "the small dogs did not follow a cat"
    assert sentence.translated == "ron zoton pomon lino ze mivin"


def test_no_word_means_two_things() -> None:
    stems = [noun[:-1] for noun in (*PEOPLE.values(), *PLACES.values())]
    words = [*stems, *ADJECTIVES.values(), *VERBS.values(), *NUMBERS.values(), *NEAR.values(), NOT, "r"]
    assert len(words) == len(set(words))
    assert all(noun[-1] in "ao" for noun in (*PEOPLE.values(), *PLACES.values()))


@given(level=levels, seed=seeds)
def test_different_sentences_have_different_translations(level: int, seed: int) -> None:
    one, other = (reference(exercise(Translate(), level, which)) for which in (seed, seed + 1))
    english = [exercise(Translate(), level, which).problem.messages[-1].content for which in (seed, seed + 1)]
    # Neither a nor an is translated, and both mean one.
    assert (one.answer == other.answer) == (english[0] == english[1])


@given(level=levels, seed=seeds)
def test_quality_is_one_for_the_translation_and_less_for_anything_else(level: int, seed: int) -> None:
    known = reference(exercise(Translate(), level, seed))
    assert isinstance(known, GradedReference)
    assert known.quality(known.answer) == 1.0
    assert known.quality(None) == known.quality("") == 0.0
    words = known.answer.split()
    one_wrong = " ".join([*words[:-1], "xyq"])
    two_wrong = " ".join([*words[:-2], "xyq", "xyq"])
    assert 0.0 < known.quality(two_wrong) < known.quality(one_wrong) < 1.0
    assert known.is_correct(known.answer)
    assert not known.is_correct(one_wrong)


def test_words_are_compared_but_not_the_space_between() -> None:
    rule = WordsLine()
    assert rule.extract("so\nanswer:  ra  veta \tmivu \n") == "ra veta mivu"
    assert rule.extract("ra veta mivu") is None
    assert not rule.equal("ra veta mivu", "raveta mivu")


@each_level
def test_a_level_has_what_it_says(level: int) -> None:
    asked = [exercise(Translate(), level, seed).problem.messages[-1].content for seed in range(100)]
    wanted = LEVELS[level - 1]
    adjective = rf"\b({'|'.join(ADJECTIVES)})\b"
    assert any(re.search(adjective, one) for one in asked) == (wanted.adjectives > 0)
    assert any(re.search(r"\b(two|three)\b", one) for one in asked) == wanted.plurals
    assert any(re.search(r"\bnot\b", one) for one in asked) == wanted.past
    assert all(bool(re.search(r"\b(near|in)\b", one)) == wanted.place for one in asked)


@each_level
def test_the_pocket_models_can_read_it(level: int) -> None:
    for seed in range(100):
        one = exercise(Translate(), level, seed)
        assert len(encode(one.problem.messages[-1].content + "\n" + one.solution)) < 300
