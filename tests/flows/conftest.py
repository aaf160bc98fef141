"""What the tests of the coordinators' room share: the deployments that decisions wait in."""

from __future__ import annotations

import pytest

from deployments.wiring import POOL


@pytest.fixture(scope="session")
def decisions_deployed(prefect_server: str) -> None:
    """The two deployments, as prefect.yaml makes them."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - after the server is there
    from prefect.client.schemas.actions import WorkPoolCreate  # noqa: PLC0415

    from flows.decisions import decide, decide_many  # noqa: PLC0415

    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        for flow in (decide, decide_many):
            client.create_deployment(
                flow_id=client.create_flow(flow),
                name=flow.name,
                entrypoint=f"flows.decisions.{flow.fn.__name__}",
                work_pool_name=POOL,
            )
