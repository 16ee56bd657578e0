"""What a driver remembers changes what a table costs, never what is made of it, and never what is noticed."""

from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.planes import memory
from router.planes.bundle import Bundle, File
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.nginx.driver import NginxDriver
from router.table.types import Table
from tests.support import changing
from tests.support.properties import examples

DRIVERS = [NginxDriver, HaproxyDriver]
Steps = list[list[tuple[str, object]]]


@pytest.mark.parametrize("make", DRIVERS)
@pytest.mark.parametrize("run", [1, 3])
@examples(40)
@given(steps=changing.sequences)
def test_a_table_means_the_same_whatever_came_before(make: type[NginxDriver | HaproxyDriver], run: int, steps: Steps) -> None:
    """``run``: where long tuples are cut must not show."""
    driver = make()
    with mock.patch.object(memory, "RUN", run):
        for table in changing.tables(steps):
            made, fresh = driver.render(table, driver.assumed()), make().render(table, driver.assumed())
            assert made == fresh
            assert driver.read_back(made.bundle, table, driver.assumed()) == ()
            assert driver.read_back(fresh.bundle, table, driver.assumed()) == ()


def changed(bundle: Bundle, path: str, text: bytes) -> Bundle:
    files = (File(path=f.path, content=text, mode=f.mode) if f.path == path else f for f in bundle.files)
    return msgspec.structs.replace(bundle, files=tuple(files))


def mutants(data: st.DataObject, bundle: Bundle) -> tuple[str, bytes]:
    """(path, other text): a byte changed, or lines doubled, left out or moved."""
    file = data.draw(st.sampled_from([f for f in bundle.files if not f.private and not f.path.startswith("pages/") and f.data]))
    if data.draw(st.booleans()):
        at, byte = data.draw(st.integers(0, len(file.data) - 1)), data.draw(st.sampled_from(b"x \"';{}\n\\#$\xff"))
        return file.path, file.data[:at] + bytes([byte]) + file.data[at + 1 :]
    lines = file.data.splitlines(keepends=True)
    start, end = sorted((data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(1, len(lines)))))
    taken, rest = lines[start:end], [*lines[:start], *lines[end:]]
    to = data.draw(st.sampled_from([None, start, *range(len(rest) + 1)]))
    return file.path, b"".join(
        rest if to is None else [*rest[:to], *taken, *rest[to:]] if data.draw(st.booleans()) else [*lines, *taken]
    )


@pytest.mark.parametrize("make", DRIVERS)
@examples(30)
@given(data=st.data(), steps=changing.sequences)
def test_who_has_read_much_notices_what_a_newcomer_notices(
    make: type[NginxDriver | HaproxyDriver], data: st.DataObject, steps: Steps
) -> None:
    driver = make()
    with mock.patch.object(memory, "RUN", 2):
        for table in changing.tables(steps):
            bundle = driver.render(table, driver.assumed()).bundle
            assert driver.read_back(bundle, table, driver.assumed()) == ()
            other = changed(bundle, *mutants(data, bundle))
            newcomer = make()
            seen = bool(newcomer.read_back(other, table, driver.assumed()))
            assert bool(driver.read_back(other, table, driver.assumed())) == seen
            assert driver.read_back(bundle, table, driver.assumed()) == ()
            if not seen:  # it says the same to the plane: blanks, comments
                assert set(words(bundle)) == set(words(other))


def words(bundle: Bundle) -> list[str]:
    """The words of all lines without comments."""
    texts = (f.data.decode() for f in bundle.files if not f.private)
    return [word for text in texts for line in text.splitlines() for word in line.partition("#")[0].split()]


@pytest.mark.parametrize("make", DRIVERS)
def test_what_is_not_used_any_more_is_forgotten(make: type[NginxDriver | HaproxyDriver]) -> None:
    def table(turn: int) -> Table:
        steps = [[("backend", changing.backend(n, turn % 2, changing.BackendProtocol.HTTP)) for n in range(changing.BACKENDS)]]
        return next(changing.tables([*steps]))

    driver, sizes = make(), set()
    for turn in range(40):
        made = table(turn)
        driver.read_back(driver.render(made, driver.assumed()).bundle, made, driver.assumed())
        sizes.add(driver.memory.size)
    assert max(sizes) < 200


@pytest.mark.parametrize("make", DRIVERS)
def test_one_changed_host_costs_its_own_run_only(make: type[NginxDriver | HaproxyDriver]) -> None:
    """Counted, not timed: of 2,000 hosts, those of one run or two are looked at again."""
    names = [changing.HostPattern(kind=changing.HostKind.EXACT, name=f"h{n:04}.test") for n in range(2000)]
    action = changing.Forward(backends=(changing.WeightedBackend(backend=changing.digest("0")),))
    hosts = [
        changing.VirtualHost(host=name, listeners=(), routes=(changing.route(name, 0, 0, action, 0, changing.PathKind.PREFIX),))
        for name in names
    ]
    (base,) = changing.tables([[("nothing", None)]])
    first = msgspec.structs.replace(base, hosts=tuple(hosts))
    again = changing.route(names[1000], 0, 1, action, 0, changing.PathKind.PREFIX)
    hosts[1000] = msgspec.structs.replace(hosts[1000], routes=(again,))
    second = msgspec.structs.replace(base, hosts=tuple(hosts))
    driver = make()
    made = [driver.render(table, driver.assumed()).bundle for table in (first, second)]
    assert [driver.read_back(bundle, table, driver.assumed()) for bundle, table in zip(made, (first, second), strict=True)] == [
        (),
        (),
    ]
    driver = make()
    read, counts = driver.reading.maps, []
    for table in (first, second):
        driver.read_back(driver.render(table, driver.assumed()).bundle, table, driver.assumed())
        counts.append(read.read)
    assert counts[0] > 20
    assert 0 < counts[1] - counts[0] <= 6
