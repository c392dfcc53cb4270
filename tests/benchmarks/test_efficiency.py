"""What a benchmark of efficiency has half done is not counted."""

from dataclasses import replace

from benchmarks.efficiency.trials import Trial, whole

ONE = Trial("vote", "self_consistency(n=2)", 0, 0, True, 100, 0, 2, 1)


def trials(problems: dict[int, range], strategies: int = 3) -> list[Trial]:
    return [
        replace(ONE, strategy=f"self_consistency(n={n})", problem=problem, seed=seed)
        for seed, numbers in problems.items()
        for problem in numbers
        for n in range(strategies)
    ]


def test_questions_and_seeds_under_way_are_left_out() -> None:
    done = trials({0: range(5), 1: range(5)})
    assert whole([]) == []
    assert whole(done) == done
    assert whole([*done, *trials({2: range(4)})]) == done
    assert whole([*done, *trials({0: range(5, 6), 1: range(5, 6)}, strategies=2)]) == done
    assert whole(trials({0: range(5), 1: range(3)})) == trials({0: range(5)})
