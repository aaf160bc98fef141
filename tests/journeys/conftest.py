"""Journeys share their people (`story`), who act through the real flows."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def story(office, home, prefect_server):
    from story import Story  # noqa: PLC0415 - it imports Prefect, which takes a second

    return Story(office, home)
