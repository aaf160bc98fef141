"""Actions sent from pages (提交): made durable and answered by the rules in one transaction, once for each key.

What is recorded is the answer; the flow run that follows carries out what comes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Select, bindparam, func, select, update

from models import schema
from models.actions import AnyAction
from models.actions.action import Action, Outcome
from models.values.case import Case
from tasks import clock
from tasks.database import given, is_given, reading, transaction
from tasks.links import REUSABLE, Link, find_link
from tasks.loading import chunked
from tasks.recording import record_with_cases

POSTS: Final = schema.POSTS
LINKS: Final = schema.ACTION_LINKS
TOKEN_LIMIT: Final = 300
TOKEN_WINDOW: Final = timedelta(minutes=10)
"""So many posts through one link within so long; a desk signs for many at once, a person does not."""
_ACTION: Final[TypeAdapter[Action]] = TypeAdapter(AnyAction)


@dataclass(frozen=True, slots=True)
class Post:
    """One action as it was sent: under the form's own key, by which link, from where."""

    action: Action
    token_sha256: str
    address: str | None

    @property
    def key(self) -> str:
        """The form's key, which is the action's."""
        return self.action.key


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a post: the rules' outcome, new or given before; or why nobody asked them."""

    post: Post
    new: bool
    outcome: Outcome | None = None
    case: Case | None = None
    """The case as it now is, without its long texts, where the rules were asked."""
    used: bool = False
    """Its link is for one use and was used by another post; this one was not kept."""
    too_many: bool = False
    """Its link has sent too much of late; this one was not kept."""


@dataclass(frozen=True, slots=True)
class Job:
    """A kept post whose flow run is still to come. `outcome` is None where an older version kept it unanswered."""

    action: Action
    outcome: Outcome | None


def answer(engine: Engine, posts: Sequence[Post]) -> list[Answer]:
    """Keep posts, record what the rules accept and spend their links, all in one transaction; in the order given.

    Raises: UnavailableError when nothing could be stored.
    """
    with transaction(engine) as connection:
        at = clock.now()
        known = _known(connection, posts)
        asked: dict[str, Post] = {}
        kept: list[Answer] = []
        uses = _Uses(connection, {post.token_sha256 for post in posts}, at)
        for post in posts:
            if post.key in known or post.key in asked:
                kept.append(Answer(post, new=False, outcome=known.get(post.key)))
                continue
            refusal = uses.refusal(post)
            if refusal is None:
                asked[post.key] = post
            kept.append(refusal or Answer(post, new=True))
        said, cases = record_with_cases(connection, [post.action for post in asked.values()])
        outcomes = {one.key: one for one in said}
        _store(connection, asked, outcomes, at)
        return [
            replace(one, outcome=outcomes.get(one.post.key, one.outcome), case=cases.get(one.post.action.case))
            for one in kept
        ]


def _known(connection: Connection, posts: Sequence[Post]) -> dict[str, Outcome | None]:
    found: dict[str, Outcome | None] = {}
    for keys in chunked({post.key for post in posts}):
        rows = connection.execute(_asked_before(connection.dialect.name), given(connection, keys))
        found.update({row.key: _outcome(row.outcome) for row in rows})
    return found


@cache
def _asked_before(dialect: str) -> Select[Any]:
    """Statements are made once: putting one together costs as much as running it."""
    return select(POSTS.c.key, POSTS.c.outcome).where(is_given(POSTS.c.key, dialect))


@cache
def _links_used(dialect: str) -> Select[Any]:
    columns = (LINKS.c.token_sha256, LINKS.c.action, LINKS.c.used_at)
    mine = select(*columns).where(is_given(LINKS.c.token_sha256, dialect))
    return mine.order_by(LINKS.c.token_sha256).with_for_update()


@cache
def _recently(dialect: str) -> Select[Any]:
    return (
        select(POSTS.c.token_sha256, func.count(), func.count().filter(POSTS.c.done_at.is_(None)))
        .where(is_given(POSTS.c.token_sha256, dialect), POSTS.c.received_at > bindparam("since"))
        .group_by(POSTS.c.token_sha256)
    )


class _Uses:
    """Which links may still be used, seen under lock: by one post where the action is done once."""

    def __init__(self, connection: Connection, tokens: set[str], at: datetime) -> None:
        self.single: set[str] = set()
        self.spent: set[str] = set()
        self.count: dict[str, int] = {}
        for some in chunked(sorted(tokens)):
            asked = given(connection, some)
            rows = connection.execute(_links_used(connection.dialect.name), asked).all()
            self.single |= {row.token_sha256 for row in rows if row.action not in REUSABLE}
            self.spent |= {row.token_sha256 for row in rows if row.used_at is not None}
            recent = connection.execute(_recently(connection.dialect.name), asked | {"since": at - TOKEN_WINDOW})
            for token, count, unanswered in recent:
                self.count[token] = count
                if unanswered:
                    self.spent.add(token)

    def refusal(self, post: Post) -> Answer | None:
        """Why this post may not ask the rules; None where it may, and then it counts."""
        token = post.token_sha256
        if token in self.single & self.spent:
            return Answer(post, new=False, used=True)
        self.count[token] = self.count.get(token, 0) + 1
        if self.count[token] > TOKEN_LIMIT:
            return Answer(post, new=False, too_many=True)
        if token in self.single:
            self.spent.add(token)  # by the first of several in one batch
        return None


def _store(connection: Connection, asked: Mapping[str, Post], outcomes: Mapping[str, Outcome], at: datetime) -> None:
    if not asked:
        return
    rows = [
        {
            "key": key,
            "token_sha256": post.token_sha256,
            "action": _dump(post.action),
            "received_at": at,
            "address": (post.address or "")[:60] or None,
            "done_at": at,
            "outcome": outcomes[key].model_dump(mode="json"),
            "run_at": at if outcomes[key].refused else None,
        }
        for key, post in asked.items()
    ]
    connection.execute(POSTS.insert(), rows)
    spent = [{"b_token": post.token_sha256} for key, post in asked.items() if not outcomes[key].refused]
    _spend(connection, spent, at)


def _spend(connection: Connection, tokens: Sequence[Mapping[str, str]], at: datetime) -> None:
    """A link is spent by what was done through it, not by what was refused."""
    if not tokens:
        return
    mine = LINKS.c.token_sha256 == bindparam("b_token")
    connection.execute(update(LINKS).where(mine, LINKS.c.used_at.is_(None)).values(used_at=at), list(tokens))


def _dump(action: Action) -> dict[str, Any]:
    kind = action.kind  # type: ignore[attr-defined]  # every concrete action has a kind
    return action.model_dump(mode="json") | {"kind": kind}


def _outcome(stored: Mapping[str, Any] | None) -> Outcome | None:
    return None if stored is None else Outcome.model_validate(stored)


def outcome_of(engine: Engine, key: str) -> tuple[bool, Outcome | None]:
    """Whether a post of this key was kept, and its outcome."""
    with reading(engine) as connection:
        row = connection.execute(select(POSTS.c.outcome).where(POSTS.c.key == key)).first()
    return row is not None, _outcome(row.outcome) if row else None


def post_of(engine: Engine, token_sha256: str, key: str) -> tuple[Link, Outcome | None] | None:
    """The link and the outcome of a post, if it was made through exactly this link."""
    with reading(engine) as connection:
        row = connection.execute(
            select(POSTS.c.outcome).where(POSTS.c.key == key, POSTS.c.token_sha256 == token_sha256)
        ).first()
        link = find_link(connection, token_sha256) if row else None
    return (link, _outcome(row.outcome)) if row and link else None


def pending(
    engine: Engine, *, before: datetime | None = None, known: Collection[str] = (), limit: int = 10_000
) -> list[Job]:
    """Posts whose flow run is still to come, oldest first, without those `known`; `before`: received before then."""
    waits = select(POSTS.c.key).where(POSTS.c.run_at.is_(None))
    if before is not None:
        waits = waits.where(POSTS.c.received_at < before)
    found: list[Job] = []
    with reading(engine) as connection:
        keys = connection.scalars(waits.order_by(POSTS.c.received_at, POSTS.c.key).limit(limit)).all()
        for some in chunked(key for key in keys if key not in known):
            mine = select(POSTS.c.action, POSTS.c.outcome).where(POSTS.c.key.in_(some))
            rows = connection.execute(mine.order_by(POSTS.c.received_at, POSTS.c.key))
            found += [Job(_ACTION.validate_python(row.action), _outcome(row.outcome)) for row in rows]
    return found


def count_pending(engine: Engine) -> int:
    """How many posts have their flow run still to come."""
    with reading(engine) as connection:
        waiting = select(func.count()).select_from(POSTS).where(POSTS.c.run_at.is_(None))
        return connection.scalar(waiting) or 0


def finish(engine: Engine, outcomes: Sequence[Outcome]) -> None:
    """Store that the flow run of these posts has ended, and its outcome where they had none."""
    at = clock.now()
    ordered = sorted(
        outcomes, key=lambda one: one.key
    )  # several processes may end the same runs: all lock in one order
    rows = [{"b_key": one.key, "b_outcome": one.model_dump(mode="json")} for one in ordered]
    if not rows:
        return
    keys = [{"b_key": row["b_key"]} for row in rows]
    mine = POSTS.c.key == bindparam("b_key")
    with transaction(engine) as connection:
        unanswered = update(POSTS).where(mine, POSTS.c.done_at.is_(None))
        late = connection.execute(unanswered.values(outcome=bindparam("b_outcome"), done_at=at), rows).rowcount
        connection.execute(update(POSTS).where(mine, POSTS.c.run_at.is_(None)).values(run_at=at), keys)
        if late:
            _spend(connection, _links_of(connection, [one.key for one in outcomes if not one.refused]), at)


def _links_of(connection: Connection, keys: Iterable[str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for some in chunked(keys):
        tokens = connection.scalars(select(POSTS.c.token_sha256).where(POSTS.c.key.in_(some)))
        found += [{"b_token": token} for token in tokens]
    return found


def unfinished(engine: Engine, keys: Iterable[str]) -> set[str]:
    """Which of these posts still have their flow run to come: another process may have done some."""
    found: set[str] = set()
    with reading(engine) as connection:
        for some in chunked(keys):
            found.update(connection.scalars(select(POSTS.c.key).where(POSTS.c.key.in_(some), POSTS.c.run_at.is_(None))))
    return found
