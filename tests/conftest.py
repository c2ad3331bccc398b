"""What several files of tests are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from experiments import comparison
from experiments.runner import carry_out
from tests import dice
from tests.businesses import small_business_toml

if TYPE_CHECKING:
    from tests.asgi import Client


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, commands run there, with a business of one's own; runs are played by dice."""
    (tmp_path / "shop.toml").write_text(small_business_toml())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: carry_out(tasks, workers=1, work=dice.play))
    monkeypatch.setattr("sim.compiled.is_warm", lambda: True)
    return tmp_path


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of a dashboard that works in this process."""
    # Only here: without the extra 'dashboard' all other tests run.
    from experiments.dashboard.app import application
    from tests.asgi import Client
    from tests.dashboards import kitchen

    with Client(application(kitchen())) as made:
        yield made
