"""The office's decisions as forms on a real Prefect server: opened without a process, answered, overtaken, kept in order."""

import sys
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import orjson
import pytest
from builders import CONFERENCE, LEAD, OFFICE, REPLY, day, proposed, road
from desk import Desk
from playwright.sync_api import expect, sync_playwright
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.states import Cancelled, Crashed, Scheduled

from deployments.processes import Processes
from deployments.wiring import POOL, prefect_environment
from flows.decisions import decide, decide_many
from models import actions as a
from models import tables as t
from models.decisions import DecisionKind
from models.errors import UnavailableError
from models.settings import settings_from
from models.vocabulary import Publicity, Stage
from tasks import clock
from tasks.desk_runs import MANY, ONE, DeskRuns, desk_runs, keyset
from tasks.desk_sweep import sweep

pytestmark = pytest.mark.usefixtures("prefect_server")


def without_runs() -> None:
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs():
            client.delete_flow_run(run.id)


class Room(Desk):
    """The coordinators' room under test."""

    on = day(2, 3)

    def sweep(self) -> Any:
        with clock.moved_to(clock.morning_of(self.on)), desk_runs() as runs:
            return sweep(self.engine, runs)

    def open(self, name: str = ONE) -> list[Any]:
        with desk_runs() as runs:
            return sorted(runs.living(name), key=lambda run: run.name)

    def form(self, run: Any) -> tuple[dict[str, Any], str]:
        with get_client(sync_client=True) as client:
            keys = client.read_flow_run(run.id).state.state_details.run_input_keyset
            read = [orjson.loads(client.read_flow_run_input(run.id, keys[name])) for name in ("schema", "description")]
            return read[0], read[1]

    def resume(self, run: Any, **answer: Any) -> Any:
        """Press Submit: the form sends what it shows."""
        shown = self.form(run)[0]["properties"] if self.state(run).type is StateType.PAUSED else {}
        offered = {name: one["default"] for name, one in shown.items() if "default" in one}
        with get_client(sync_client=True) as client:
            return client.resume_flow_run(run.id, run_input=offered | answer)

    def work(self, run: Any) -> Any:
        """What the worker's process does with a resumed run."""
        with get_client(sync_client=True) as client:
            now = client.read_flow_run(run.id)
        flow = decide if "case" in now.parameters else decide_many
        with clock.moved_to(clock.morning_of(self.on, 10)), suppress(Pause):
            run_flow(flow, flow_run=now, parameters=now.parameters, return_type="state")
        return self.state(run)

    def answer(self, run: Any, **answer: Any) -> Any:
        told = self.resume(run, **answer)
        assert told.status.value == "ACCEPT", told
        return self.work(run)

    def read(self, run: Any) -> Any:
        with get_client(sync_client=True) as client:
            return client.read_flow_run(run.id)

    def state(self, run: Any) -> Any:
        return self.read(run).state


@pytest.fixture
def room(office, decisions_deployed):
    without_runs()
    yield Room(office)
    without_runs()


def received(room: Room, count: int = 1) -> None:
    room.do(day(1, 21), *(proposed(f"{n:04}", suggested_agencies=("民政局",)) for n in range(1, count + 1)))


def test_a_decision_waits_as_a_suspended_run_with_a_chinese_form(room):
    received(room)
    found = room.sweep()
    assert (found.opened, found.closed, found.words[:12]) == (1, 0, "待决定1项（审查立案1）")
    (run,) = room.open()
    assert (run.state_name, run.name.split()) == ("Suspended", ["审查立案", "0001", "增设社区食堂的提案之0001"])
    wanted = {"待决定", "件:0001", "决定:审查立案", "步骤:审查立案", f"届次:{CONFERENCE}"}
    assert wanted <= set(run.tags)
    schema, text = room.form(run)
    assert schema["properties"]["decision"]["enum"] == ["立案", "并案", "不予立案", "退回补正"]
    assert schema["required"] == ["decision", "name"]
    assert "是否立案" in text
    assert "就餐不便" in text
    assert "提案人建议承办单位：民政局" in text
    assert "13900001111" not in text


def test_an_answer_moves_the_case_and_opens_the_next_decision(room):
    received(room)
    room.sweep()
    (run,) = room.open()
    state = room.answer(run, name="督办科王敏")
    assert state.message == "督办科王敏决定立案：审查通过，予以立案"
    assert (room.case().stage, state.type) == (Stage.FILED, StateType.COMPLETED)
    (entry,) = [row for row in room.rows(t.HistoryRow) if row.action == "立案"]
    assert (entry.name, entry.channel.value) == ("督办科王敏", "表单")
    (following,) = room.open()
    assert "待决定" in following.tags
    assert "待决定" not in room.read(run).tags
    assert following.parameters["decision"] == "交办"
    assert room.form(following)[0]["properties"]["lead"]["default"] == "民政局"
    with get_client(sync_client=True) as client:
        left = client.filter_flow_run_input(run.id, key_prefix="", limit=9, exclude_keys=set())
    assert not [one for one in left if one.key.endswith("description")]


def test_what_is_wrong_is_asked_again_with_the_reason_and_what_was_filled_in(room):
    received(room)
    room.sweep()
    (run,) = room.open()
    with pytest.raises(AssertionError, match="REJECT"):
        room.answer(run, name="")
    assert room.state(run).name == "Suspended"
    assert room.answer(run, name="王敏", decision="不予立案").name == "Suspended"
    schema, text = room.form(run)
    assert "理由：没有填写，请填写。" in text
    assert schema["properties"]["name"]["default"] == "王敏"
    room.answer(run, name="王敏", decision="立案", reason="不属于本市事权")
    assert "决定却是“立案”" in room.form(run)[1]
    room.answer(run, name="王敏", decision="并案", into="0404")
    assert "没有找到案号“0404”" in room.form(run)[1]
    assert room.case().stage is Stage.SUBMITTED
    state = room.answer(run, name="王敏", decision="不予立案", reason="不属于本市事权", into="")
    assert (state.type, room.case().stage) == (StateType.COMPLETED, Stage.NOT_FILED)
    assert [row.action for row in room.rows(t.HistoryRow)] == ["收件", "不予立案"]


def test_an_answer_from_outside_the_form_is_refused_or_asked_again(room):
    received(room)
    room.sweep()
    (run,) = room.open()
    assert room.resume(run, name="王敏", surprise=1).status.value == "REJECT"
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.id, Cancelled(), force=True)
    assert room.sweep().opened == 1
    (again,) = room.open()
    assert again.id != run.id
    with get_client(sync_client=True) as client:
        client.create_flow_run_input(again.id, keyset("1")["response"], '{"decision": "没有这种决定", "name": 7}')
        client.set_flow_run_state(again.id, Scheduled(), force=True)
    state = room.work(again)
    assert (state.type, "不认识的“没有这种决定”" in room.form(again)[1]) == (StateType.PAUSED, True)


def test_the_first_channel_wins_and_the_run_says_who_it_was(room):
    received(room, 2)
    room.sweep()
    first, second = room.open()
    room.do(day(2, 3), a.Accept(case="0001", by=OFFICE), a.Accept(case="0002", by=OFFICE))
    state = room.answer(first, name="李刚", decision="不予立案", reason="内容空泛")
    assert state.message.startswith("督办科王敏已于2026年2月3日")
    assert "通过命令办理“立案”" in state.message
    assert (state.type, room.case().stage) == (StateType.COMPLETED, Stage.FILED)
    room.sweep()
    assert (room.state(second).type, "督办科王敏已于" in room.state(second).message) == (StateType.CANCELLED, True)
    told = room.resume(second, name="李刚", decision="立案")
    assert (told.status.value, told.details.reason) == ("ABORT", "Cannot resume a flow run that is not paused.")


def test_a_resume_posted_twice_decides_once(room):
    received(room)
    room.sweep()
    (run,) = room.open()
    told = [room.resume(run, name=name).status.value for name in ("王敏", "李刚")]
    assert told == ["ACCEPT", "ABORT"]
    assert "王敏" in room.work(run).message
    assert [row.action for row in room.rows(t.HistoryRow)] == ["收件", "立案"]


def test_two_sweeps_at_once_and_an_emptied_server_open_each_decision_once(room):
    received(room, 4)
    with clock.moved_to(clock.morning_of(room.on)):
        sweeps = [Thread(target=copy_context().run, args=(room.sweep,)) for _ in range(2)]
        for one in sweeps:
            one.start()
        for one in sweeps:
            one.join()
    first = [run.parameters["case"] for run in room.open()]
    assert [ref[-4:] for ref in first] == ["0001", "0002", "0003", "0004"]
    assert len(room.open(MANY)) == 1
    assert room.sweep().opened == 0
    without_runs()
    assert room.sweep().opened == 5
    assert {run.state_name for run in room.open()} == {"Suspended"}


def test_a_half_opened_run_is_finished_and_a_crashed_one_keeps_its_answer(room, monkeypatch):
    received(room)
    whole = DeskRuns._suspend
    monkeypatch.setattr(DeskRuns, "_suspend", lambda *_: (_ for _ in ()).throw(httpx.ReadError("gone")))
    with pytest.raises(UnavailableError):
        room.sweep()
    monkeypatch.setattr(DeskRuns, "_suspend", whole)
    (run,) = room.open()
    assert run.state_name == "Opening"
    room.sweep()
    (run,) = room.open()
    assert run.state_name == "Suspended"
    room.resume(run, name="王敏")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.id, Crashed(message="worker gone"), force=True)
    assert room.sweep().opened == 0
    assert room.state(run).name == "AwaitingRetry"
    assert room.work(run).message.startswith("王敏决定立案")


def test_many_are_decided_on_one_form_with_exceptions(room):
    received(room, 5)
    room.sweep()
    (run,) = room.open(MANY)
    schema, text = room.form(run)
    assert schema["properties"]["cases"]["items"]["enum"][0].startswith("0001 关于增设社区食堂")
    assert "- **0005** 关于增设社区食堂的提案之0005" in text
    labels = schema["properties"]["cases"]["items"]["enum"]
    room.do(day(2, 3), a.Accept(case="0005", by=OFFICE))
    rows = [
        {"case": labels[1], "decision": "不予立案", "reason": "已有规定"},
        {"case": labels[2], "decision": "暂不决定"},
        {"case": labels[3], "decision": "不予立案"},
    ]
    state = room.answer(run, name="王敏", decision="立案", exceptions=rows)
    assert state.name == "Suspended"
    stages = [room.case(f"{n:04}").stage for n in range(1, 6)]
    assert stages == [Stage.FILED, Stage.NOT_FILED, Stage.SUBMITTED, Stage.SUBMITTED, Stage.FILED]
    text = room.form(run)[1]
    assert "0004：理由：没有填写" in text.replace("\\", "")
    assert "已决定2件，还有2件" in text
    assert room.answer(run, name="王敏", decision="立案").type is StateType.COMPLETED
    assert "退办" not in {run.parameters["decision"] for run in room.open()}


def test_a_mistake_for_all_stops_all(room):
    received(room, 3)
    room.sweep()
    (run,) = room.open(MANY)
    room.answer(run, name="王敏", decision="不予立案", cases=["0001 关于增设社区食堂的提案之0001"])
    schema, text = room.form(run)
    assert "理由：没有填写" in text
    assert schema["properties"]["decision"]["default"] == "不予立案"
    assert {room.case(f"{n:04}").stage for n in (1, 2, 3)} == {Stage.SUBMITTED}


def test_returns_extensions_review_and_publication_have_their_forms(room):
    received(room)
    room.do(day(2, 2), a.Accept(case="0001", by=OFFICE))
    room.do(day(2, 25), a.Assign(case="0001", by=OFFICE, lead="民政局", co_handlers=("财政局",)))
    room.on = day(2, 26)
    room.do(room.on, a.RequestReturn(case="0001", by=LEAD, reason="属教育局职责", suggested_agency="教育局"))
    room.sweep()
    (run,) = room.open()
    schema, text = room.form(run)
    assert (schema["properties"]["to"]["default"], schema["required"]) == ("教育局", ["decision", "name"])
    assert "民政局（主办）申请退办：属教育局职责，建议改交教育局" in text
    assert "agency" not in schema["properties"]
    room.answer(run, name="王敏", decision="同意退办", to="教育局")
    assert room.case().lead.agency == "教育局"


def test_publication_and_closing_have_their_forms(room):
    for on, action in road():
        if isinstance(action, a.DecidePublication):
            continue
        if isinstance(action, a.Publish):
            break
        room.do(on, *([proposed()] if room.rows(t.CaseRow) == [] else []), action)
    room.on = day(4, 2)
    room.sweep()
    (run,) = room.open()
    assert run.name.startswith("公开审查 0001 增设社区食堂")
    fields = room.form(run)[0]["properties"]
    own = set(a.DecidePublication.model_fields) - {"case", "by", "key", "kind"}
    assert fields.keys() == own | {"name"}
    assert (fields["mode"]["title"], fields["mode"]["default"]) == ("公开方式", "全文公开")
    room.answer(run, name="王敏", mode="不予公开")
    assert "不予公开没有写明依据" in room.form(run)[1]
    state = room.answer(run, name="王敏", mode="不予公开", reason="涉及未成年人隐私")
    assert (state.type, room.case().publicity) == (StateType.COMPLETED, Publicity.NOT_PUBLIC)
    assert room.open() == []  # what is decided by the pile has no form for one
    (closing,) = room.open(MANY)
    assert (closing.name.split(" · ")[0], "件:0001" in closing.tags) == ("办结 一并决定 1件", True)
    assert room.answer(closing, name="王敏").type is StateType.COMPLETED
    (archiving,) = room.open(MANY)
    assert "现在：已办结" in room.form(archiving)[1]
    assert room.answer(archiving, name="王敏").message == "王敏决定1件，名单上的各件都已决定。"
    assert (room.case().stage, room.open(MANY)) == (Stage.ARCHIVED, [])


def test_what_waits_is_called_by_what_is_true_today(room):
    room.walk(Stage.PRE_REVIEW)
    room.on = day(3, 25)
    room.sweep()
    (before,) = room.open()
    assert before.name.startswith("预审 0001 增设社区食堂的提案之0001 · 民政局 · 剩")
    room.on = day(8, 3)
    room.sweep()
    (after,) = room.open()
    assert (after.id, after.name.rpartition(" · ")[2][:2]) == (before.id, "逾期")
    lights = {tag for tag in after.tags if tag.startswith("灯:")}
    assert (lights, len(set(before.tags) - set(after.tags))) == ({"灯:红"}, 1)


def test_the_queue_is_bounded_and_the_next_opens_as_one_closes(room, monkeypatch):
    monkeypatch.setattr("tasks.desk_sweep.AT_ONCE", 2)
    received(room, 4)
    assert [(one.waiting, one.open) for one in room.sweep().queues if one.waiting] == [(4, 2)]
    first, _ = room.open()
    room.answer(first, name="王敏", decision="不予立案", reason="已有规定")
    assert [run.parameters["case"][-4:] for run in room.open()] == ["0002", "0003"]


def test_a_run_started_by_hand_asks_and_the_sweep_opens_no_second(room):
    received(room, 3)
    with get_client(sync_client=True) as client, desk_runs() as runs:
        one = client.create_flow_run_from_deployment(
            runs.deployments[ONE], parameters={"case": "0001", "decision": "审查立案"}
        )
        many = client.create_flow_run_from_deployment(runs.deployments[MANY], parameters={"decision": "审查立案"})
    assert room.work(one).name == "Suspended"
    assert room.sweep().opened == 2
    assert room.answer(one, name="王敏").message.startswith("王敏决定立案")
    room.work(many)
    assert len(room.form(many)[0]["properties"]["cases"]["items"]["enum"]) == 2
    assert room.answer(many, name="王敏", decision="立案").type is StateType.COMPLETED
    assert DecisionKind(many.parameters["decision"]) is DecisionKind.FILING


def test_review_redo_and_publication_are_asked_of_the_office(room):
    for on, action in road():
        room.do(on, *([proposed()] if room.rows(t.CaseRow) == [] else []), action)
        if room.case().stage is Stage.PRE_REVIEW:
            break
    room.on = day(3, 25)
    room.sweep()
    (run,) = room.open()
    schema, text = room.form(run)
    assert schema["properties"]["result_class"]["default"] == "A"
    assert REPLY[:20] in text
    assert "答复稿没有写：文号" in text
    state = room.answer(run, name="王敏", decision="退回修改", remark="请写明完成时间")
    assert ("退回修改" in state.message, room.case().stage) == (True, Stage.HANDLING)


CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 90_000


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason="没有安装 chromium")
def test_a_person_decides_in_the_browser_and_a_worker_carries_it_out(room, prefect_server, home, tmp_path):
    """The classic UI takes a wrong answer, the new one shows why and takes the right one."""
    received(room)
    clock.keep_offset(home / "clock.json", clock.morning_of(room.on))
    room.sweep()
    (run,) = room.open()
    ui = prefect_server.removesuffix("/api")
    environment = prefect_environment(settings_from({"BANLI_HOME": str(home)}), prefect_server)
    with Processes(tmp_path / "logs", environment) as processes, sync_playwright() as playwright:
        worker = (sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--limit", "1")
        processes.start("worker", worker, PREFECT_WORKER_QUERY_SECONDS="1", BANLI_HOME=str(home))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1600}, locale="zh-CN")
        page.set_default_timeout(PATIENCE_MS)

        page.goto(f"{ui}/runs")
        page.get_by_role("link", name=run.name).click()
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_role("heading", name="是否立案")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_text("就餐不便").first).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("button", name="Submit").click()
        assert room.state(run).name == "Suspended"  # 经办人 is missing, the form keeps the answer back
        page.locator("textarea").nth(REASON).fill("内容空泛")
        page.locator("textarea").last.fill("督办科王敏")
        press(page, page.get_by_role("button", name="Submit"))
        processes.wait_until(lambda: asked_again(room, run), "再问一次", seconds=180)

        page.goto(f"{ui}/v2/runs/flow-run/{run.id}")
        page.get_by_text("Suspended").first.wait_for()
        page.locator("button[aria-haspopup=menu]").first.click()
        page.get_by_role("menuitem", name="Resume").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("决定却是“立案”").wait_for()
        dialog.locator("textarea").nth(REASON).fill("")
        press(page, dialog.get_by_role("button", name="Resume", exact=True))
        processes.wait_until(lambda: room.state(run).is_final(), "办完", seconds=180)
        browser.close()
    assert room.state(run).message == "督办科王敏决定立案：审查通过，予以立案"
    assert room.case().stage is Stage.FILED


def press(page, button):
    """Send the form as a person does: a server on SQLite may be busy (503), the form stays filled, one presses again."""
    for _ in range(10):
        with page.expect_response(lambda answer: answer.url.endswith("/resume")) as told:
            button.click()
        if told.value.status != httpx.codes.SERVICE_UNAVAILABLE:
            return
    raise AssertionError("the server stayed busy")


REASON = 2
"""Which of the written fields of the form is 理由: after 类别 and 并入案号."""


def asked_again(room, run):
    state = room.state(run)
    return state.name == "Suspended" and state.state_details.pause_key == "2"
