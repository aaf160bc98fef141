"""A rehearsed year leaves its tables and its chart among the artifacts."""

import asyncio
import json
from datetime import date


def test_tables_and_chart_are_artifacts(prefect_server, home):
    from prefect.artifacts import Artifact  # noqa: PLC0415 - a second, after the server is there

    from flows.rehearsal import rehearse  # noqa: PLC0415

    state = rehearse(date(2026, 1, 19), date(2026, 6, 30), 4, weekly=True, return_state=True)
    assert state.is_completed(), state
    assert "演练4件" in state.message

    async def read(key):
        return await Artifact.get(key)

    tables = {key: asyncio.run(read(f"rehearsal-{key}")) for key in ("deadlines", "agencies", "chart")}
    assert "答复" in {row["时限"] for row in json.loads(tables["deadlines"].data)}
    assert sum(row["主办"] for row in json.loads(tables["agencies"].data)) > 0
    assert "data:image/png;base64," in tables["chart"].data
    assert not (home / "banli.sqlite").exists()
