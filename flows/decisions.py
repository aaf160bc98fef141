"""The office's decisions (决定): a form in the Prefect UI, answered by a person, carried out by the step's own flow.

A run waits suspended and holds nothing: on resuming it starts from its top, reads the case anew and looks for the answer
to its newest question. What cannot be done with that answer is asked again, with the reason above the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, NoReturn

from prefect import State, flow, get_run_logger, suspend_flow_run
from prefect.client.orchestration import get_client
from prefect.input import RunInput, read_flow_run_input
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import WithJsonSchema

from flows.form_fields import shown
from flows.morning import refresh
from models.actions.action import Action, Outcome
from models.decision_forms import action_of, actions_of
from models.decisions import DECISIONS, DecisionKind
from models.errors import UnavailableError
from models.forms import Complaint
from tasks import clock, database
from tasks.decision_pages import Page, page_of, page_of_many
from tasks.decisions import Waiting, settled_by, waiting, waiting_on
from tasks.desk_runs import WAITS, desk_runs, forget, keyset, untag
from tasks.desk_sweep import ON_A_LIST, Swept, sweep

Kind = Annotated[
    DecisionKind,
    WithJsonSchema({"type": "string", "enum": [kind.value for kind in DecisionKind]}),
    shown("决定", "要作哪一种决定。"),
]


def _name() -> str:
    """A run opened for somebody keeps its name; one started by hand is called after what it decides."""
    given = flow_run.parameters
    own = str(flow_run.name or "")
    return own if WAITS in flow_run.tags else f"{given.get('decision')} {_number(given.get('case', ''))}".strip()


@flow(name="决定", flow_run_name=_name, persist_result=False)
def decide(
    case: Annotated[str, shown("案号", "例如 2026001；不唯一时写全：市政协六届二次会议/2026001。")],
    decision: Kind,
    version: Annotated[str, shown("第几次", "由系统填写，请留空：现在等待的这一次。")] = "",
) -> State[list[Outcome]]:
    """等督办单位在表单里决定一件；先在别处决定了的，说明是谁决定的。"""
    turn, answer = _newest_answer()
    found = _still_waiting(case, decision, version)
    if found is None:
        return _settled(case, decision, turn)
    if (case, version) != (found.case.ref, found.version):
        _now_about({"case": found.case.ref, "decision": decision.value, "version": found.version})
    if answer is None:
        _ask(_page(found), turn + 1)
    key = f"决定:{flow_run.id}:{turn}"
    made = action_of(DECISIONS[decision], answer, case=found.case.ref, pending=found.pending, key=key)
    if not isinstance(made, Action):
        _ask(_page(found, problems=_sentences(made), filled=answer), turn + 1)
    outcomes, problem = _carried_out([made])
    problems = [problem] if problem else [one.message for one in outcomes if one.refused]
    if problems:
        still = _still_waiting(case, decision, found.version)
        if still is None:
            return _settled(case, decision, turn)
        _ask(_page(still, problems=problems, filled=answer), turn + 1)
    _put_away(turn)
    said = "；".join(f"{one.action}：{one.message}" for one in outcomes)
    return Completed(message=f"{made.by.name}决定{said}", data=outcomes)


@flow(name="一并决定", flow_run_name=_name, persist_result=False)
def decide_many(
    decision: Kind,
    listed: Annotated[list[str], shown("名单", "由系统填写，请留空：现在等待这种决定的各件。")] = [],  # noqa: B006 - never changed; Prefect shows it as the form's default
    on: Annotated[
        date | None,
        WithJsonSchema({"type": "string", "format": "date"}),
        shown("名单日期", "由系统填写，请留空：今天。"),
    ] = None,
) -> State[list[Outcome]]:
    """等督办单位在一张表单里决定许多件；没有决定的留在名单上。"""
    turn, answer = _newest_answer()
    keys = listed or _list_now(decision, on)
    left = _left(keys)
    if not left:
        _put_away(turn)
        return Completed(message="名单上的各件都已决定。", data=[])
    if answer is None:
        _ask(_list_page(decision, left), turn + 1)
    key = f"决定:{flow_run.id}:{turn}"
    by_ref = {one.case.ref: one for one in left}
    read = actions_of(DECISIONS[decision], answer, listed={ref: one.pending for ref, one in by_ref.items()}, key=key)
    outcomes, problem = _carried_out(list(read.actions.values()))
    problems = [*_sentences(read.complaints), *([problem] if problem else [])]
    problems += [f"{_number(ref)}：{'；'.join(_sentences(wrong))}" for ref, wrong in read.refused.items()]
    problems += [f"{_number(one.case)}：{one.message}" for one in outcomes if one.refused]
    if still := _left(keys):
        done = sum(not one.refused for one in outcomes)
        problems += [f"已决定{done}件，还有{len(still)}件"] if done else []
        same = answer if read.complaints or problem else {"name": answer.get("name")}
        _ask(_list_page(decision, still, problems=problems, filled=same), turn + 1)
    _put_away(turn)
    return Completed(message=f"{answer.get('name', '')}决定{len(outcomes)}件，名单上的各件都已决定。", data=outcomes)


@flow(name="整理待决定", flow_run_name=lambda: f"整理待决定 {clock.today()}", persist_result=False)
def keep_desk() -> State[Swept]:
    """等督办单位决定的，每项开一个带表单的运行；别处已经决定的，结束其运行；更新当天的晨报。可以随时再做一次。"""
    with desk_runs() as runs:
        found = sweep(database.engine(), runs)
    get_run_logger().info(found.words)
    refresh()
    return Completed(message=found.words, data=found)


# ── asking and reading the answer ────────────────────────────────────────────────────────────────────────────────


def _newest_answer() -> tuple[int, Mapping[str, Any] | None]:
    """The number of the newest question (0: none was asked) and its answer, if any; never an earlier one."""
    with get_client(sync_client=True) as client:
        fired = client.read_flow_run(_own_id()).empirical_policy.pause_keys or set()
    turn = max((int(key) for key in fired if key.isdecimal()), default=0)
    answer = read_flow_run_input(keyset(str(turn))["response"]) if turn else None
    return turn, answer if isinstance(answer, dict) else None


def _own_id() -> Any:
    return flow_run.id


def _ask(page: Page, turn: int) -> NoReturn:
    """Suspend this run with a form; the process ends, and a later one begins at the flow's top."""
    form: Any = RunInput.subclass_from_base_model_type(page.form)
    suspend_flow_run(wait_for_input=form.with_initial_data(description=page.description), timeout=None, key=str(turn))
    raise RuntimeError("a suspended run went on")  # the suspension has raised


def _put_away(turn: int) -> None:
    """Take the texts off the server, and open what the decision has led to."""
    try:
        with desk_runs() as runs:
            untag(runs.client, _own_id(), flow_run.tags)
            for number in range(1, turn + 1):
                forget(runs.client, _own_id(), keyset(str(number)))
            found = sweep(database.engine(), runs)
        get_run_logger().info(found.words)
    except UnavailableError as error:  # what was decided stands; the next sweep does this again
        get_run_logger().warning(str(error))


def _carried_out(actions: Sequence[Action]) -> tuple[list[Outcome], str]:
    """What became of the actions, or why the step could not be run at all."""
    from flows.registry import perform_all  # noqa: PLC0415 - the registry lists this module's flows

    try:
        return perform_all(actions), ""
    except UnavailableError as error:
        return [], str(error)


def _settled(case: str, decision: DecisionKind, turn: int) -> State[list[Outcome]]:
    with database.reading(database.engine()) as connection:
        said = settled_by(connection, case, decision)
    get_run_logger().info(said)
    _put_away(turn)
    return Completed(message=said, data=[])


def _sentences(complaints: Sequence[Complaint]) -> list[str]:
    return [f"{title}：{what}，{remedy}" for title, what, remedy in complaints]


def _number(ref: str) -> str:
    return ref.rpartition("/")[2]


# ── what waits ───────────────────────────────────────────────────────────────────────────────────────────────────


def _still_waiting(case: str, decision: DecisionKind, version: str) -> Waiting | None:
    with database.reading(database.engine()) as connection:
        found = waiting_on(connection, clock.today(), [case])
    return next((one for one in found.values() if one.kind is decision and version in {"", one.version}), None)


def _left(keys: Sequence[str]) -> list[Waiting]:
    with database.reading(database.engine()) as connection:
        found = waiting_on(connection, clock.today(), {key.split("/", 1)[1].rpartition("/")[0] for key in keys})
    return [found[key] for key in keys if key in found]


def _list_now(decision: DecisionKind, on: date | None) -> list[str]:
    """The list of a run started by hand, kept with the run: what is added later is not decided unseen."""
    with database.reading(database.engine()) as connection:
        found, _ = waiting(connection, clock.today(), decision, limit=ON_A_LIST)
    keys = [one.key for one in found]
    _now_about({"decision": decision.value, "listed": keys, "on": (on or clock.today()).isoformat()})
    return keys


def _now_about(parameters: dict[str, Any]) -> None:
    """Say exactly what a run started by hand decides, so that sweeps know it and it stays so when it is resumed."""
    tags = {*flow_run.tags, WAITS, f"决定:{parameters['decision']}"}
    with get_client(sync_client=True) as client:
        client.update_flow_run(_own_id(), parameters=parameters, tags=tags)


def _page(one: Waiting, *, problems: Sequence[str] = (), filled: Mapping[str, Any] | None = None) -> Page:
    with database.reading(database.engine()) as connection:
        return page_of(connection, one, clock.today(), problems=problems, filled=filled)


def _list_page(
    decision: DecisionKind,
    left: Sequence[Waiting],
    *,
    problems: Sequence[str] = (),
    filled: Mapping[str, Any] | None = None,
) -> Page:
    with database.reading(database.engine()) as connection:
        return page_of_many(connection, decision, left, problems=problems, filled=filled)
