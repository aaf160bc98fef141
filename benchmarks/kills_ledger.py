"""What must stand in the records of benchmarks/kills.py (账): every notice mailed, every case closed by steps taken once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from kills_office import Post
from sqlalchemy import Engine


def letters(engine: Engine, post: Post) -> dict[str, int]:
    """Notices sent, and those mailed twice with and without a doubt on record."""
    from cluster import message_id

    from models import tables as t
    from models.notice_vocabulary import NoticeStatus
    from tasks.database import reading

    rows = t.core(t.NoticeRow)
    messages: dict[tuple[str, Any], list[Any]] = defaultdict(list)
    with reading(engine) as connection:
        found = connection.execute(rows.select()).all()
    for row in found:
        if row.status is NoticeStatus.SENT:
            messages[row.recipient, row.sent_at].append(row)
    expected = {message_id([one.key for one in group]): max(one.doubts for one in group) for group in messages.values()}
    times = Counter(post.ids)
    lost = set(expected) - set(times)
    unknown = set(times) - set(expected)
    repeated = {one for one, count in times.items() if count > 1}
    plain = {one for one in repeated if times[one] > 1 + expected.get(one, 0)}
    told = {
        "notices": len(found),
        "sent": sum(map(len, messages.values())),
        "expired": sum(row.status is NoticeStatus.EXPIRED for row in found),
        "failed": sum(row.status is NoticeStatus.FAILED for row in found),
        "messages": len(expected),
        "doubtful": sum(row.doubts > 0 for row in found),
        "mailed_twice_with_doubt": len(repeated - plain),
        "mailed_twice_without": len(plain),
        "mailed_and_unknown": len(unknown),
        "lost": len(lost),
    }
    assert not lost | plain, told
    assert not unknown or told["doubtful"], told
    return told


def is_complete(engine: Engine, numbers: Sequence[str]) -> None:
    """Every case is closed by steps taken once each."""
    from desk import Desk

    from models import tables as t

    desk = Desk(engine)
    desk.assert_whole()
    cases = desk.rows(t.CaseRow)
    assert {row.stage.value for row in cases} == {"已办结"}, Counter(row.stage.value for row in cases)
    assert len(cases) == len(numbers)
    steps = Counter(row.action for row in desk.rows(t.HistoryRow))
    assert steps.pop("审签") == 3 * len(cases)
    assert set(steps.values()) == {len(cases)}, steps
