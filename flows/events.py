"""What others may build automations on (事件): one event a case for a small batch, one a batch for a large one.

`banli.case.<动作>`   resource `banli.case.<id>`; related: its session; payload: action, summary
`banli.batch.<动作>`  resource `banli.batch`; payload: action, count - instead of the former in a batch of more than BOUND
`banli.notice.undelivered`, `banli.case.unsigned`  payload: count and a sentence

An event costs 0.4 ms here and some 3 ms at the server, so their number is bounded, whatever the size of the batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from prefect.events import emit_event

from models.actions.action import Outcome

BOUND: Final = 20
"""Cases of a batch that are told one by one."""
PREFIX: Final = "banli"


def tell_cases(outcomes: Sequence[Outcome]) -> None:
    """Tell what was recorded just now; what was recorded before, or refused, is no event."""
    done = [one for one in outcomes if one.result == "已办理" and one.receipt]
    if len(done) > BOUND:
        for action, count in Counter(one.action for one in done).items():
            resource = {"prefect.resource.id": f"{PREFIX}.batch", "prefect.resource.name": f"{action}{count}件"}
            emit_event(f"{PREFIX}.batch.{action}", resource=resource, payload={"action": action, "count": count})
        return
    for one in done:
        session, _, number = one.case.rpartition("/")
        case_id = (one.receipt or "").partition("-")[0]
        related = {"prefect.resource.id": f"{PREFIX}.session.{session}", "prefect.resource.role": "session"}
        emit_event(
            f"{PREFIX}.case.{one.action}",
            resource={"prefect.resource.id": f"{PREFIX}.case.{case_id}", "prefect.resource.name": number},
            related=[related] if session else None,
            payload={"action": one.action, "summary": one.message},
        )


def tell_undelivered(count: int) -> None:
    """Notices that no way could deliver."""
    _tell("notice.undelivered", "notices", "通知", count, f"{count}条通知没有发出去，原因见 banli notices --failed")


def tell_unsigned(by_agency: Sequence[tuple[str, int]], workdays: int) -> None:
    """Assignments that nobody has signed for."""
    count = sum(number for _, number in by_agency)
    said = "、".join(f"{agency}{number}件" for agency, number in by_agency)
    _tell("case.unsigned", "unsigned", "无人签收", count, f"交办满{workdays}个工作日无人签收：{said}")


def _tell(event: str, resource: str, name: str, count: int, message: str) -> None:
    emit_event(
        f"{PREFIX}.{event}",
        resource={"prefect.resource.id": f"{PREFIX}.{resource}", "prefect.resource.name": name},
        payload={"count": count, "message": message},
    )
