"""The morning desk through a real Prefect server."""

import json
from datetime import date
from urllib.request import urlopen

from builders import OFFICE, day, proposed
from desk import Desk

from models import actions as a
from tasks import clock


def test_the_diary_is_written_on_working_mornings(office, prefect_server):
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - after the server is there
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey  # noqa: PLC0415

    from flows.registry import run  # noqa: PLC0415

    def kept(key):
        with get_client(sync_client=True) as client:
            return client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))

    desk = Desk(office)
    desk.do(day(1, 21), proposed("0001"), proposed("0002"))
    desk.do(day(2, 2), a.Accept(case="0002", by=OFFICE))
    desk.do(day(2, 25), a.Assign(case="0002", by=OFFICE, lead="民政局"))
    with clock.moved_to(clock.morning_of(date(2026, 3, 1))):
        assert run("morning") == 0
    assert not [one for one in kept("today") if "2026-03-01" in one.description]
    with clock.moved_to(clock.morning_of(day(3, 3))):
        assert run("morning") == 2
        assert run("tell", {"cases": ["0001、0404"]}) == 1
        assert run("morning") == 2  # brings the day's table up to now
    (found,) = [one for one in kept("today") if "2026-03-03" in one.description]
    assert found.flow_run_id is None
    assert {row["件"]: row["事项"] for row in json.loads(found.data)} == {"0002": "无人签收", "0001": "等待本办决定"}
    assert "[0002](/v2/runs?tags=%E4%BB%B6%3A0002)" in found.description
    assert "13900001111" not in found.data + found.description
    assert kept("agency-load")[0].data.startswith("data:image/png;base64,")
    assert any(one.data.startswith("# 0001") for one in kept(f"case-{desk.case('0001').id}"))


def test_a_server_without_a_page_has_one_before_the_address_is_printed(office, prefect_server):
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - after the server is there

    from deployments import up  # noqa: PLC0415 - as above
    from flows import morning  # noqa: PLC0415 - as above

    def newest():
        with urlopen(f"{prefect_server}/artifacts/{up.PAGE}/latest", timeout=60) as answer:
            return json.load(answer)

    assert morning.KEY == up.PAGE
    with get_client(sync_client=True) as client:
        while (there := morning._newest(client)) is not None:
            client.delete_artifact(there.id)
    with clock.moved_to(clock.morning_of(date(2026, 3, 1))):  # a Sunday: its run writes nothing
        up._begin_page(prefect_server)
        first = newest()
        assert first["description"].startswith("## 晨报 2026-03-01")
        up._begin_page(prefect_server)
        morning.refresh()
        assert newest()["id"] == first["id"]
