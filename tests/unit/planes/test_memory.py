"""What a driver remembers."""

import weakref

from router.planes.memory import Memory


def double(value: list[int]) -> list[int]:
    return [2 * n for n in value]


def test_a_pass_with_the_same_arguments_is_not_made_again_and_another_one_forgets() -> None:
    made, one, other = Memory(), [1], [2]
    kept = made.of(double, one)
    assert made.once(double, one) is made.once(double, one)
    assert made.of(double, one) is kept
    made.once(double, other)
    made.once(double, one)
    made.once(double, other)
    assert made.size == 0


def test_an_equal_value_is_the_one_of_before() -> None:
    made = Memory()
    first = made.kept("a", (1, 2))
    assert made.kept("a", tuple(n for n in (1, 2))) is first
    assert made.kept("a", (3,)) == (3,)
    each = made.kept_each("b", {"x": (1, 2), "y": (1,)})
    again = made.kept_each("b", {"x": tuple(n for n in (1, 2)), "y": (2,)})
    assert again == {"x": (1, 2), "y": (2,)}
    assert again["x"] is each["x"]
    assert made.kept_each("b", {"x": (1, 2), "y": (2,)}) is again
    assert made.kept_each("b", {"x": (1, 2)}) == {"x": (1, 2)}


def test_one_last_result_stands_under_a_name_and_the_one_before_is_given_up() -> None:
    memory, made = Memory(), list[tuple[object, ...]]()

    def make(*values: object) -> frozenset[object]:
        made.append(values)
        return frozenset(values)

    first, second = "first text", "second text"
    assert memory.last("none", make) == frozenset()
    kept = weakref.ref(memory.last("a", make, first))
    assert memory.last("a", make, first) is kept()
    assert memory.last("b", make, first) is not kept()
    assert memory.last("a", make, first, second) == {first, second}
    assert kept() is None
    assert made == [(), (first,), (first,), (first, second)]
    assert memory.size == 3
    for value in ("one", "other"):
        memory.once(lambda _: memory.last("a", make, first), value)
    assert memory.size == 1


def test_runs_and_what_was_made_of_them_are_forgotten_by_name() -> None:
    memory, values = Memory(), tuple(object() for _ in range(200))

    def ask(_: object) -> tuple[object, ...]:
        runs = memory.runs("values", values)
        names = memory.each("names", lambda run: ("one", "two"), runs)
        return memory.joined("made", lambda run, shared, one, two: (run, shared, one, two), runs, names, {"one": 1}, "x")

    first = memory.once(ask, "first pass")
    assert first[0] == (memory.runs("values", values)[0], "x", 1, None)
    assert memory.once(ask, "second pass") is first
    assert memory.size >= 3, "a run at least, and both things made of it"
    for value in ("third pass", "fourth pass"):
        memory.once(id, value)
    assert memory.size == 0
