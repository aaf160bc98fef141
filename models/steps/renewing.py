"""New links in place of lost ones (重发链接): who has to do with the case may have them, nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rulings import Effect, Refusal, World, agency_recipient, proposer_recipient
from models.values.case import Case

if TYPE_CHECKING:
    from models.actions.upkeep import RenewLinks


def holders(case: Case) -> dict[str, tuple[str, ...]]:
    """Who may hold links of a case, by the name people use, as recipients of notices: two people may share a name."""
    found: dict[str, tuple[str, ...]] = {
        part.agency: (agency_recipient(part.agency),) for part in case.open_assignments
    }
    for one in case.addressees:
        found[one.proposer.name] = (*found.get(one.proposer.name, ()), proposer_recipient(one.key))
    return found


def renew_links(case: Case, action: RenewLinks, _world: World) -> Effect:
    """The entry that says it; the links themselves are the caller's."""
    able = holders(case)
    if action.to not in able:
        raise Refusal(f"{action.to}不是本件的承办单位或提案人", f"可以发给：{'、'.join(able)}。")
    return Effect(case, f"向{action.to}重发办理链接，此前的链接作废")
