"""The history (办理记录): each entry carries the hash of the one before it, so that nothing can be changed unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from models.actions.action import Action
from models.actions.receipt import Receive
from models.vocabulary import Stage

LONG_TEXT: Final = 300
"""Characters beyond which an entry keeps a text's hash instead of the text, which has a row of its own."""
HASHED: Final = (
    "case_id", "seq", "action", "role", "name", "agency", "channel", "at", "on", "from_stage", "to_stage", "summary",
    "payload", "previous_hash",
)  # fmt: skip


def payload_of(action: Action) -> dict[str, Any]:
    """What the actor gave, without the empty, with long texts as hashes and without anybody's contact data."""
    given = action.model_dump(mode="json", exclude={"by", "key", "case", "kind"}, exclude_none=True)
    if isinstance(action, Receive):
        given["proposers"] = [{"name": one.name, "kind": one.kind.value} for one in action.proposers]
    return {name: _short(value) for name, value in given.items() if value not in ((), [], "")}


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONG_TEXT:
        return {"sha256": hashlib.sha256(value.encode()).hexdigest(), "length": len(value)}
    return value


def entry(
    action: Action,
    *,
    case_id: int,
    seq: int,
    previous_hash: str,
    at: datetime,
    on: date,
    from_stage: Stage | None,
    to_stage: Stage,
    summary: str,
) -> dict[str, Any]:
    """One row of the history, sealed."""
    row: dict[str, Any] = {
        "case_id": case_id,
        "seq": seq,
        "action": action.kind,  # type: ignore[attr-defined]  # every concrete action has a kind
        "role": action.by.role,
        "name": action.by.name,
        "agency": action.by.agency,
        "channel": action.by.channel,
        "at": at,
        "on": on,
        "from_stage": from_stage,
        "to_stage": to_stage,
        "summary": summary,
        "payload": payload_of(action),
        "previous_hash": previous_hash,
    }
    row["hash"] = seal(row)
    return row


def seal(row: Mapping[str, Any]) -> str:
    """The hash over an entry and, through `previous_hash`, over everything before it."""
    plain = {name: row[name] for name in HASHED}
    plain["at"] = row["at"].astimezone(UTC).isoformat()
    plain["on"] = row["on"].isoformat()
    return hashlib.sha256(canonical(plain)).hexdigest()


def canonical(plain: Mapping[str, Any]) -> bytes:
    """The one way to write plain values down, whatever wrote them: UTF-8, names in order, no spaces."""
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Break:
    """Where a case's history does not hold."""

    case_id: int
    seq: int
    what: str


def verify(rows: Iterable[Mapping[str, Any]], heads: Mapping[int, tuple[int, str]]) -> list[Break]:
    """Check entries ordered by case and number against each other and against each case's own count and hash."""
    breaks: list[Break] = []
    last: dict[int, tuple[int, str]] = {}
    for row in rows:
        seq, previous = last.get(row["case_id"], (0, ""))
        if row["seq"] != seq + 1:
            breaks.append(Break(row["case_id"], row["seq"], f"第{seq + 1}条缺失"))
        elif row["previous_hash"] != previous:
            breaks.append(Break(row["case_id"], row["seq"], "与上一条不相接"))
        if seal(row) != row["hash"]:
            breaks.append(Break(row["case_id"], row["seq"], "内容被改动"))
        last[row["case_id"]] = (row["seq"], row["hash"])
    for case_id, head in heads.items():
        if last.get(case_id, (0, "")) != head:
            breaks.append(Break(case_id, head[0], "与案件登记的末条不一致"))
    return breaks
