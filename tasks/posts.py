"""Actions sent from pages (提交): a durable row first, the rules afterwards, one answer however often it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.actions import Action, AnyAction, Outcome
from models.tables import ActionLinkRow, PostRow, core
from tasks import clock
from tasks.database import reading, transaction
from tasks.links import REUSABLE, Link, find_link

POSTS: Final = core(PostRow)
LINKS: Final = core(ActionLinkRow)
_one_at_a_time: Final = Lock()
"""Requests of one process queue here rather than poll for the database's own lock."""
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
class Kept:
    """What became of keeping a post. `outcome` is there when the same post was answered before."""

    key: str
    new: bool
    outcome: Outcome | None = None
    busy: bool = False
    """Another post through the same single-use link is still being done; this one was not kept."""


def keep(engine: Engine, posts: Sequence[Post]) -> list[Kept]:
    """Make posts durable, each key once; in the order given.

    Raises: UnavailableError when nothing could be stored.
    """
    with _one_at_a_time, transaction(engine) as connection:
        return [_keep(connection, post) for post in posts]


def _keep(connection: Connection, post: Post) -> Kept:
    known = connection.execute(select(POSTS.c.outcome).where(POSTS.c.key == post.key)).first()
    if known is not None:
        return Kept(post.key, new=False, outcome=_outcome(known.outcome))
    kind = post.action.kind  # type: ignore[attr-defined]  # every concrete action has a kind
    if _single_use(connection, post.token_sha256):
        others = select(POSTS.c.key).where(POSTS.c.done_at.is_(None), POSTS.c.token_sha256 == post.token_sha256)
        used = select(LINKS.c.used_at).where(LINKS.c.token_sha256 == post.token_sha256)
        if connection.scalar(others) is not None or connection.scalar(used) is not None:
            return Kept(post.key, new=False, busy=True)
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = {
        "key": post.key,
        "token_sha256": post.token_sha256,
        "action": post.action.model_dump(mode="json") | {"kind": kind},
        "received_at": clock.now(),
        "address": (post.address or "")[:60] or None,
    }
    connection.execute(dialect.insert(POSTS).on_conflict_do_nothing(index_elements=["key"]), [row])
    return Kept(post.key, new=True)


def _single_use(connection: Connection, token_sha256: str) -> bool:
    action = connection.scalar(select(LINKS.c.action).where(LINKS.c.token_sha256 == token_sha256).with_for_update())
    return action is not None and action not in REUSABLE


def _outcome(stored: Mapping[str, Any] | None) -> Outcome | None:
    return None if stored is None else Outcome.model_validate(stored)


def outcome_of(engine: Engine, key: str) -> tuple[bool, Outcome | None]:
    """Whether a post of this key was kept, and its outcome once there is one."""
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


def pending(engine: Engine) -> list[Action]:
    """Posts not yet answered, oldest first: what a crash left, what waits for a server that is down."""
    with reading(engine) as connection:
        statement = select(POSTS.c.action).where(POSTS.c.done_at.is_(None)).order_by(POSTS.c.received_at, POSTS.c.key)
        return [_ACTION.validate_python(stored) for stored in connection.scalars(statement)]


def finish(engine: Engine, outcomes: Iterable[Outcome]) -> None:
    """Store what became of posts by their keys; a link that was used for something done once is spent with it."""
    at = clock.now()
    rows = [{"b_key": one.key, "b_outcome": one.model_dump(mode="json"), "b_at": at} for one in outcomes]
    spent = [row for row in rows if row["b_outcome"]["result"] != "未办理"]  # type: ignore[index]  # a dump is a mapping
    if not rows:
        return
    of_key = select(POSTS.c.token_sha256).where(POSTS.c.key == bindparam("b_key")).scalar_subquery()
    with transaction(engine) as connection:
        connection.execute(
            update(POSTS)
            .where(POSTS.c.key == bindparam("b_key"), POSTS.c.done_at.is_(None))
            .values(outcome=bindparam("b_outcome"), done_at=bindparam("b_at")),
            rows,
        )
        if spent:
            connection.execute(
                update(LINKS)
                .where(LINKS.c.token_sha256 == of_key, LINKS.c.used_at.is_(None))
                .values(used_at=bindparam("b_at")),
                [{"b_key": row["b_key"], "b_at": row["b_at"]} for row in spent],
            )
