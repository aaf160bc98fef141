"""The morning desk (晨报): one table a working morning, whose history is the office's diary."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_image_artifact
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import Artifact
from prefect.client.schemas.sorting import ArtifactSort
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.events import tell_unsigned
from flows.form_fields import shown
from flows.links import Links
from flows.retried import retried
from models.errors import UnavailableError
from tasks import clock, database
from tasks import morning as desk
from tasks.desk_runs import WAITS, desk_runs
from tasks.desk_sweep import sweep
from tasks.load_chart import load_png
from tasks.timeline import escaped
from tasks.world import calendar

KEY: Final = "today"
SHOWN: Final = 300
"""Lines of the table."""
LINKED: Final = 30
"""Lines with links above it."""
TOLD: Final = 20
"""Lines of the run's log."""
AGENCIES: Final = 8
COLUMNS: Final = ("事项", "件", "案由", "等谁办", "期限", "阶段", "说明")


@flow(name="晨报", flow_run_name=lambda: f"晨报 {clock.today()}", persist_result=False)
def morning(*, even_on_rest_days: Annotated[bool, shown("休息日也办", "平常休息日不办。")] = False) -> State[int]:
    """每个工作日早晨的工作台：今日必办、逾期、无人签收、将逾期、等待本办决定、失败的通知、退信的邮箱，各附链接。休息日不办。"""
    today = clock.today()
    put_in_order()
    if not (even_on_rest_days or calendar().is_workday(today)):
        return Completed(message=f"{today}休息，没有晨报", data=0)
    found = look()
    with get_client(sync_client=True) as client:
        links = Links.of(client)
        _keep(client, found, links)
        client.update_flow_run(flow_run.id, name=f"晨报 {today} · {found.headline}")
    if found.loads:
        picture = base64.b64encode(load_png(found.loads, today)).decode()
        create_image_artifact(
            key="agency-load", image_url=f"data:image/png;base64,{picture}", description=f"各单位在办件 {today}"
        )
    tell(found, links)
    if found.unsigned:
        tell_unsigned(found.unsigned, desk.UNSIGNED_WORKDAYS)
    return Completed(message=f"{today}：{found.headline}", data=len(found.rows))


def put_in_order() -> None:
    """Open the office's forms first, so that the table can lead to them; without a desk it leads to the steps' forms."""
    try:
        with desk_runs() as runs:
            get_run_logger().info(sweep(database.engine(), runs).words)
    except UnavailableError as error:
        get_run_logger().warning(str(error))


def refresh() -> None:
    """Bring the day's table up to now, once the morning has written it."""
    today = clock.today()
    with get_client(sync_client=True) as client:
        if _of_day(client, today):
            _keep(client, desk.morning(database.engine(), today), Links.of(client))


def begin() -> None:
    """Write a table on a server that has none yet, on whatever day, so that the page's address leads somewhere."""
    with get_client(sync_client=True) as client:
        if _newest(client) is None:
            _keep(client, desk.morning(database.engine(), clock.today()), Links.of(client))


@retried("查看在办各件", times=3, after_seconds=10)
def look() -> desk.Morning:
    """One look at the records."""
    return desk.morning(database.engine(), clock.today())


def tell(found: desk.Morning, links: Links) -> None:
    """The day in the run's log, which is what opens when one clicks on the run."""
    log = get_run_logger()
    log.info("%s：%s。晨报：%s", found.today, found.headline, links.artifact(KEY))
    for row in found.rows[:TOLD]:
        log.info("　".join(filter(None, cells(row).values())))


def _keep(client: SyncPrefectClient, found: desk.Morning, links: Links) -> None:
    """Write the day's table, or write it anew. It belongs to no run, so that the diary outlives those cleared away.

    The UI shows links in the description, on the page of the key, and never in a table's cells: so what presses stands
    above with links, and the whole table below for its search box.
    """
    table = [cells(row) for row in found.rows[:SHOWN]]
    data = json.dumps(table, ensure_ascii=False)
    text = about(found, links)
    if there := _of_day(client, found.today):
        client.update_artifact(there, ArtifactUpdate(description=text, data=data))
    else:
        client.create_artifact(ArtifactCreate(key=KEY, type="table", description=text, data=data))


def _of_day(client: SyncPrefectClient, today: date) -> UUID | None:
    """The day's table, where it was written already: the newest one tells its day."""
    newest = _newest(client)
    return newest.id if newest and (newest.description or "").startswith(_heading(today)) else None


def _newest(client: SyncPrefectClient) -> Artifact | None:
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[KEY]))
    return next(iter(client.read_artifacts(artifact_filter=wanted, sort=ArtifactSort.CREATED_DESC, limit=1)), None)


def _heading(today: date) -> str:
    return f"## 晨报 {today}"


def about(found: desk.Morning, links: Links) -> str:
    """What stands above the table: the counts, and the most pressing lines with their links."""
    at = f"{clock.now().astimezone(clock.BEIJING):%H:%M}"
    lights = "、".join(f"{word}{count}" for word, count in found.lights.items())
    agencies = "、".join(
        f"{one.agency}{one.open}{f'（逾期{one.late}）' if one.late else ''}" for one in found.loads[:AGENCIES]
    )
    said = [
        _heading(found.today),
        f"**{found.headline}**　在办{found.open_cases}件（{lights or '无'}）",
        _decided_together(links),
        "\n".join(_linked(found.rows[:LINKED], links)),
        f"各单位在办：{agencies}。[图]({links.artifact('agency-load')})" if agencies else "",
        f"北京时间 {at} 写出，上班时间每十分钟更新；{_rest(found)}以往各日的在下面，也可用 `banli morning` 随时查看。",
    ]
    return "\n\n".join(filter(None, said))


def _decided_together(links: Links) -> str:
    """The forms that answer many, and the list of everything that waits for the office."""
    if not links.waiting and not links.lists:
        return ""
    forms = "、".join(f"[{escaped(name)}]({links.run(run)})" for name, run in links.lists.items())
    return f"[待本办决定的全部表单]({links.tagged(WAITS)})" + (f"；一张表单办多件：{forms}" if forms else "")


def _rest(found: desk.Morning) -> str:
    more = len(found.rows) - LINKED
    return f"上面列了{LINKED}行，另有{more}行在表中；" if more > 0 else ""


def _linked(rows: Sequence[desk.Row], links: Links) -> Iterator[str]:
    """A Markdown table."""
    if rows:
        yield f"| {' | '.join((*COLUMNS[:-1], '办理', COLUMNS[-1]))} |"
        yield f"|{'---|' * (len(COLUMNS) + 1)}"
    for row in rows:
        *shown, note = (escaped(cell) for cell in cells(row).values())
        shown[1] = links.case(row.number)
        act = links.act(row.case, flow=row.flow, action=row.action)
        yield f"| {' | '.join((*shown, act, note))} |"


def cells(row: desk.Row) -> dict[str, str]:
    """One line of the table, as text."""
    due = f"{row.light.value if row.light else ''} {row.due_on:%m-%d} {row.left}" if row.due_on else ""
    texts = (row.section.value, row.number, row.title, "、".join(row.holders), due.strip(), row.stage, row.note)
    return dict(zip(COLUMNS, texts, strict=True))
