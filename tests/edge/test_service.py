"""What runs beside the cameras: the work of the night, and what an operator may call the database."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.cli import service
from edge.cli.build import watched
from edge.cli.service import opened, spool_of
from edge.contract import ContractError, StoreDamagedError, open_facts, open_store
from edge.settings import load

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[store]
id = "demo"
name = "Demo store"
time_zone = "Europe/Berlin"
currency = "EUR"
[database]
path = "facts.sqlite"
backup_folder = "copies"
[service]
port = 0
[model]
path = "recorded:walk.csv"
[[cameras]]
id = "door"
source = 0
"""


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    path = tmp_path / "store.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "walk.csv").write_text("1,-1,140,100,30,70,0.9,-1,-1,-1\n", encoding="utf-8")
    return path


def test_where_old_facts_cannot_be_deleted_the_nightly_copy_is_made_all_the_same(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StoreDamagedError("an old page is broken")

    monkeypatch.setattr(service, "retire", fails)
    monkeypatch.setattr("edge.station.night.SETTLED", timedelta(0))
    settings = load(settings_file)
    cameras = [watched(settings, settings.cameras[0]).camera]
    with opened(settings, settings_file.parent / "facts.sqlite", cameras, lambda _, __: None) as around:
        around.station.stop.set()
        around.watch(lambda: None, 0.1)
        night = around._night
        assert night.tick(datetime.now(UTC))
        assert night._thread is not None
        night._thread.join(30)
    assert len(list((settings_file.parent / "copies").glob("facts.sqlite.backup-2*"))) == 1


def test_a_database_may_be_named_by_a_url_with_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(open_store("sqlite:///facts.sqlite")) as store:
        assert store.path == tmp_path / "facts.sqlite"
    with closing(open_facts("sqlite:///facts.sqlite")):
        pass
    with pytest.raises(ContractError, match="no such database"):
        open_facts("sqlite:///other.sqlite")


def test_what_waits_for_one_server_is_not_given_to_another(settings_file: Path) -> None:
    settings = load(settings_file)
    one = spool_of(settings, "postgresql://shop:secret@one/facts")
    assert one == spool_of(settings, "postgresql://shop:changed@one/facts")
    assert one != spool_of(settings, "postgresql://shop:secret@two/facts")
    assert one is not None
    assert "secret" not in one.name
    assert spool_of(settings, settings_file.parent / "facts.sqlite") is None
    assert spool_of(settings, "sqlite:///facts.sqlite") is None
