"""What one proposal costs from receipt to publication (每件的开销), through the real flows and a real Prefect server.

    .venv/bin/python benchmarks/lifecycle.py [N]

Every step is one flow run on all N proposals: about twenty actions each, decided here instead of by people. The
figures are this machine's; compare them only within one run.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from models import actions as a
from models.vocabulary import ContactWay, ProposalKind, ProposerKind, Role, Satisfaction, Track

SESSION, LEAD, CO = "云岭市政协六届五次会议", "市民政局", "市财政局"
OFFICE = a.Actor()
BY_LEAD = a.Actor(role=Role.LEAD, name="王科长", agency=LEAD)
BY_CO = a.Actor(role=Role.CO_HANDLER, name="李科长", agency=CO)
BY_PROPOSER = a.Actor(role=Role.PROPOSER, name="张三")


def cpu() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def steps(refs: list[str]) -> list[tuple[date, list[a.Action]]]:
    """The life of N proposals, day by day."""
    text, reply = "建议" * 1250, "答复" * 1250
    given = a.ProposerGiven(name="张三", kind=ProposerKind.MEMBER)

    def receive(ref: str) -> a.Receive:
        return a.Receive(
            case=ref, session=SESSION, proposal_kind=ProposalKind.PROPOSAL, title=f"关于社区治理的提案{ref}", text=text,
            proposers=(given,), submitted_on=date(2026, 1, 20),
        )  # fmt: skip

    def each(on: date, make: Any) -> tuple[date, list[a.Action]]:
        return on, [make(ref) for ref in refs]

    sat = Satisfaction.SATISFIED
    return [
        each(date(2026, 1, 21), receive),
        each(date(2026, 2, 2), lambda r: a.Accept(case=r, by=OFFICE)),
        each(date(2026, 2, 26), lambda r: a.Assign(case=r, by=OFFICE, lead=LEAD, co_handlers=(CO,))),
        each(date(2026, 2, 27), lambda r: a.SignFor(case=r, by=BY_LEAD)),
        each(date(2026, 2, 27), lambda r: a.SignFor(case=r, by=BY_CO)),
        each(
            date(2026, 3, 10),
            lambda r: a.RecordContact(
                case=r, by=BY_LEAD, way=ContactWay.PHONE, on=date(2026, 3, 10), with_name="张三", said="同意"
            ),
        ),
        each(date(2026, 3, 20), lambda r: a.GiveOpinion(case=r, by=BY_CO, text="同意")),
        each(date(2026, 4, 1), lambda r: a.SubmitDraft(case=r, by=BY_LEAD, text=reply, result_class="A")),
        each(date(2026, 4, 2), lambda r: a.Countersign(case=r, by=BY_CO)),
        *(each(date(2026, 4, 3), lambda r: a.Approve(case=r, by=BY_LEAD)) for _ in range(3)),
        each(date(2026, 4, 3), lambda r: a.DecidePublication(case=r, by=OFFICE)),
        each(date(2026, 4, 7), lambda r: a.SendReply(case=r, by=BY_LEAD)),
        each(
            date(2026, 4, 20),
            lambda r: a.GiveFeedback(case=r, by=BY_PROPOSER, proposer="张三", attitude=sat, result=sat),
        ),
    ]


def main(count: int) -> dict[str, object]:
    """Run N proposals through and report."""
    with tempfile.TemporaryDirectory(prefix="banli-bench-") as folder:
        os.environ["BANLI_HOME"] = folder
        from deployments.up import running
        from deployments.wiring import settings
        from models import tables as t
        from tasks import clock, database
        from tasks.loading import session_key

        found = settings()
        with running(found) as (_now, _processes):
            from flows.registry import flow_of, perform, run

            with database.transaction(database.engine()) as connection:
                session = {
                    "name": SESSION, "canonical": session_key(SESSION), "track": Track.CPPCC, "pack": "national_cppcc",
                    "opened_on": date(2026, 1, 12), "closed_on": date(2026, 1, 15),
                }  # fmt: skip
                connection.execute(t.core(t.SessionRow).insert(), session)
                agencies = [{"name": name, "full_name": f"云岭{name}"} for name in (LEAD, CO)]
                connection.execute(t.core(t.AgencyRow).insert(), agencies)
            run("publish")  # what is done once in a process is not counted
            began, used, actions = time.perf_counter(), cpu(), 0
            for on, batch in steps([f"{n:05}" for n in range(1, count + 1)]):
                with clock.moved_to(clock.morning_of(on)):
                    refused = [one.message for one in perform(flow_of(batch[0]), batch) if one.refused]
                    assert not refused, refused[:3]
                    actions += len(batch)
            with clock.moved_to(clock.morning_of(date(2026, 4, 21))):
                run("publish")
            wall, used = time.perf_counter() - began, cpu() - used
            size = sum(path.stat().st_size for path in Path(folder).glob("banli.sqlite*"))
        return {
            "proposals": count,
            "actions": actions,
            "proposals_per_second": round(count / wall, 1),
            "cpu_ms_per_proposal": round(1000 * used / count, 1),
            "bytes_per_proposal": round(size / count),
            "seconds": round(wall, 1),
            "note": "client side; letters (.docx) and public pages included, notices written but not sent",
        }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200), ensure_ascii=False))
