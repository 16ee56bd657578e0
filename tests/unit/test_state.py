"""What the machine says, and what is kept in the state folder."""

import datetime
from pathlib import Path

import pytest

from router import state
from router.base.errors import TidegateError
from router.base.parse import Address
from router.settings import DEFAULTS, Settings
from router.table.types import Table

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


def test_the_default_certificate_is_made_once_and_kept_private(tmp_path: Path) -> None:
    made = state.default_certificate(tmp_path, NOW)
    kept = state.default_certificate(tmp_path, NOW)
    assert kept == made
    assert state.default_certificate(tmp_path, NOW) is kept
    assert (tmp_path / state.CERTIFICATE).stat().st_mode & 0o777 == 0o600


def test_it_is_made_anew_before_it_ends_and_when_the_file_is_damaged(tmp_path: Path) -> None:
    made = state.default_certificate(tmp_path, NOW)
    later = state.default_certificate(tmp_path, NOW + datetime.timedelta(days=810))
    assert later.id != made.id
    (tmp_path / state.CERTIFICATE).write_text("damaged")
    assert state.default_certificate(tmp_path, NOW).id != later.id


def test_a_state_folder_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TidegateError, match="see --state"):
        state.default_certificate(tmp_path / "file", NOW)


def test_root_gets_the_well_known_ports_and_flags_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state.os, "geteuid", lambda: 0)
    assert state.effective(DEFAULTS, frozenset()).http.port == 80
    own = Settings(http=Address(host="::1", port=81))
    assert state.effective(own, frozenset({"http"})).http == own.http
    assert state.effective(DEFAULTS, frozenset()).state == "/var/lib/tidegate"
    monkeypatch.setattr(state.os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_STATE_HOME", "/home/x/state")
    assert state.effective(DEFAULTS, frozenset()).http.port == 8080
    assert state.effective(DEFAULTS, frozenset()).state == "/home/x/state/tidegate"


def test_a_user_without_a_home_needs_to_name_the_state_folder_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container: a number without a line in /etc/passwd, and no HOME."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(state.os, "geteuid", lambda: 10001)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(state.Path, "home", homeless)
    assert state.effective(Settings(state="/state"), frozenset({"state"})).state == "/state"
    with pytest.raises(TidegateError, match="name a folder with --state"):
        state.effective(DEFAULTS, frozenset())


def test_name_servers_are_read_and_nonsense_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# x\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\nsearch a\nnameserver ::1\n")
    assert state._resolvers(file) == ("10.0.0.1", "::1")
    assert state._resolvers(tmp_path / "none") == ()


def test_pages_are_read_and_a_folder_that_is_missing_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "404.html").write_text("<p>mine</p>")
    assert state.with_pages(Table(), state.read_pages(str(tmp_path))).globals.pages == (("404", "<p>mine</p>"),)
    assert state.with_pages(Table(), state.read_pages("")) == Table()
    with pytest.raises(TidegateError, match="is not a folder"):
        state.read_pages(str(tmp_path / "none"))
    (tmp_path / "503.html").write_bytes(b"\xff")
    with pytest.raises(TidegateError, match=r"503\.html can not be read"):
        state.read_pages(str(tmp_path))
