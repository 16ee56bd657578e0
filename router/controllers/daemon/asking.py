"""Pods that are to go are asked, again and again, whether they are drained."""

import asyncio
from collections.abc import Awaitable, Callable

from router.base.clock import Clock
from router.base.frozen import Frozen
from router.facts.meta import Key

EVERY = 1.0
LIMIT = 5.0


class Question(Frozen):
    """``owner``: who wants to know. ``address``: of the pod."""

    owner: Key
    uid: str
    address: str
    port: int
    path: str

    @property
    def url(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}/{self.path.lstrip('/')}"


Ask = Callable[[str, float], Awaitable[int]]
"""(URL, seconds) -> status. Raises OSError or TimeoutError if nobody answers."""


class Asker:
    """Each question is asked until it is answered with 200, or until it is dropped. ``drained``: uids that have answered so."""

    def __init__(self, ask: Ask, clock: Clock, told: Callable[[Key], None]) -> None:
        self._ask, self._clock, self._told = ask, clock, told
        self._questions: dict[str, Question] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.drained: set[str] = set()

    def want(self, owner: Key, questions: list[Question], group: asyncio.TaskGroup) -> None:
        """All that ``owner`` wants to know now; what it asked before and not now is dropped."""
        wanted = {question.uid: question for question in questions}
        for uid in [uid for uid, known in self._questions.items() if known.owner == owner and uid not in wanted]:
            del self._questions[uid]
            self._tasks.pop(uid).cancel()
            self.drained.discard(uid)
        for uid, question in wanted.items():
            if uid not in self._questions:
                self._questions[uid] = question
                self._tasks[uid] = group.create_task(self._until_drained(question))

    async def _until_drained(self, question: Question) -> None:
        while not await self._asked(question):
            await self._clock.sleep(EVERY)
        self.drained.add(question.uid)
        self._told(question.owner)

    async def _asked(self, question: Question) -> bool:
        try:
            return await self._ask(question.url, LIMIT) == 200
        except (OSError, TimeoutError):
            return False


async def ask_over_http(url: str, limit: float) -> int:
    """Plain HTTP, no redirects, no proxy: the address is a pod's."""
    import aiohttp  # noqa: PLC0415 -- only where pods are asked

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=limit), trust_env=False) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return answer.status
    except aiohttp.ClientError as failure:
        raise OSError(str(failure)) from failure
