"""The quarantine: who is left out of the table now, why, and until when.

An object is held as long as it gives the same to the table. It is let in again when that changes, and tried again by itself once
an hour. Nothing is remembered over a restart, which may bring another version of the plane.
"""

import datetime
import enum
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from router.base.clock import Clock
from router.base.findings import Finding, ObjectRef, error, printable
from router.base.frozen import Frozen
from router.base.log import Logger
from router.facts.snapshot import KINDS, Snapshot
from router.planes.bundle import Verdict
from router.quarantine.search import Search, Steps, Trial
from router.table.types import Table
from router.table.without import Part, alone, parts, without

TRY_AGAIN = datetime.timedelta(hours=1)
log = Logger(__name__)


class Limits(Frozen):
    """Of one search: trials, and seconds. At either, what is still suspected is left out, and the next pass goes on. What fails
    only together is looked for up to ``more`` times as long, because there is no small group to leave out instead."""

    trials: int = 2000
    seconds: float = 30.0
    more: int = 3


LIMITS = Limits()


class Why(enum.StrEnum):
    """Also the reason of the finding."""

    ALONE = "RefusedByPlane"
    TOGETHER = "RefusedTogether"
    SUSPECTED = "Suspected"


class Held(Frozen):
    """One object in quarantine. ``shut``: its hosts and paths answer 503; else they are left out too. ``said``: by the plane."""

    part: Part
    why: Why
    shut: bool
    since: datetime.datetime
    said: str = ""


class Attempts(Protocol):
    """What the quarantine needs of a plane."""

    async def attempt(self, table: Table) -> Verdict: ...


class _BudgetError(Exception):
    """A search ends before it knows everything."""


class _MachineError(Exception):
    """A trial failed for a reason that is no object's: nothing that the search found is to be believed."""


class Quarantine:
    """``held`` by object. ``trials`` and ``seconds``: of all searches so far."""

    def __init__(self, plane: Attempts, plane_name: str, clock: Clock, limits: Limits = LIMITS) -> None:
        self._plane, self._name, self._clock, self._limits = plane, plane_name, clock, limits
        self.held: dict[ObjectRef, Held] = {}
        self.trials, self.seconds = 0, 0.0
        self._good = Table()

    def admit(self, table: Table) -> tuple[Table, tuple[Finding, ...]]:
        """The table without those who are held, and what their owners are told. Who changed or went is held no longer."""
        if not self.held:
            return table, ()
        now = parts(table, self.held.keys())
        for ref in [ref for ref, held in self.held.items() if now.get(ref) != held.part]:
            del self.held[ref]
        findings = tuple(_finding(ref, held, self._name) for ref, held in sorted(self.held.items(), key=lambda i: i[0]))
        return without(table, *self._modes()), findings

    async def look(self, table: Table, snapshot: Snapshot, verdict: Verdict) -> bool:
        """After a pass with ``table``, as it was before ``admit``: find out who is to be held, or who no longer. True if another
        pass is worth it at once."""
        if verdict.refused:
            return await self._blame(table, snapshot, verdict)
        if not verdict.ok:
            return False  # the machine's fault, or a reload's: nobody is blamed, and nothing is tried on what serves
        self._good = without(table, *self._modes())
        now = self._clock.now()
        due = {ref for ref, held in self.held.items() if held.why is Why.SUSPECTED or now - held.since >= TRY_AGAIN}
        return bool(due) and await self._try_again(table, due)

    def _modes(self) -> tuple[frozenset[ObjectRef], frozenset[ObjectRef]]:
        """(shut, out)"""
        shut = frozenset(ref for ref, held in self.held.items() if held.shut)
        return shut, frozenset(self.held) - shut

    async def _blame(self, table: Table, snapshot: Snapshot, verdict: Verdict) -> bool:
        """The plane refuses the table. Who changed since it was good is suspected first."""
        now, good = parts(table), parts(self._good)
        free = sorted((ref for ref in now if ref not in self.held), key=lambda ref: _age(snapshot, ref))
        known = [ref for ref in free if good.get(ref) == now[ref]]
        suspects = [ref for ref in free if good.get(ref) != now[ref]]
        if not suspects:
            suspects, known = free, []
        search = Search(suspects, known, *self._modes())
        log.warning(
            "the plane refuses the table; looking for the objects that it refuses", suspects=len(suspects), known=len(known)
        )
        ended = await self._run(search, search.steps(), table)
        if ended is None:
            return False
        if search.ours:
            problem = "; ".join(verdict.problems[:3])
            log.error("the plane refuses what no object made; the last good bundle serves", plane=self._name, problem=problem)
        groups = {ref for group in search.groups for ref in group}
        before = dict(self.held)
        for refs, why in ((search.alone, Why.ALONE), (search.younger, Why.TOGETHER), (sorted(groups), Why.SUSPECTED)):
            self._hold(refs, why, now, ended)
        for ref in self.held.keys() & search.out.keys():
            self.held[ref] = _out(self.held[ref])
        return self.held != before

    async def _try_again(self, table: Table, due: Collection[ObjectRef]) -> bool:
        """Try those that are due by themselves: who passes is let in, who does not is held on."""
        now = {ref: held.part for ref, held in self.held.items()}
        search = Search(sorted(due), ())
        ended = await self._run(search, search.again(), table)
        if ended is None:
            return False
        groups = {ref for group in search.groups for ref in group}
        whole, before = dict(self.held), {ref: self.held.pop(ref) for ref in due}
        self._hold(search.alone, Why.ALONE, now, ended)
        self._hold(groups, Why.SUSPECTED, now, ended)
        for ref in self.held.keys() & before.keys():
            if not before[ref].shut:
                self.held[ref] = _out(self.held[ref])
        return self.held != whole

    def _hold(self, refs: Iterable[ObjectRef], why: Why, now: dict[ObjectRef, Part], said: dict[ObjectRef, str]) -> None:
        since = self._clock.now()
        for ref in refs:
            self.held[ref] = Held(part=now[ref], why=why, shut=True, since=since, said=said.get(ref, ""))

    async def _run(self, search: Search[ObjectRef], steps: Steps[ObjectRef], table: Table) -> dict[ObjectRef, str] | None:
        """Run a search as far as the budget lets it; what the plane said about single objects. None: do not believe it."""
        said: dict[ObjectRef, str] = {}
        started, trials = self._clock.monotonic(), self.trials
        spent: Callable[[], float] = lambda: self._clock.monotonic() - started  # noqa: E731
        try:
            trial = next(steps)
            while True:
                most = 1 if search.groups else self._limits.more
                if self.trials - trials >= most * self._limits.trials or spent() >= most * self._limits.seconds:
                    raise _BudgetError
                trial = steps.send(await self._refuses(trial, search, table, said))
        except StopIteration:
            pass
        except _BudgetError:
            log.warning("the search takes long; what is suspected is left out until it goes on", plane=self._name)
        except _MachineError as stop:
            log.error("a trial failed for a reason that is no object's; nobody is blamed", plane=self._name, why=stop)
            return None
        finally:
            self.seconds += spent()
        if search.doubtful:
            log.error("after the trials not even the empty table passes any longer; nobody is blamed", plane=self._name)
            return None
        log.warning(
            "looked for objects that the plane refuses",
            found=len(search.alone), together=len(search.younger), suspected=sum(map(len, search.groups)),
            trials=self.trials - trials, seconds=round(spent(), 2),
        )  # fmt: skip
        return said

    async def _refuses(
        self, trial: Trial[ObjectRef], search: Search[ObjectRef], table: Table, said: dict[ObjectRef, str]
    ) -> bool:
        shut = frozenset(trial.shut)
        small = without(table, shut, frozenset(search.out)) if trial.everything else alone(table, frozenset(trial.whole), shut)
        self.trials += 1
        verdict = await self._plane.attempt(small)
        if not verdict.ok and not verdict.refused:
            raise _MachineError("; ".join(verdict.problems))
        if verdict.refused and len(trial.whole) == 1 and not trial.shut:
            said[trial.whole[0]] = printable(next(iter(verdict.problems), ""))
        return verdict.refused


def _age(snapshot: Snapshot, ref: ObjectRef) -> tuple[str, ObjectRef]:
    """Oldest first; what has no date is as old as can be."""
    field = next((field for field, kind in KINDS.values() if kind.__name__ == ref.kind), None)
    fact = getattr(snapshot, field).get((ref.namespace, ref.name)) if field else None
    return (fact.metadata.creation_timestamp if fact else "", ref)


def _out(held: Held) -> Held:
    return Held(part=held.part, why=held.why, shut=False, since=held.since, said=held.said)


def _finding(ref: ObjectRef, held: Held, plane: str) -> Finding:
    effect = "what it asks for is left out"
    if held.shut and held.part.routes:
        effect = "its hosts and paths answer 503"
    elif held.shut and held.part.backends:
        effect = "it has no endpoints, and its routes answer 503"
    message = {
        Why.ALONE: f"{plane} refuses it: {held.said.rstrip('.') or 'without a word'}; {effect}.",
        Why.TOGETHER: f"{plane} refuses it together with older objects, and takes either without the other; {effect}.",
        Why.SUSPECTED: f"{plane} refuses it or one of its neighbours, and it is not known yet which; {effect} until it is.",
    }[held.why]
    return error(ref, "", held.why, message, "Change the object: it is tried again when it changes, and once an hour.")
