"""A table as haproxy sees it."""

from router.planes.haproxy.driver import HaproxyDriver
from router.planes.haproxy.features import features_of
from router.planes.haproxy.view import view
from tests.support import worlds


def test_an_empty_table_has_listeners_and_nothing_else() -> None:
    made, findings = view(worlds.empty(), features_of(HaproxyDriver().assumed()))
    assert findings == ()
    assert len(made.fixed.frontends) == 2


def test_settings_reach_the_view() -> None:
    made, _ = view(worlds.empty(workers=3, access_log="off"), features_of(HaproxyDriver().assumed()))
    assert (made.fixed.settings.workers, made.fixed.settings.access_log) == (3, "off")
