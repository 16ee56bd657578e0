"""Mappings made from mappings by pure functions: an unchanged value costs a comparison, and its result stays the same object.

They are to mappings what ``memo.Memo`` is to one value. Each class says what one comprehension says, and gives what it would
give. It is handed the whole mapping every time and finds out by identity what is different from the one of before; nobody has to
tell it of changes, so it can not miss one. The result is the same object if nothing in it changed. Not for several threads.

Values are never None: a function that gives None leaves its key out. Mappings are never changed after they are handed over.
"""

import bisect
import weakref
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import compress
from operator import is_, is_not
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
R = TypeVar("R")
G = TypeVar("G", bound=Hashable)
P = TypeVar("P")
N = TypeVar("N", bound=Hashable)
O = TypeVar("O")  # noqa: E741 -- the others that a value is joined with

FEW = 100
"""Keys up to which looking for each one's place is cheaper than sorting all."""


class Rows(dict[K, V]):
    """A result of these classes. It knows at which keys it differs from the mapping that it was made from, which is not kept."""

    __slots__ = ("__weakref__", "differs", "since")

    def __init__(self, before: "Rows[K, V] | None" = None, after: Mapping[K, V] | None = None, gone: Iterable[K] = ()) -> None:
        """``before`` with what is in ``after``, without ``gone``."""
        super().__init__(before or {})
        self.update(after or {})
        for key in gone:
            del self[key]
        self.differs = [*(after or ()), *gone]
        self.since = weakref.ref(self if before is None else before)


def changed(old: Mapping[K, Any], new: Mapping[K, Any]) -> Iterable[K]:
    """Keys that one of the two lacks, or whose value is another object."""
    if old is new:
        return []
    if isinstance(new, Rows) and new.since() is old:
        return new.differs
    if len(old) == len(new) and [*old] == [*new]:
        return list(compress(new, map(is_not, old.values(), new.values())))
    get = old.get
    found = [key for key, value in new.items() if get(key) is not value]
    if len(old) + sum(key not in old for key in found) != len(new):
        found += [key for key in old if key not in new]
    return found


class Same(Generic[V]):
    """A small value that is compared by content: the object of before, for as long as it is equal."""

    def __init__(self) -> None:
        self._value: V | None = None

    def of(self, value: V) -> V:
        if self._value is None or self._value != value:
            self._value = value
        return self._value


class _Made(Generic[K, R]):
    """Results by key. ``put`` keeps an equal result of before; ``done`` is a new mapping only if there was a difference."""

    def __init__(self, before: Rows[K, R]) -> None:
        self._before, self._after = before, dict[K, R]()
        self._gone: list[K] = []

    def put(self, key: K, result: R | None) -> None:
        old = self._before.get(key)
        if result is None:
            if old is not None:
                self._gone.append(key)
        elif old is None or old != result:
            self._after[key] = result

    def done(self) -> Rows[K, R]:
        if not self._after and not self._gone:
            return self._before
        return Rows(self._before, self._after, self._gone)


class Each(Generic[K, V, R]):
    """``{key: make(value, *shared) for key, value in values.items()}``; another object in ``shared`` makes all anew."""

    def __init__(self, make: Callable[..., R | None]) -> None:
        self._make = make
        self._values: Mapping[K, V] = {}
        self._shared: tuple[object, ...] = ()
        self._made = Rows[K, R]()

    def of(self, values: Mapping[K, V], *shared: object) -> Mapping[K, R]:
        same = len(shared) == len(self._shared) and all(map(is_, shared, self._shared))
        dirty = changed(self._values, values) if same else [*values, *(key for key in self._made if key not in values)]
        made = _Made(self._made)
        for key in dirty:
            made.put(key, self._make(values[key], *shared) if key in values else None)
        self._values, self._shared, self._made = values, shared, made.done()
        return self._made


class Joined(Generic[K, V, N, O, R]):
    """``{key: make(value, [others.get(name) for name in names(value)], *shared) for key, value in values.items()}``"""

    def __init__(self, names: Callable[[V], Iterable[N]], make: Callable[..., R | None]) -> None:
        self._names, self._make = names, make
        self._values: Mapping[K, V] = {}
        self._others: Mapping[N, O] = {}
        self._shared: tuple[object, ...] = ()
        self._users: dict[N, K | set[K]] = {}
        self._made = Rows[K, R]()

    def of(self, values: Mapping[K, V], others: Mapping[N, O], *shared: object) -> Mapping[K, R]:
        same = len(shared) == len(self._shared) and all(map(is_, shared, self._shared))
        rows = changed(self._values, values)
        dirty = dict.fromkeys(rows if same else values)
        for name in changed(self._others, others):
            dirty.update(dict.fromkeys(self._users_of(name)))
        made = _Made(self._made)
        for key in rows:
            if key not in values:
                made.put(key, None)
        for key in dirty:
            if key in values:
                value = values[key]
                made.put(key, self._make(value, [others.get(name) for name in self._names(value)], *shared))
        self._know(rows, values)
        self._values, self._others, self._shared, self._made = values, others, shared, made.done()
        return self._made

    def _users_of(self, name: N) -> Iterable[K]:
        users = self._users.get(name)
        if isinstance(users, set):
            return users
        return () if users is None else (users,)

    def _know(self, rows: Iterable[K], values: Mapping[K, V]) -> None:
        """Who asks for which name. ``rows``: keys whose value is another one. Most names have one user, so a set is made only
        for more: it takes four times the memory."""
        for key in rows:
            before = dict.fromkeys(self._names(self._values[key])) if key in self._values else {}
            after = dict.fromkeys(self._names(values[key])) if key in values else {}
            for name in after:
                users = self._users.setdefault(name, key)
                if isinstance(users, set):
                    users.add(key)
                elif users != key:
                    self._users[name] = {users, key}
            for name in before:
                if name not in after:
                    self._forget(name, key)

    def _forget(self, name: N, key: K) -> None:
        users = self._users[name]
        if isinstance(users, set) and users != {key}:
            users.discard(key)
        else:
            del self._users[name]


class Grouped(Generic[K, V, G, P]):
    """``{group: sorted((number, key, part) ...)}`` over the ``parts(value)``, a mapping from group to part, of all values of
    several mappings; ``number`` says which mapping it was. A part that is equal to the one of before is the one of before.
    ``rank``: sorts keys that can not be compared themselves."""

    def __init__(self, parts: Callable[[V], Mapping[G, P]], rank: Callable[[K], Any] | None = None) -> None:
        self._parts, self._rank = parts, rank
        self._values: tuple[Mapping[K, V], ...] = ()
        self._groups = Rows[G, tuple[tuple[int, K, P], ...]]()

    def of(self, *values: Mapping[K, V]) -> Mapping[G, tuple[tuple[int, K, P], ...]]:
        touched: dict[G, dict[tuple[int, K], P | None]] = {}
        before = self._values or tuple({} for _ in values)
        for number, (old, new) in enumerate(zip(before, values, strict=True)):
            for key in changed(old, new):
                gone = self._parts(old[key]) if key in old else {}
                parts = self._parts(new[key]) if key in new else {}
                for group in gone.keys() - parts.keys():
                    touched.setdefault(group, {})[number, key] = None
                for group, part in parts.items():
                    if group not in gone or gone[group] != part:
                        touched.setdefault(group, {})[number, key] = part
        made = _Made(self._groups)
        for group, difference in touched.items():
            made.put(group, self._regrouped(self._groups.get(group, ()), difference) or None)
        self._values, self._groups = values, made.done()
        return self._groups

    def _regrouped(
        self, before: tuple[tuple[int, K, P], ...], difference: Mapping[tuple[int, K], P | None]
    ) -> tuple[tuple[int, K, P], ...]:
        kept = {(number, key): part for number, key, part in before}
        for place, part in difference.items():
            if part is None:
                kept.pop(place, None)
            else:
                kept[place] = part
        rank = self._rank
        order = sorted(kept, key=(lambda place: (place[0], rank(place[1]))) if rank else None)
        return tuple((number, key, kept[number, key]) for number, key in order)


class Ordered(Generic[K, V]):
    """``tuple(values[key] for key in sorted(values, key=rank))``. No two keys have one rank."""

    def __init__(self, rank: Callable[[K], Any]) -> None:
        self._rank = rank
        self._values: Mapping[K, V] = {}
        self._order: list[K] = []
        self._made: tuple[V, ...] = ()

    def of(self, values: Mapping[K, V]) -> tuple[V, ...]:
        dirty = list(changed(self._values, values))
        if dirty:
            moved = [key for key in dirty if (key in values) != (key in self._values)]
            if len(dirty) > FEW:
                order = sorted(values, key=self._rank)
                made = list(map(values.__getitem__, order))
            else:
                order, made = self._moved(moved, values) if moved else (self._order, list(self._made))
                for key in dirty:
                    if key in values:
                        made[self._place(order, key)] = values[key]
            self._values, self._order, self._made = values, order, tuple(made)
        return self._made

    def _place(self, order: list[K], key: K) -> int:
        return bisect.bisect_left(order, self._rank(key), key=self._rank)

    def _moved(self, moved: list[K], values: Mapping[K, V]) -> tuple[list[K], list[V]]:
        """Keys that came are put in with their values, keys that are gone are taken out."""
        order, made = self._order.copy(), list(self._made)
        for key in moved:
            place = self._place(order, key)
            if key in values:
                order.insert(place, key)
                made.insert(place, values[key])
            else:
                del order[place], made[place]
        return order, made
