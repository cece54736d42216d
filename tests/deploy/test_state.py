"""The state folder."""

from __future__ import annotations

import os
import pathlib
import stat

import pytest

from deploy.local import folders, state
from deploy.local.trouble import Trouble
from services.kit.secrets import masters


def test_one_folder_has_one_launcher(tmp_path: pathlib.Path):
    with state.held(tmp_path):
        assert state.holder(tmp_path) == os.getpid()

        with (
            pytest.raises(state.Taken, match=rf"already runs on .* \(pid {os.getpid()}\)"),
            state.held(tmp_path),
        ):
            pass

    assert state.holder(tmp_path) is None
    with state.held(tmp_path):
        pass


def test_a_folder_that_nobody_uses_has_no_holder(tmp_path: pathlib.Path):
    assert state.holder(tmp_path / "none") is None


def test_the_secret_is_drawn_once_and_kept_from_others(tmp_path: pathlib.Path):
    first = state.secret(tmp_path)

    assert len(first) == 64
    assert state.secret(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_secret_that_was_lost_is_not_replaced_in_silence(tmp_path: pathlib.Path):
    (tmp_path / "secret").write_text("")

    with pytest.raises(Trouble, match="is broken"):
        state.secret(tmp_path)


def test_the_folder_keeps_others_out(tmp_path: pathlib.Path):
    with state.held(tmp_path / "state"):
        assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: pathlib.Path):
    (tmp_path / "file").touch()

    with (
        pytest.raises(Trouble, match=r"cannot keep state in .*/file/state: Not a directory"),
        state.held(tmp_path / "file" / "state"),
    ):
        pass


def test_a_report_that_is_broken_or_missing_says_nothing(tmp_path: pathlib.Path):
    assert state.told(tmp_path) == {}

    (tmp_path / "mesh.json").write_text("{")

    assert state.told(tmp_path) == {}


def test_a_long_path_gets_a_short_socket(tmp_path: pathlib.Path):
    deep = tmp_path / ("d" * 100)
    try:
        short = folders.for_socket(deep, "redis.sock")

        assert len(os.fsencode(short / "redis.sock")) <= folders.LONGEST
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
        assert folders.for_socket(deep, "redis.sock") == short
    finally:
        folders.forget(deep)
    assert not short.exists()


def test_a_folder_that_others_may_enter_is_not_trusted(tmp_path: pathlib.Path):
    home = tmp_path / "home"
    folder = folders.private(tmp_path, home, os.geteuid())
    folder.chmod(0o755)

    with pytest.raises(Trouble, match="is not a private folder"):
        folders.private(tmp_path, home, os.geteuid())


def test_a_link_in_place_of_a_folder_is_not_followed(tmp_path: pathlib.Path):
    home = tmp_path / "home"
    folder = folders.private(tmp_path, home, os.geteuid())
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Trouble, match="is not a private folder"):
        folders.private(tmp_path, home, os.geteuid())


def test_keys_of_the_vault_are_drawn_once_and_added_in_front(tmp_path: pathlib.Path):
    first = state.vault(tmp_path)

    assert state.vault(tmp_path) == first
    assert state.add_to_vault(tmp_path) == "k2"

    assert state.vault(tmp_path).split(",")[1:] == [first]
    assert [one.id for one in masters(state.vault(tmp_path))] == ["k2", "k1"]
    assert (tmp_path / "vault").stat().st_mode & 0o777 == 0o600
