"""What judges say to a model. Every prompt ends with the form that ``replies`` reads."""

from collections.abc import Sequence
from dataclasses import replace

from outlay.core.problem import Message, Problem

VERDICT = "End with a line that says verdict: yes if it is right, or verdict: no if it is wrong."


def verification(problem: Problem, answer: str) -> Problem:
    """Whether an answer is right, after checking it step by step."""
    return _asked(
        problem,
        f"{_question(problem)}\n\n{_answer('Answer', answer)}\n\nCheck this answer step by step. {VERDICT}",
    )


def rating(problem: Problem, answer: str, rubric: str, best: int) -> Problem:
    """How good an answer is, from 0 to the best."""
    return _asked(
        problem,
        f"{_question(problem)}\n\n{_answer('Answer', answer)}\n\n{_rubric(rubric)}Say briefly what is good and bad "
        f"about this answer. End with a line that says score: N, N a whole number from 0 (worst) to {best} (best).",
    )


def comparison(problem: Problem, first: str, second: str, rubric: str) -> Problem:
    """Which of two answers is better."""
    return _asked(
        problem,
        f"{_question(problem)}\n\n{_answer('Answer A', first)}\n\n{_answer('Answer B', second)}\n\n{_rubric(rubric)}"
        "Compare the two answers. End with a line that says better: A, better: B, or better: same.",
    )


def listing(problem: Problem, answers: Sequence[str], rubric: str) -> Problem:
    """An order of several answers."""
    shown = "\n\n".join(_answer(f"Answer {number}", answer) for number, answer in enumerate(answers, start=1))
    return _asked(
        problem,
        f"{_question(problem)}\n\n{shown}\n\n{_rubric(rubric)}Compare the answers. End with a line that says order: "
        f"and then the numbers from 1 to {len(answers)}, best first, with commas between them.",
    )


def masked(problem: Problem, question: str, value: str) -> Problem:
    """What a hidden number of a question must have been, if an answer is right."""
    return _asked(
        problem,
        f"Question, with one number hidden as X:\n{question}\n\nThe answer to this question is {value}. What is X? End "
        "with a line that says X = and the number.",
    )


def labelling(problem: Problem, reference: str, steps: Sequence[str]) -> Problem:
    """Which steps are right, beside the reference."""
    shown = "\n".join(f"Step {number}: {step.strip()}" for number, step in enumerate(steps, start=1))
    return _asked(
        problem,
        f"{_question(problem)}\n\nReference answer:\n{reference}\n\n{_answer('Answer, step by step', shown)}\n\n"
        "Compare each step with what leads to the reference answer. Write one line for each step: step N: right, or "
        "step N: wrong, and why.",
    )


def attribution(problem: Problem, steps: Sequence[str], reference: str | None) -> Problem:
    """Which step of a failed answer was decisive, with or without the right answer told."""
    shown = "\n".join(f"Step {number}: {step.strip()}" for number, step in enumerate(steps, start=1))
    right = "" if reference is None else f"Right answer:\n{reference}\n\n"
    return _asked(
        problem,
        f"{_question(problem)}\n\n{right}{_answer('Failed answer, step by step', shown)}\n\n"
        "This answer is wrong. Find its decisive step: the first one that, put right, would have saved the answer. "
        "For a step that you suspect, say what mistake is behind it, what the smallest correction of it is, and how "
        "the answer would have gone on from there. If it would still have failed, suspect another step. End with a "
        f"line that says decisive: N, N the number of the step from 1 to {len(steps)}, or decisive: none.",
    )


def programming(problem: Problem, answer: str | None) -> Problem:
    """A program that computes what an answer says, or what the question asks."""
    shown = "" if answer is None else f"{_answer('Answer', answer)}\n\n"
    what = (
        "answers the question" if answer is None else "follows the reasoning of this answer, computing every step anew"
    )
    return _asked(
        problem,
        f"{_question(problem)}\n\n{shown}Write a Python function f(x) that {what}, and returns the final value. "
        "It must not import anything; x is not used. Write nothing but the program, between ```python and ```.",
    )


def _asked(problem: Problem, words: str) -> Problem:
    return replace(problem, messages=(Message("user", words),))


def _question(problem: Problem) -> str:
    return "Question:\n" + "\n\n".join(message.content for message in problem.messages)


def _answer(name: str, text: str) -> str:
    # Fenced, so that an answer that gives orders is seen as a quotation.
    return f"{name}:\n<answer>\n{text.strip().replace('</answer>', '')}\n</answer>"


def _rubric(rubric: str) -> str:
    return f"Judge by this rubric: {rubric}\n" if rubric else ""
