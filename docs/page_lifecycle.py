"""docs/lifecycle.md: the table of `models/lifecycle.py` as a diagram and as a table (办理流程)."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from models.lifecycle import ENDS, STEP_OF, STEPS, Step
from models.notice_vocabulary import MessageKind
from models.steps import receipt
from models.vocabulary import ClockKind, Role, Stage

SIGNING = STEP_OF["退回修改"].stages
"""The stages drawn inside one frame: what leaves all of them is one arrow."""

HEAD = """\
<!-- Made by docs/generate.py from models/lifecycle.py; change that and run `make docs`. -->
# The life cycle (办理流程)

One table in [models/lifecycle.py](../models/lifecycle.py) holds the order of work; this page is read off it. What an
action does to a case, and when it is refused although the stage is right, stands in
[models/steps/](../models/steps/). Stages, actions and clocks are called what the office calls them.
Within 答复稿送审 a new 起草 begins the signing again, at 会签中 where somebody has to countersign, else at 审签中.

"""

BETWEEN = """
## Every step (各项动作)

*To* is empty where the stage stays. Clocks that the place's rules do not set do not run: see [packs.md](packs.md).
*Who*: 督办单位 may enter for another what came to it on paper, except a signature; 管理员 may do all of it.

| action 动作 | flow | from 现阶段 | to 办后阶段 | who 由谁办 | clocks stopped 停止 | clocks started 开始 | told 通知 |
|---|---|---|---|---|---|---|---|
"""

AFTER = """
A clock is named where the step may stop or start it, also where that depends on the case: 公开 stops at once with a
decision for 不予公开, a 承诺兑现 clock belongs to one promise with a date. Reminders (催办, 逾期催办, 升级督办) are
written by the morning sweep, not by a step. The flow is the Prefect flow that takes the action.
"""


def page() -> str:
    """The whole page."""
    rows = [_receipt_row(), *(_row(step) for step in STEPS)]
    return HEAD + diagram() + BETWEEN + "\n".join(rows) + "\n" + AFTER


def diagram() -> str:
    """The stages and what leads from one to another, as Mermaid draws it."""
    lines = ["```mermaid", "stateDiagram-v2", "    direction TB"]
    lines += [f'    state "{stage}" as {stage.name}' for stage in Stage if stage not in SIGNING]
    lines.append('    state "答复稿送审" as SIGNING {')
    lines += [f'        state "{stage}" as {stage.name}' for stage in Stage if stage in SIGNING]
    inner, outer = _arrows()
    lines += [f"        {arrow}" for arrow in inner] + ["    }"]
    lines += [f"    [*] --> {Stage.SUBMITTED.name} : 收件"] + [f"    {arrow}" for arrow in outer]
    lines += [f"    {stage.name} --> [*]" for stage in Stage if stage in ENDS and not _leaves(stage)]
    return "\n".join([*lines, "```", ""])


def main_way() -> str:
    """The shortest way from receipt over the reply to the archive, for the READMEs."""
    way = [*_way(Stage.SUBMITTED, Stage.REPLIED), *_way(Stage.REPLIED, Stage.ARCHIVED)]
    lines = ["```mermaid", "flowchart LR"]
    lines += [f'    {a.name}["{a}"] -- {kinds} --> {b.name}["{b}"]' for a, b, kinds in way]
    return "\n".join([*lines, "```"])


def _way(start: Stage, end: Stage) -> list[tuple[Stage, Stage, str]]:
    """Breadth first, in the table's order."""
    came: dict[Stage, tuple[Stage, str]] = {}
    reached = [start]
    for source in reached:
        for step in STEPS:
            for target in leads_to(step, source) if source in step.stages else ():
                if target not in {start, *came}:
                    came[target] = (source, step.kind)
                    reached.append(target)
    back: list[tuple[Stage, Stage, str]] = []
    while end is not start:
        source, kind = came[end]
        back.append((source, end, kind))
        end = source
    return back[::-1]


def _leaves(stage: Stage) -> bool:
    return any(set(leads_to(step, stage)) - {stage} for step in STEPS if stage in step.stages)


def _arrows() -> tuple[list[str], list[str]]:
    """Arrows within the frame, and all others; actions between the same two stages share one.

    What every framed stage offers and stays in the frame (a new draft) begins the signing again and is left to words.
    """
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for step in STEPS:
        ways = {stage: leads_to(step, stage) for stage in Stage if stage in step.stages}
        common = set.intersection(*(set(ways.get(stage, ())) for stage in SIGNING)) - SIGNING
        for target in common:
            found["SIGNING", target.name].append(step.kind)
        for source, targets in ways.items():
            for target in targets:
                again = step.stages >= SIGNING and {source, target} <= SIGNING
                if source is not target and not again and not (source in SIGNING and target in common):
                    found[source.name, target.name].append(step.kind)
    inside = {stage.name for stage in SIGNING}
    drawn = [(pair, f"{pair[0]} --> {pair[1]} : {'、'.join(kinds)}") for pair, kinds in found.items()]
    inner = [arrow for pair, arrow in drawn if set(pair) <= inside]
    return inner, [arrow for pair, arrow in drawn if not set(pair) <= inside]


def leads_to(step: Step, source: Stage | None = None) -> tuple[Stage, ...]:
    """The stages a step may lead to, from one stage or from any: the table's, or those its effect names."""
    if step.to:
        return (step.to,)
    named = Effects.of(step.apply).stages
    return tuple(stage for stage in Stage if any(s is stage and source in {None, g or source} for s, g in named))


def _row(step: Step) -> str:
    effects = Effects.of(step.apply)
    stops, starts = _joined(step.stops, effects.stops), _joined(step.starts, effects.starts)
    told: dict[MessageKind, list[str]] = defaultdict(list)
    for kind, audience in step.tells:
        told[kind].append(str(audience))
    return _cells(
        step.kind,
        f"`{step.flow}`",
        "、".join(stage for stage in Stage if stage in step.stages),
        " / ".join(leads_to(step)),
        "、".join(role for role in Role if role in step.who),
        "全部" if set(stops) == set(ClockKind) else "、".join(stops),
        "、".join(starts),
        "；".join(f"{kind}（{'、'.join(audiences)}）" for kind, audiences in told.items()),
    )


def _receipt_row() -> str:
    """Receipt makes the case, so it is no step of one."""
    starts = "、".join(Effects.of(receipt.receive).starts) + "（闭会期间提出的）"
    return _cells("收件", "`receive`", "", Stage.SUBMITTED, Role.COORDINATOR, "", starts,
                  f"{MessageKind.RECEIVED}（提案人）")  # fmt: skip


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _joined(*groups: tuple[ClockKind, ...]) -> tuple[ClockKind, ...]:
    wanted = {kind for group in groups for kind in group}
    return tuple(kind for kind in ClockKind if kind in wanted)


class Effects:
    """What an effect's source says it may do to stage and clocks, the functions it calls included."""

    _STARTS = frozenset({"start", "start_manual"})
    _STOPS = frozenset({"stop", "stop_rule"})

    def __init__(self) -> None:
        self.stages: set[tuple[Stage, Stage | None]] = set()
        """The next stage, and the only stage it is reached from where the effect asks for one."""
        self.starts: tuple[ClockKind, ...] = ()
        self.stops: tuple[ClockKind, ...] = ()

    @classmethod
    @cache
    def of(cls, function: Callable[..., Any]) -> Effects:
        """Read one function and those of `models/steps/` it calls."""
        effects = cls()
        effects._read(function, None, set())
        return effects

    def _read(self, function: Callable[..., Any], source: Stage | None, seen: set[str]) -> None:
        if function.__qualname__ in seen:
            return
        space = vars(sys.modules[function.__module__])
        for node, here in _guarded(_tree(function), source, space):
            match node:
                case ast.keyword(arg="stage", value=value) | ast.Return(value=ast.expr() as value):
                    self.stages |= {(stage, here) for stage in _members(value, Stage, space)}
                case ast.Assign(targets=[ast.Name(id="stage")], value=value):
                    self.stages |= {(stage, here) for stage in _members(value, Stage, space)}
                case ast.Call(func=ast.Attribute(value=ast.Name(id="clocks"), attr=attr)):
                    kinds = _members(node, ClockKind, space)
                    if any(isinstance(part, ast.Attribute) and part.attr == "promise_rule" for part in ast.walk(node)):
                        kinds.add(ClockKind.PROMISE)
                    self.starts = _joined(self.starts, tuple(kinds) if attr in self._STARTS else ())
                    self.stops = _joined(self.stops, tuple(kinds) if attr in self._STOPS else ())
                case ast.Call(func=ast.Name(id=name)) if _is_effect(called := space.get(name)):
                    self._read(called, here, seen | {function.__qualname__})


def _is_effect(called: Any) -> bool:
    return inspect.isfunction(called) and called.__module__.startswith("models.steps")


def _guarded(node: ast.AST, source: Stage | None, space: Mapping[str, Any]) -> Iterator[tuple[ast.AST, Stage | None]]:
    """Every node under this one, with the stage that the `if` around it asks the case to be at."""
    yield node, source
    for child in ast.iter_child_nodes(node):
        inside = isinstance(node, ast.If) and child in node.body
        yield from _guarded(child, _asked(node.test, space) or source if inside else source, space)


def _asked(test: ast.expr, space: Mapping[str, Any]) -> Stage | None:
    for node in ast.walk(test):
        match node:
            case ast.Compare(left=ast.Attribute(attr="stage"), ops=[ast.Is()], comparators=[right]):
                return next(iter(_members(right, Stage, space)), None)
    return None


@cache
def _tree(function: Callable[..., Any]) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _members(value: ast.AST, kind: Any, space: Mapping[str, Any]) -> set[Any]:
    """Members of an enum named in an expression, but not in the condition of an `a if b else c`."""
    skipped = {id(part) for node in ast.walk(value) if isinstance(node, ast.IfExp) for part in ast.walk(node.test)}
    found: set[Any] = set()
    for node in ast.walk(value):
        if id(node) in skipped:
            continue
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if space.get(name) is kind:
                found.add(kind[attr])
            case ast.Name(id=name) if isinstance(space.get(name), (tuple, frozenset)):
                found |= {one for one in space[name] if isinstance(one, kind)}
    return found
