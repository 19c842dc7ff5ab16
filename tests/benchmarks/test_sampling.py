"""Samples are taken in turn, and summed up by their quartiles."""

from benchmarks.sampling import Summary, collect, in_turn


def test_takes_samples_in_turn_after_warming_up() -> None:
    taken: list[str] = []

    def variant(name: str) -> float:
        taken.append(name)
        return float(len(taken))

    pairs = in_turn({"a": lambda: variant("a"), "b": lambda: variant("b")}, repetitions=2)
    assert collect(pairs) == {"b": [3.0, 6.0], "a": [4.0, 5.0]}
    assert taken == ["a", "b", "b", "a", "a", "b"]


def test_sums_up_by_quartiles() -> None:
    assert Summary.of([5.0, 1.0, 2.0, 4.0, 3.0]) == Summary(median=3.0, lower=2.0, upper=4.0)
    assert Summary.of([7.0]) == Summary(7.0, 7.0, 7.0)
