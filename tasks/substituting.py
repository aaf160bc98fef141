"""The register of substitutes (代签登记): who signs for an approver who is away; nothing in it is ever removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from models import schema
from models.errors import Fault, InputError
from models.rulings import Refusal
from models.signing import COUNTERSIGN
from models.substituting import check_new
from models.values.reply import Substitution
from tasks.acting import check_agency
from tasks.world import packs, substitutions

TABLE = schema.SUBSTITUTIONS


@dataclass(frozen=True, slots=True)
class Registered:
    """An entry of the register, by whom it was made and taken back."""

    no: int
    agency: str
    level: str
    absent: str
    substitute: str
    from_on: date
    until_on: date
    reason: str
    recorded_by: str
    recorded_at: datetime
    ended_on: date | None
    ended_by: str | None

    def state(self, today: date) -> str:
        """Whether it counts, in a word."""
        if self.ended_on is not None:
            return f"已撤销（{self.ended_on}，{self.ended_by}）"
        return "已过期" if self.until_on < today else "有效" if self.from_on <= today else "未到期"


def name_substitute(connection: Connection, given: dict[str, Any], *, by: str, at: datetime) -> Substitution:
    """Enter an absence: agency, level, absent, substitute, from_on, until_on, reason.

    Raises: InputError saying what is unclear or unknown.
    """
    where = f"{given['agency']}“{given['level']}”"
    check_agency(given["agency"], "承办单位", connection)
    for name, title in (("absent", "审批人"), ("substitute", "代签人"), ("reason", "原因")):
        if not given[name].strip():
            raise InputError(Fault(where, f"没有写{title}", f"请填写{title}。"))
    number = (connection.scalar(select(func.max(TABLE.c.no))) or 0) + 1
    words: dict[str, Any] = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
    wanted = Substitution(no=number, **words)
    levels = [level for pack in packs().values() for level in pack.approval.levels]
    try:
        check_new(wanted, substitutions(connection), (*levels, COUNTERSIGN))
    except Refusal as no:
        raise InputError(Fault(where, no.what, no.remedy)) from no
    connection.execute(insert(TABLE), {"no": number, **words, "recorded_by": by, "recorded_at": at})
    return wanted


def end_substitution(connection: Connection, number: int, *, by: str, today: date) -> Substitution:
    """Take an entry back: from today on it does not count; what was signed under it stays signed.

    Raises: InputError when there is none of that number, or it was taken back before.
    """
    found = next((one for one in substitutions(connection) if one.no == number), None)
    if found is None or found.ended_on is not None:
        what = "已经撤销" if found else f"没有第{number}号代签登记"
        raise InputError(Fault(f"第{number}号", what, "请用 banli substitutes list 核对。"))
    connection.execute(update(TABLE).where(TABLE.c.no == number).values(ended_on=today, ended_by=by))
    return found


def registered(connection: Connection, agency: str | None = None) -> Iterator[Registered]:
    """The register, the newest first."""
    statement = select(TABLE).order_by(TABLE.c.no.desc())
    if agency is not None:
        statement = statement.where(TABLE.c.agency == agency)
    yield from (Registered(*row) for row in connection.execute(statement))
