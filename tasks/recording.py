"""Actions to records (登记): one transaction for a batch; one bad action never blocks the others.

Lock the cases, ask the rules for each action in turn, write cases, history, clocks and notices together, commit once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, func, select

from models import actions as a
from models import schema
from models.evolving import replace
from models.lifecycle import advance
from models.notice_vocabulary import NoticeStatus
from models.quiet import send_at
from models.rulings import Accepted, Refused, Telling, World
from models.values.case import Case
from tasks import clock, history
from tasks.database import given, is_given, transaction
from tasks.loading import COLLECTIONS, chunked, family, lock_cases, resolve, whole
from tasks.receiving import Receipt
from tasks.uncollected import uncollected
from tasks.world import world_on
from tasks.writing import KEYS, Pages, write


def record(engine: Engine, actions: Sequence[a.Action]) -> list[a.Outcome]:
    """Record a batch in one transaction and say for each action what became of it, in the order given.

    An action whose key was recorded before is answered from the history and changes nothing.
    """
    with uncollected(), transaction(engine) as connection:
        return record_on(connection, actions)


def record_on(connection: Connection, actions: Sequence[a.Action]) -> list[a.Outcome]:
    """The same within a transaction the caller has begun."""
    return _Batch(connection).run(actions)


def record_with_cases(
    connection: Connection, actions: Sequence[a.Action]
) -> tuple[list[a.Outcome], Mapping[str, Case]]:
    """The same, with the cases as they now are by the words the actions name them by; without their long texts."""
    batch = _Batch(connection)
    outcomes = batch.run(actions)
    return outcomes, {ref: whole(batch.after[found]) for ref, found in batch.ids.items() if isinstance(found, int)}


@cache
def _done_by(dialect: str) -> Select[Any]:
    return select(KEYS.c.key, KEYS.c.case_id, KEYS.c.seq).where(is_given(KEYS.c.key, dialect))


_BARE: Final[dict[str, Any]] = dict.fromkeys(COLLECTIONS, ())
"""What a new case has in the database when its row has just been inserted."""


class _Batch:
    """One transaction's cases, as they were and as they are, and what is to be written."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.at = clock.now()
        self.world = world_on(connection, self.at.astimezone(clock.BEIJING).date())
        self.before: dict[int, Case] = {}
        self.after: dict[int, Case] = {}
        self.ids: dict[str, int | tuple[str, ...]] = {}
        self.done: dict[str, tuple[int, int]] = {}
        self.pages = Pages()
        self.send_at: dict[str, datetime] = {}
        """When notices may go out, by the rules they fall under: the batch has one instant."""

    def run(self, actions: Sequence[a.Action]) -> list[a.Outcome]:
        said = self._receive([(place, x) for place, x in enumerate(actions) if isinstance(x, a.Receive)])
        rest = [action for action in actions if not isinstance(action, a.Receive)]
        self._load(rest)
        self._find_done(action.key for action in rest)  # under the lock: another batch may have done them meanwhile
        outcomes = [said.get(place) or self._one(action) for place, action in enumerate(actions)]
        write(self.connection, [(self.before[n], case) for n, case in self.after.items()], self.pages)
        return outcomes

    def _find_done(self, keys: Iterable[str]) -> None:
        for chunk in chunked(keys):
            rows = self.connection.execute(_done_by(self.connection.dialect.name), given(self.connection, chunk))
            self.done.update({row.key: (row.case_id, row.seq) for row in rows})

    def _receive(self, receipts: list[tuple[int, a.Receive]]) -> dict[int, a.Outcome]:
        """New cases get their ids first; each new receipt is answered by its place in the batch."""
        if not receipts:
            return {}
        receipt = Receipt(self.connection, self.world)  # from here on, receipts take turns
        self._find_done(action.key for _, action in receipts)
        first: dict[str, int] = {}
        for place, action in receipts:
            first.setdefault(action.key, place)
        fresh = [(place, x) for place, x in receipts if x.key not in self.done and first[x.key] == place]
        said: dict[int, a.Outcome] = {}
        accepted: list[tuple[int, Accepted]] = []
        for (place, _), (action, ruling) in zip(fresh, receipt.rule([x for _, x in fresh]), strict=True):
            if isinstance(ruling, Refused):
                said[place] = _outcome(action, "未办理", str(ruling))
            else:
                accepted.append((place, ruling))
        for (place, ruling), (action, case) in zip(accepted, receipt.insert(), strict=True):
            said[place] = self._received(receipt, action, case, ruling.summary)
        again = [(place, action) for place, action in receipts if action.key not in self.done]
        return said | {place: said[first[action.key]] for place, action in again}

    def _received(self, receipt: Receipt, action: a.Receive, case: Case, summary: str) -> a.Outcome:
        self.before[case.id] = replace(case, **_BARE)
        self.after[case.id] = case
        receipt.texts_and_contacts(action, case, self.pages)
        self._enter(action, None, case, summary)
        self._tell(self.after[case.id], receipt.tellings(case))
        told = _outcome(action, "已办理", summary, receipt=f"{case.id}-1")
        return told if action.case else told.model_copy(update={"case": case.ref})

    def _load(self, actions: Iterable[a.Action]) -> None:
        refs = {ref for action in actions for ref in (action.case, _into(action)) if ref}
        self.ids = resolve(self.connection, refs)
        wanted = {n for n in self.ids.values() if isinstance(n, int)} - self.after.keys()
        wanted |= family(self.connection, wanted) - self.after.keys()
        cases = lock_cases(self.connection, wanted)
        # Merged by somebody else between the two statements, hence almost never any:
        others = {merged.id for case in cases.values() for merged in case.merged} - wanted
        others |= {case.merged_into for case in cases.values() if case.merged_into} - wanted
        cases |= lock_cases(self.connection, others) if others else {}
        self.before.update(cases)
        self.after.update(cases)

    def _one(self, action: a.Action) -> a.Outcome:
        if action.key in self.done:
            case_id, seq = self.done[action.key]
            return _outcome(action, "已办过", "这一动作此前已经办理，没有重复办理。", receipt=f"{case_id}-{seq}")
        found = self.ids.get(action.case)
        if found is None:
            return _outcome(action, "未办理", f"没有找到案号“{action.case}”。请核对号码，必要时写全届次。")
        if isinstance(found, tuple):
            return _outcome(action, "未办理", f"号码“{action.case}”不止一件。请写全：{'、'.join(found)}。")
        return self._advance(action, self.after[found])

    def _advance(self, action: a.Action, case: Case) -> a.Outcome:
        world = self._world_for(action)
        ruling = advance(case, action, world)
        if isinstance(ruling, Refused):
            return _outcome(action, "未办理", str(ruling))
        seq = self._accept(action, case, ruling)
        for follow_up in ruling.follow_ups:
            found = self.ids.get(follow_up.case) or self._id_of(follow_up.case)
            if isinstance(found, int):
                self._advance(follow_up, self.after[found])
        return _outcome(action, "已办理", ruling.summary, receipt=f"{case.id}-{seq}")

    def _world_for(self, action: a.Action) -> World:
        into = _into(action)
        found = self.ids.get(into) if into else None
        return replace(self.world, others={into: self.after[found]}) if into and isinstance(found, int) else self.world

    def _id_of(self, ref: str) -> int | None:
        return next((case.id for case in self.after.values() if case.ref == ref), None)

    def _accept(self, action: a.Action, before: Case, ruling: Accepted) -> int:
        after = ruling.case
        self._enter(action, before, after, ruling.summary)
        after = self.after[after.id]
        if isinstance(action, a.Supplement):
            version = sum(1 for page in self.pages.texts if page["case_id"] == after.id)
            self.pages.texts.append(_new_text(self.connection, action, after.id, version))
        self._rejoin(before, after)
        self._tell(after, ruling.tellings)
        return after.history_length

    def _rejoin(self, before: Case, after: Case) -> None:
        """Keep the list of merged cases of a main case true within the batch."""
        for main_id in {before.merged_into, after.merged_into} - {None}:
            if main_id in self.after:
                main = self.after[main_id]
                others = tuple(case for case in main.merged if case.id != after.id)
                joined = (*others, after) if after.merged_into == main_id else others
                self.after[main_id] = replace(main, merged=joined)

    def _enter(self, action: a.Action, before: Case | None, after: Case, summary: str) -> None:
        row = history.entry(
            action,
            case_id=after.id,
            seq=after.history_length + 1,
            previous_hash=after.history_hash,
            at=self.at,
            on=self.world.today,
            from_stage=before.stage if before else None,
            to_stage=after.stage,
            summary=summary,
        )
        self.pages.history.append(row)
        self.pages.keys.append({"key": action.key, "case_id": after.id, "seq": row["seq"]})
        self.done[action.key] = (after.id, row["seq"])
        self.after[after.id] = replace(after, history_length=row["seq"], history_hash=row["hash"])

    def _tell(self, case: Case, tellings: Iterable[Telling]) -> None:
        for telling in tellings:
            if case.pack not in self.send_at:
                self.send_at[case.pack] = send_at(self.at, self.world.pack(case), self.world.calendar)
            not_before_at = self.send_at[case.pack]
            self.pages.notices.append(notice_row(case, telling, self.at, not_before_at=not_before_at))


def _into(action: a.Action) -> str | None:
    """The other case an action names."""
    return action.into if isinstance(action, a.Merge) else None


def notice_row(case: Case, telling: Telling, at: datetime, *, not_before_at: datetime) -> dict[str, Any]:
    """One notice, unique by case, entry, kind and recipient."""
    return {
        "key": f"{case.id}:{case.history_length}:{telling.kind}:{telling.recipient}",
        "case_id": case.id,
        "kind": telling.kind,
        "recipient": telling.recipient,
        "facts": dict(telling.facts),
        "clock_no": telling.clock_no,
        "valid_until_seq": None,
        "created_at": at,
        "not_before_at": not_before_at,
        "status": NoticeStatus.WAITING,
        "attempts": 0,
    }


def _new_text(connection: Connection, action: a.Supplement, case_id: int, ahead: int) -> dict[str, Any]:
    texts = schema.PROPOSAL_TEXTS
    latest = connection.scalar(select(func.max(texts.c.version)).where(texts.c.case_id == case_id))
    return {
        "case_id": case_id,
        "version": (latest or 0) + 1 + ahead,
        "text": action.text,
        "asks": [],
        "suggested_agencies": [],
    }


def _outcome(action: a.Action, result: Any, message: str, *, receipt: str | None = None) -> a.Outcome:
    return a.Outcome(
        key=action.key,
        case=action.case,
        action=action.kind,  # type: ignore[attr-defined]  # every concrete action has a kind
        result=result,
        message=message,
        receipt=receipt,
    )
