from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Any

import pytest
from sqlalchemy import select, update
from walked_office import BY_LEAD, LEAD, MORNING, sign_for, walked_office

from models import actions as a
from models.errors import Fault, UnavailableError
from models.tables import ActionLinkRow, HistoryRow, PostRow, core
from models.vocabulary import Role, Stage
from tasks import clock
from tasks.coalescing import Coalescer
from tasks.database import reading, transaction
from tasks.links import Wanted, expiry, hash_of, issue_links
from tasks.posts import Post, finish, keep, outcome_of, pending, post_of
from tasks.recording import record

DOWN = UnavailableError(Fault("", "连不上 Prefect 服务器", "请稍后重试。"))


@pytest.fixture
def engine(tmp_path):
    with clock.moved_to(MORNING):
        made = walked_office(f"sqlite:///{tmp_path / 'office.sqlite'}", 50)
        yield made
    made.dispose()


class Runs:
    """The real recording task behind a gate; remembers every run."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.calls: list[tuple[str, int]] = []
        self.fails: Callable[[Sequence[a.Action]], BaseException | None] = lambda _actions: None
        self.lock = Lock()

    def __call__(self, flow: str, actions: Sequence[a.Action]) -> list[a.Outcome]:
        with self.lock:
            self.calls.append((flow, len(actions)))
        wrong = self.fails(actions)
        if wrong is not None:
            raise wrong
        return record(self.engine, actions)


@pytest.fixture
def runs(engine) -> Runs:
    return Runs(engine)


@pytest.fixture
def start(engine, runs):
    made: list[Coalescer] = []

    def begin(**options: Any) -> Coalescer:
        one = Coalescer(runs, engine, **({"retry_seconds": (0.02,)} | options))
        one.start()
        made.append(one)
        return one

    yield begin
    for one in made:
        one.stop()


def _post(action: a.Action, token: str = "t") -> Post:
    return Post(action, token, "10.0.0.1")


def _count(engine: Any, row: Any) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(core(row))).all())


def test_a_post_is_kept_once_under_its_key(engine):
    post = _post(sign_for(key="one"))
    first, second = keep(engine, [post])[0], keep(engine, [post])[0]
    assert (first.new, second.new) == (True, False)
    assert _count(engine, PostRow) == 1
    assert [action.key for action in pending(engine)] == ["one"]
    assert outcome_of(engine, "one") == (True, None)
    assert outcome_of(engine, "two") == (False, None)


def test_a_kept_action_comes_back_as_it_was(engine):
    given = a.GiveOpinion(case="0001", by=BY_LEAD, text="同意😀\n第二行", key="k")
    keep(engine, [_post(given)])
    assert pending(engine) == [given]


def test_a_finished_post_answers_for_ever(engine):
    keep(engine, [_post(sign_for(key="one"))])
    outcome = record(engine, [sign_for(key="one")])[0]
    finish(engine, [outcome])
    finish(engine, [outcome.model_copy(update={"message": "另一个说法"})])
    assert pending(engine) == []
    assert outcome_of(engine, "one") == (True, outcome)
    assert keep(engine, [_post(sign_for(key="one"))])[0].outcome == outcome


def _link(engine: Any, action: str = "签收") -> str:
    wanted = Wanted(1, action, Role.LEAD, LEAD, LEAD, None, Stage.ASSIGNED)
    with transaction(engine) as connection:
        return hash_of(issue_links(connection, [wanted], expires_on=expiry(clock.today()))[0])


def test_a_link_is_spent_by_what_was_done_not_by_what_was_refused(engine):
    links, token = core(ActionLinkRow), _link(engine)

    def used() -> Any:
        with reading(engine) as connection:
            return connection.scalar(select(links.c.used_at).where(links.c.token_sha256 == token))

    keep(engine, [_post(sign_for(key="one"), token)])
    assert keep(engine, [_post(sign_for(key="two"), token)])[0].busy
    finish(engine, [a.Outcome(key="one", case="0001", action="签收", result="未办理", message="不行。")])
    assert used() is None
    keep(engine, [_post(sign_for(key="three"), token)])
    finish(engine, record(engine, [sign_for(key="three")]))
    assert used() == clock.now().replace(microsecond=used().microsecond, second=used().second)
    assert keep(engine, [_post(sign_for(key="four"), token)])[0].busy


def test_a_link_for_several_talks_takes_several_posts(engine):
    token = _link(engine, "沟通")
    kept = keep(engine, [_post(sign_for(key=key), token) for key in ("one", "two")])
    assert [one.busy for one in kept] == [False, False]


def test_a_post_is_found_only_through_its_own_link(engine):
    token = _link(engine)
    keep(engine, [_post(sign_for(key="one"), token)])
    found = post_of(engine, token, "one")
    assert found is not None
    assert found[0].action == "签收"
    assert post_of(engine, hash_of("another"), "one") is None


def test_fifty_posts_at_once_are_a_few_runs(engine, runs, start):
    actions = [sign_for(f"{n:04}", key=f"k{n}") for n in range(1, 51)]
    coalescer = start(window_seconds=0.1)
    keep(engine, [_post(action) for action in actions])
    waiting = [coalescer.submit(action) for action in actions]
    answers = [one.result(10) for one in waiting]
    assert {answer.result for answer in answers} == {"已办理"}
    assert [answer.key for answer in answers] == [action.key for action in actions]
    assert sum(count for _, count in runs.calls) == 50
    assert len(runs.calls) <= 3
    assert pending(engine) == []


def test_each_flow_gets_its_own_actions(engine, runs, start):
    other = a.AskClarification(case="0001", by=BY_LEAD, question="哪一段", key="q")
    coalescer = start()
    keep(engine, [_post(sign_for(key="s")), _post(other)])
    assert [coalescer.submit(one).result(10).refused for one in (sign_for(key="s"), other)] == [False, False]
    assert sorted(runs.calls) == [("handle", 1), ("sign_for", 1)]


def test_posts_left_by_a_crash_are_taken_up(engine, runs, start):
    keep(engine, [_post(sign_for(key="left"))])
    coalescer = start(window_seconds=0.2)
    answer = coalescer.watch("left")
    assert answer is not None
    assert answer.result(10).result == "已办理"
    assert pending(engine) == []


def test_what_was_done_before_the_crash_is_not_done_again(engine, start):
    keep(engine, [_post(sign_for(key="left"))])
    record(engine, [sign_for(key="left")])
    before = _count(engine, HistoryRow)
    coalescer = start(window_seconds=0.2)
    answer = coalescer.watch("left")
    assert answer is not None
    assert answer.result(10).result == "已办过"
    assert _count(engine, HistoryRow) == before


def test_a_server_that_is_down_delays_and_loses_nothing(engine, runs, start):
    tried = Event()
    down = [True, True, True]

    def fails(_actions: Sequence[a.Action]) -> BaseException | None:
        tried.set()
        return DOWN if down and down.pop() else None

    runs.fails = fails
    action = sign_for(key="one")
    coalescer = start()
    keep(engine, [_post(action)])
    answer = coalescer.submit(action)
    assert tried.wait(10)
    assert answer.result(10).result == "已办理"
    assert len(runs.calls) == 4
    assert pending(engine) == []


def test_one_post_that_breaks_does_not_hold_up_the_others(engine, runs, start):
    runs.fails = lambda actions: RuntimeError("bug") if any(one.key == "bad" for one in actions) else None
    good, bad = [sign_for(f"{n:04}", key=f"k{n}") for n in (1, 2, 3)], sign_for("0004", key="bad")
    coalescer = start(window_seconds=0.1, retry_seconds=(60.0,))
    keep(engine, [_post(action) for action in (*good, bad)])
    answers = [coalescer.submit(action) for action in (*good, bad)]
    assert [answer.result(10).result for answer in answers[:3]] == ["已办理"] * 3
    assert coalescer.waiting == 1
    assert [action.key for action in pending(engine)] == ["bad"]


def test_stopping_leaves_what_is_not_done_for_the_next_start(engine, runs):
    runs.fails = lambda _actions: DOWN
    coalescer = Coalescer(runs, engine, retry_seconds=(60.0,))
    coalescer.start()
    action = sign_for(key="one")
    keep(engine, [_post(action)])
    answer = coalescer.submit(action)
    coalescer.stop()
    assert answer.cancelled()
    assert not coalescer.alive
    assert [one.key for one in pending(engine)] == ["one"]


def test_posts_wait_in_the_order_they_came(engine):
    keep(engine, [_post(sign_for(f"{n:04}", key=f"k{n}")) for n in (3, 1, 2)])
    posts = core(PostRow)
    with transaction(engine) as connection:
        for n, hour in ((3, 9), (1, 7), (2, 8)):
            at = MORNING.replace(hour=hour)
            connection.execute(update(posts).where(posts.c.key == f"k{n}").values(received_at=at))
    assert [action.key for action in pending(engine)] == ["k1", "k2", "k3"]
