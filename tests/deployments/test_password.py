"""Beyond this machine the Prefect server asks for a password that nobody else can read."""

import stat

import pytest

from deployments.wiring import ensure_password, password_file, prefect_environment
from models.settings import settings_from


@pytest.fixture
def found(home, monkeypatch):
    monkeypatch.delenv("PREFECT_SERVER_API_AUTH_STRING", raising=False)
    return settings_from({"BANLI_HOME": str(home)})


def test_beyond_this_machine_the_server_asks_for_a_password(found):
    alone = prefect_environment(found, "http://127.0.0.1:4200/api")
    assert "PREFECT_SERVER_API_AUTH_STRING" not in alone
    ensure_password(found)
    first = prefect_environment(found, "http://127.0.0.1:4200/api", host="0.0.0.0")
    said = first["PREFECT_SERVER_API_AUTH_STRING"]
    assert first["PREFECT_API_AUTH_STRING"] == said
    assert said.startswith("banli:")
    assert len(said) > 20
    assert stat.S_IMODE(password_file(found).stat().st_mode) == 0o600
    ensure_password(found)
    assert prefect_environment(found, None, host="0.0.0.0")["PREFECT_SERVER_API_AUTH_STRING"] == said
