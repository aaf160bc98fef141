"""The morning sweep (催办)."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import State, flow, get_run_logger
from prefect.states import Completed

from flows.feedback import take_feedback
from flows.form_fields import shown
from flows.parcels import Parcel
from flows.retried import retried
from tasks import clock, database, deadlines
from tasks.calendar_wanted import ask_for_calendar
from tasks.world import calendar


@flow(name="催办", flow_run_name=lambda: f"催办 {clock.today()}", persist_result=False)
def watch_deadlines(
    *, even_on_rest_days: Annotated[bool, shown("休息日也办", "平常休息日不办。")] = False
) -> State[int]:
    """每个工作日早晨检查期限：写出该发的催办通知，反馈期满的记为未反馈。休息日不办。"""
    today = clock.today()
    if not (even_on_rest_days or calendar().is_workday(today)):
        return Completed(message=f"{today}休息，不催办", data=0)
    silent = deadlines.silent_cases(database.engine(), today)
    if silent:
        given: Any = Parcel.of(silent)
        take_feedback(given)
    found = sweep()
    get_run_logger().info("%s：%s个期限到了催办的日子，新写%s条通知", today, found.clocks, found.notices)
    return Completed(message=f"{today}写出{found.notices}条催办通知", data=found.notices)


@retried("检查期限", times=3, after_seconds=10)
def sweep() -> deadlines.Sweep:
    """Write what is due, and ask for a calendar that is missing; a second run on the same day finds nothing."""
    today, at = clock.today(), clock.now()
    asked = ask_for_calendar(database.engine(), today=today, at=at)
    found = deadlines.sweep(database.engine(), today=today, at=at)
    return deadlines.Sweep(clocks=found.clocks, notices=found.notices + asked)
