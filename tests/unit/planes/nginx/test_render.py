"""A table as a bundle."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from router.planes.nginx.driver import NginxDriver
from tests.support import worlds

DRIVER = NginxDriver()
nasty = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["/x;}evil{", '/" ; return 200 "', "/\\", "/${x}", "/$host", "/%[env(HOME)]", "/a'b", "/a|b", "/#", "/a b", "/\u00e9"]
    ),
)


def test_equal_tables_give_equal_bytes() -> None:
    one, two = (DRIVER.render(worlds.table(), DRIVER.assumed()) for _ in range(2))
    assert one == two
    assert one.bundle.generation in one.bundle.files[[f.path for f in one.bundle.files].index(DRIVER.main)].data.decode()


def test_another_table_is_another_generation() -> None:
    generations = {DRIVER.render(worlds.table(path=p), DRIVER.assumed()).bundle.generation for p in ("/a", "/b", "/c")}
    assert len(generations) == 3


@settings(max_examples=60, deadline=None)
@given(nasty, nasty, nasty, nasty)
def test_no_text_of_a_tenant_changes_the_structure(path: str, domains: str, size: str, whitelist: str) -> None:
    table = worlds.table(path="/" + path, domains="shop.example.com," + domains, size=size, whitelist=whitelist)
    made = DRIVER.render(table, DRIVER.assumed())
    assert list(DRIVER.read_back(made.bundle, table, DRIVER.assumed())) == []
    assert made.bundle.files == DRIVER.render(table, DRIVER.assumed()).bundle.files


def test_keys_stand_in_private_files_for_their_owner_only() -> None:
    from router.certs.selfsigned import make
    from router.settings import DEFAULTS
    from router.translate import translate
    from tests.support.manifests import NOW, snapshot

    table = translate(
        snapshot(worlds.APP.format(**{k: json.dumps(v) for k, v in worlds.HARMLESS.items()})), DEFAULTS, NOW, make(NOW)
    ).table
    files = DRIVER.render(table, DRIVER.assumed()).bundle.files
    holders = [f for f in files if b"PRIVATE KEY" in f.data]
    assert holders
    assert all(f.private and f.mode == 0o600 for f in holders)
    assert all("PRIVATE" not in repr(f) for f in files)
