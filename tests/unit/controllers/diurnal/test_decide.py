"""What a DiurnalController writes, when, and what it says."""

import datetime

from router.controllers.diurnal.decide import decide
from router.controllers.diurnal.types import Memory, Seen
from router.facts.meta import Meta

NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)


def test_nothing_understood_writes_nothing() -> None:
    assert decide(NOW, Seen(meta=Meta(name="web"), object=None), Memory()).writes == ()
