"""What one person can sensibly do with a case now: the life cycle's offers, less what his own part leaves no room for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from models.lifecycle import offers
from models.signing import missing_countersigners
from models.steps.consulting import views_awaited
from models.steps.feedback import awaited
from models.steps.retracting import retractable
from models.values.case import Addressee, Case
from models.values.handling import Assignment
from models.vocabulary import AssignmentStatus, ClockKind, PromiseStatus, Publicity, Role, Stage
from tasks.case_entries import Viewer

ASIDE: Final = frozenset(
    {"撤案", "申请退办", "沟通", "免于沟通", "请予说明", "申请延期", "退回会办意见", "退回修改",
     "撤回", "改后审签", "答复稿意见", "更正答复"}
)  # fmt: skip
"""What may be done with a case but is not what it waits for."""


def part_of(case: Case, viewer: Viewer) -> Assignment | None:
    """The viewer's agency's open part."""
    return next((part for part in case.open_assignments if part.agency == viewer.agency), None)


def role_in(case: Case, agency: str) -> Role | None:
    """Which role an agency acts in on this case; None where it has no open part."""
    part = next((one for one in case.open_assignments if one.agency == agency), None)
    if part is None:
        return None
    return Role.LEAD if part.leads else Role.CO_HANDLER


def addressees_of(case: Case, viewer: Viewer) -> tuple[Addressee, ...]:
    """The addressees that bear the viewer's name."""
    return tuple(one for one in case.addressees if one.proposer.name == viewer.name)


def _status(*wanted: AssignmentStatus) -> Callable[[Case, Viewer], bool]:
    def holds(case: Case, viewer: Viewer) -> bool:
        part = part_of(case, viewer)
        return part is not None and part.status in wanted

    return holds


def _returns_asked(case: Case, _viewer: Viewer) -> bool:
    return any(part.status is AssignmentStatus.RETURN_REQUESTED for part in case.open_assignments)


def _extension_open(case: Case, _viewer: Viewer) -> bool:
    return any(extension.is_open for extension in case.extensions)


def _runs(kind: ClockKind) -> Callable[[Case, Viewer], bool]:
    return lambda case, _viewer: any(clock.runs and clock.kind is kind for clock in case.clocks)


_A = AssignmentStatus
_FITS: Final[Mapping[str, Callable[[Case, Viewer], bool]]] = {
    "签收": _status(_A.ASSIGNED),
    "申请退办": lambda case, viewer: (
        _status(_A.ASSIGNED, _A.SIGNED)(case, viewer)
        and (part := part_of(case, viewer)) is not None
        and not part.reason
    ),
    "会办意见": _status(_A.SIGNED),
    "退回会办意见": lambda case, _v: any(part.status is _A.OPINION_GIVEN for part in case.co_handlers),
    "同意退办": _returns_asked,
    "不同意退办": _returns_asked,
    "请予说明": lambda case, _v: case.asked_on is None,
    "说明": lambda case, _v: case.asked_on is not None,
    "申请延期": lambda case, _v: not any(extension.refused_on is None for extension in case.extensions),
    "阶段答复": _runs(ClockKind.INTERIM_REPLY),
    "定期报告": _runs(ClockKind.REPORT),
    "同意延期": _extension_open,
    "不同意延期": _extension_open,
    "会签": lambda case, viewer: viewer.agency in missing_countersigners(case),
    "反馈": lambda case, viewer: any(one.proposer.name == viewer.name for one in awaited(case)),
    "承诺进展": lambda case, viewer: any(
        one.status is not PromiseStatus.KEPT and one.agency == viewer.agency for one in case.promised
    ),
    "更正答复": lambda case, _v: bool(case.letters),
    "撤回公开": lambda case, _v: case.publicity is Publicity.PUBLISHED,
    "公开审查": lambda case, _v: case.publicity is not Publicity.PUBLISHED,
    "起草": lambda case, viewer: (part := part_of(case, viewer)) is not None and part.status is not _A.RETURN_REQUESTED,
    "撤回": lambda case, viewer: bool(retractable(case, viewer.agency)),
    "答复稿意见": lambda case, viewer: any(one.proposer.name == viewer.name for one in views_awaited(case)),
    "免于沟通": lambda case, viewer: (
        case.stage in {Stage.ASSIGNED, Stage.HANDLING}
        and not any(one.way is None and one.with_name == viewer.name for one in case.talks)
    ),
}
_PAPERWORK: Final = {
    Role.LEAD: ("签收", "审签", "改后审签", "答复", "起草", "沟通", "承诺进展"),
    Role.CO_HANDLER: ("签收", "会办意见", "会签", "沟通"),
    Role.PROPOSER: ("补正", "说明", "答复稿意见", "反馈"),
}
"""What each role is asked for first; the rest follows in the life cycle's order."""


def open_actions(case: Case, viewer: Viewer) -> tuple[str, ...]:
    """The words of what the viewer can do now, the main thing first.

    The rules decide anew when it is done; this only keeps pages free of what would certainly be refused.
    """
    able = [kind for kind in offers(case.stage, viewer.role) if _FITS.get(kind, _always)(case, viewer)]
    if viewer.is_agency and role_in(case, viewer.agency or "") is not viewer.role:
        return ()
    if viewer.is_proposer and not addressees_of(case, viewer):
        return ()
    talk_first = ("沟通",) if viewer.role is Role.LEAD and not case.talks and "签收" not in able else ()
    first = [kind for kind in dict.fromkeys((*talk_first, *_PAPERWORK.get(viewer.role, ()))) if kind in able]
    return (*first, *(kind for kind in able if kind not in first))


def _always(_case: Case, _viewer: Viewer) -> bool:
    return True
