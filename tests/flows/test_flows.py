"""The real flows through a real Prefect server: what a run is called, what it carries, what it never carries."""

import gc
import json
import threading
from datetime import date

import pytest
from builders import CO, CONFERENCE, LEAD, OFFICE, day, feedback, proposed
from desk import Desk
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.states import Completed, Failed

from flows import recording as steps
from flows import retried
from flows.parcels import Parcel, open_parcel
from flows.registry import FLOWS, flow_of, perform, perform_all, run, steps_of
from models import actions as a
from models import tables as t
from models.errors import Fault, InputError, UnavailableError
from models.forms import action_types
from models.lifecycle import STEPS
from models.notice_vocabulary import NoticeStatus
from models.vocabulary import Publicity, Stage
from tasks import clock

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture
def desk(office) -> Desk:
    return Desk(office, perform_all)


def last_run():
    """The newest run as the server keeps it."""
    from prefect.client.schemas.sorting import FlowRunSort  # noqa: PLC0415 - of use here alone

    with get_client(sync_client=True) as client:
        return client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)[0]


def test_every_action_has_its_flow():
    assert {flow_of(kind.model_construct()) for kind in action_types().values()} <= set(FLOWS)
    assert {step.flow for step in STEPS} <= set(FLOWS)
    assert steps_of([a.Accept(case="1"), proposed(), a.Merge(case="2", into="1")]).keys() == {"review", "receive"}


def test_a_run_tells_its_story_in_name_tags_and_state(desk):
    desk.do(day(1, 21), proposed("0001"), proposed("0002"))
    many = last_run()
    assert (many.name, many.state.message) == (f"收件 2件 · {CONFERENCE.removesuffix('会议')}", "已办理2项")
    assert set(many.tags) == {"步骤:收件", "件:0001", "件:0002", f"届次:{CONFERENCE}"}
    desk.ask(day(2, 2), a.Accept(case="0001", by=OFFICE, key="立-1"))
    one = last_run()
    assert (one.name, one.state.message) == ("立案 0001 增设社区食堂的提案之0001", "已办理1项")
    assert set(one.tags) == {"步骤:审查立案", "件:0001", f"届次:{CONFERENCE}"}
    desk.ask(day(2, 2), a.Accept(case="0001", by=OFFICE, key="立-1"), a.Accept(case="0404", by=OFFICE))
    assert last_run().state.message.count("1项") == 2


def test_many_cases_are_not_all_tagged(desk):
    desk.do(day(1, 21), *(proposed(f"{n:04}") for n in range(1, 12)))
    assert set(last_run().tags) == {"步骤:收件", f"届次:{CONFERENCE}"}


def test_the_server_never_sees_a_text_or_a_telephone(desk):
    desk.do(day(1, 21), proposed(text="只应在案件库里的正文"))
    kept = json.dumps(last_run().model_dump(mode="json"), ensure_ascii=False)
    assert "13900001111" not in kept
    assert "只应在案件库里的正文" not in kept
    assert last_run().parameters == {"actions": {"count": 1}}


def test_a_form_sends_plain_values_and_learns_what_is_wrong_with_them(desk):
    desk.do(day(1, 21), proposed())
    with clock.moved_to(clock.morning_of(day(2, 2))):
        good, bad = run(
            "review", [{"case": "0001", "kind": "立案"}, {"case": "0001", "kind": "不予立案", "reason": ""}]
        )[::-1]
    assert (good.result, bad.result) == ("已办理", "未办理")
    assert "理由" in bad.message
    assert desk.rows(t.HistoryRow)[-1].channel.value == "表单"
    assert last_run().name == "审查立案 0001 增设社区食堂的提案之0001"
    assert "件:0001" in last_run().tags


def test_a_form_takes_several_cases_and_a_run_is_found_by_each(desk):
    desk.do(day(1, 21), proposed("0001"), proposed("0002"))
    with clock.moved_to(clock.morning_of(day(2, 2))):
        outcomes = run("review", {"cases": ["0001", "0002"], "kind": "立案", "by_name": "陈某"})
        (wrong,) = run("review", {"cases": ["0001"], "kind": "不予立案", "into": "0002"})
    assert [one.result for one in outcomes] == ["已办理", "已办理"]
    assert desk.rows(t.HistoryRow)[-1].name == "陈某"
    assert "理由：没有填写" in wrong.message
    assert "并入案号" not in last_run().name
    assert last_run().name.startswith("不予立案 0001")


def test_a_form_may_leave_out_the_kind_where_a_step_has_one_main_action():
    actions, wrong = open_parcel([{"case": "0001", "lead": "民政局"}, a.Assign(case="0002", lead="财政局")], a.Assign)
    assert ([action.lead for action in actions], wrong) == (["民政局", "财政局"], [])
    assert open_parcel(Parcel.of(actions), a.Assign) == (actions, [])


def test_a_long_batch_is_recorded_in_chunks(desk, monkeypatch):
    monkeypatch.setattr(steps, "CHUNK", 3)
    monkeypatch.setattr(steps, "LONG", 2)
    outcomes = desk.do(day(1, 21), *(proposed(f"{n:04}") for n in range(1, 9)))
    assert [one.case for one in outcomes] == [f"{n:04}" for n in range(1, 9)]
    assert len({row.at for row in desk.rows(t.HistoryRow)}) == 3
    with get_client(sync_client=True) as client:
        mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[last_run().id]))
        (bar,) = client.read_artifacts(artifact_filter=mine)
    assert (bar.type, float(bar.data), bar.description) == ("progress", 100, "共8项")


def test_actions_of_several_steps_run_in_the_order_given(desk):
    outcomes = desk.do(day(1, 21), proposed(), a.Accept(case="0001", by=OFFICE), proposed("0002"))
    assert [one.action for one in outcomes] == ["收件", "立案", "收件"]


def test_only_what_may_pass_is_tried_again():
    locked = UnavailableError(Fault("", "数据库正忙", "请稍后重试。"))
    assert retried.passes(None, None, Failed(data=locked))
    assert not retried.passes(None, None, Failed(data=InputError(Fault("", "填错了", "请改正。"))))
    assert not retried.passes(None, None, Completed(data=[]))
    assert steps.summary([]) == "没有要办的事项"


def test_a_run_leaves_nothing_behind_in_its_process(desk):
    def held() -> tuple[int, int]:
        gc.collect()
        return sum(isinstance(one, Parcel) for one in gc.get_objects()), threading.active_count()

    desk.do(day(1, 21), proposed("9001"))
    before = held()
    for number in range(9002, 9006):  # each run carries a tag of its own
        desk.do(day(1, 21), proposed(f"{number}"))
    parcels, threads = held()
    assert parcels <= before[0]
    assert threads <= before[1]
    told = (one.case for one in gc.get_objects() if isinstance(one, (a.Receive, a.Outcome)))
    assert not [case for case in told if case.rpartition("/")[2].startswith("900")]


def test_a_reply_is_sent_written_delivered_and_published(desk, home):
    desk.walk(Stage.REPLIED)
    assert len(list((home / "letters").rglob("*.docx"))) == 1
    with clock.moved_to(clock.morning_of(day(3, 27))):
        sent = run("deliver_notices")
        run("publish")
        again = run("publish")
    assert sent > 0
    assert {row.status for row in desk.rows(t.NoticeRow) if row.kind.value == "答复函"} == {NoticeStatus.SENT}
    assert list((home / "mailbox").rglob("*"))
    case = desk.case()
    assert case.publicity is Publicity.PUBLISHED
    page = home / "site" / case.publications[-1].path
    assert "已增加专职人员" in page.read_text(encoding="utf-8")
    assert not again


def test_the_morning_sweep_rests_on_rest_days_and_counts_the_silent(desk):
    Desk(desk.engine).walk(Stage.REPLIED)
    saturday = date(2026, 4, 18)
    with clock.moved_to(clock.morning_of(saturday)):
        assert run("watch_deadlines") == 0
        assert "休息" in last_run().state.message
    assert desk.case().stage is Stage.REPLIED
    with clock.moved_to(clock.morning_of(date(2026, 4, 20))):
        written = run("watch_deadlines")
        assert run("watch_deadlines") == 0
    assert written >= 0
    case = desk.case()
    assert (case.stage, case.feedback[0].result.value) == (Stage.ANSWERED, "未反馈")


def test_who_may_not_is_told_so_by_the_flow_too(desk):
    Desk(desk.engine).walk(Stage.REPLIED)
    (outcome,) = perform("take_feedback", [feedback(by=LEAD)])
    assert outcome.message.startswith("主办单位不能办理")
    (outcome,) = perform("approve", [a.Countersign(case="0001", by=CO)])
    assert outcome.refused
