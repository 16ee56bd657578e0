"""A table as nginx sees it."""

from router.planes.nginx.driver import NginxDriver
from router.planes.nginx.features import features_of
from router.planes.nginx.view import view
from tests.support import worlds


def test_an_empty_table_has_listeners_and_nothing_else() -> None:
    made, findings = view(worlds.empty(), features_of(NginxDriver().assumed()))
    assert findings == ()
    assert len(made.fixed.servers) == 2


def test_settings_reach_the_view() -> None:
    made, _ = view(worlds.empty(workers=3, access_log="off"), features_of(NginxDriver().assumed()))
    assert (made.fixed.settings.workers, made.fixed.settings.access_log) == (3, "off")
