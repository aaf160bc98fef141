from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Lock
from typing import Any

import pytest
from sqlalchemy import select, update
from walked_office import BY_CO, BY_LEAD, LEAD, MORNING, sign_for, walked_office

from models import actions as a
from models.errors import Fault, UnavailableError
from models.tables.fields import core
from models.tables.history import HistoryRow
from models.tables.pages import ActionLinkRow, PostRow
from models.vocabulary import Role, Stage
from tasks import clock
from tasks import posts as kept_posts
from tasks.answering import Answering
from tasks.coalescing import Coalescer
from tasks.database import make_engine, reading, transaction
from tasks.links import Wanted, expiry, hash_of, issue_links
from tasks.loading import load_cases
from tasks.posts import Post, answer, finish, outcome_of, pending, post_of
from tasks.recording import record

DOWN = UnavailableError(Fault("", "连不上 Prefect 服务器", "请稍后重试。"))


@pytest.fixture
def engine(home, new_database):
    with clock.moved_to(MORNING):
        made = walked_office(new_database(home), 50)
        yield made
    made.dispose()


class Runs:
    """Stands for the flow runs, behind a gate; remembers every one."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.calls: list[tuple[str, int]] = []
        self.fails: Callable[[Sequence[a.Action]], BaseException | None] = lambda _actions: None
        self.lock = Lock()

    def __call__(self, flow: str, actions: Sequence[a.Action], recorded: Sequence[a.Outcome]) -> list[a.Outcome]:
        with self.lock:
            self.calls.append((flow, len(actions)))
        wrong = self.fails(actions)
        if wrong is not None:
            raise wrong
        return list(recorded) or record(self.engine, actions)


@pytest.fixture
def runs(engine) -> Runs:
    return Runs(engine)


@pytest.fixture
def start(engine, runs):
    made: list[Any] = []

    def begin(**options: Any) -> tuple[Answering, Coalescer]:
        runner = Coalescer(runs, engine, **({"retry_seconds": (0.02,), "window_seconds": 0.1} | options))
        counter = Answering(engine, runner.submit)
        made.extend((counter, runner))
        runner.start()
        counter.start()
        return counter, runner

    yield begin
    for one in made:
        one.stop()


def _until(holds: Callable[[], bool]) -> None:
    waiting = Event()
    for _ in range(500):
        if holds():
            return
        waiting.wait(0.02)
    raise AssertionError("it did not come about within ten seconds")


def _post(action: a.Action, token: str = "t") -> Post:
    return Post(action, token, "10.0.0.1")


def _count(engine: Any, row: Any) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(core(row))).all())


def test_a_post_is_answered_by_the_rules_and_kept_at_once(engine):
    first, again = answer(engine, [_post(sign_for(key="one"))])[0], answer(engine, [_post(sign_for(key="one"))])[0]
    assert (first.new, again.new) == (True, False)
    assert first.outcome is not None
    assert first.outcome.result == "已办理"
    assert again.outcome == first.outcome
    assert _count(engine, PostRow) == 1
    assert [job.action.key for job in pending(engine)] == ["one"]
    assert outcome_of(engine, "one") == (True, first.outcome)
    assert outcome_of(engine, "two") == (False, None)


def test_the_same_key_twice_in_one_batch_is_recorded_once(engine):
    before = _count(engine, HistoryRow)
    both = answer(engine, [_post(sign_for(key="one")), _post(sign_for(key="one"))])
    assert [one.new for one in both] == [True, False]
    assert both[0].outcome == both[1].outcome
    assert _count(engine, HistoryRow) == before + 1


def test_what_the_rules_refuse_needs_no_run_and_spends_no_link(engine):
    token = _link(engine)
    answer(engine, [_post(sign_for(key="one"))])
    refused = answer(engine, [_post(sign_for(key="two"), token)])[0].outcome
    assert refused is not None
    assert refused.refused
    assert [job.action.key for job in pending(engine)] == ["one"]
    assert _used(engine, token) is None


def test_a_kept_action_comes_back_as_it_was(engine):
    given = a.GiveOpinion(case="0001", by=BY_CO, text="同意😀\n第二行", key="k")
    answer(engine, [_post(sign_for(key="s", by=BY_CO)), _post(given)])
    assert given in [job.action for job in pending(engine)]


def test_a_finished_post_keeps_its_answer(engine):
    outcome = answer(engine, [_post(sign_for(key="one"))])[0].outcome
    assert outcome is not None
    finish(engine, [outcome.model_copy(update={"message": "另一个说法"})])
    assert pending(engine) == []
    assert kept_posts.unfinished(engine, ["one"]) == set()
    assert outcome_of(engine, "one") == (True, outcome)


def _link(engine: Any, action: str = "签收") -> str:
    wanted = Wanted(1, action, Role.LEAD, LEAD, LEAD, None, Stage.ASSIGNED)
    with transaction(engine) as connection:
        return hash_of(issue_links(connection, [wanted], expires_on=expiry(clock.today()))[0])


def _used(engine: Any, token: str) -> Any:
    links = core(ActionLinkRow)
    with reading(engine) as connection:
        return connection.scalar(select(links.c.used_at).where(links.c.token_sha256 == token))


def test_a_link_for_one_use_is_spent_with_the_answer(engine):
    token = _link(engine)
    first, second = answer(engine, [_post(sign_for(key="one"), token), _post(sign_for(key="two"), token)])
    assert (first.new, second.used) == (True, True)
    assert _used(engine, token) is not None
    assert answer(engine, [_post(sign_for(key="three"), token)])[0].used
    assert _count(engine, PostRow) == 1


def test_a_link_for_several_talks_takes_several_posts_but_not_a_flood(engine, monkeypatch):
    token = _link(engine, "沟通")
    monkeypatch.setattr(kept_posts, "TOKEN_LIMIT", 3)
    asked = [a.AskClarification(case="0001", by=BY_LEAD, question="哪一段", key=f"k{n}") for n in range(5)]
    kept = answer(engine, [_post(action, token) for action in asked])
    assert [one.too_many for one in kept] == [False, False, False, True, True]
    assert not any(one.used for one in kept)
    assert answer(engine, [_post(asked[4], token)])[0].too_many
    with clock.moved_to(MORNING.replace(minute=30)):
        assert not answer(engine, [_post(asked[4], token)])[0].too_many


def test_a_post_is_found_only_through_its_own_link(engine):
    token = _link(engine)
    answer(engine, [_post(sign_for(key="one"), token)])
    found = post_of(engine, token, "one")
    assert found is not None
    assert found[0].action == "签收"
    assert post_of(engine, hash_of("another"), "one") is None


def test_fifty_posts_at_once_are_answered_before_their_one_run(engine, runs, start):
    counter, runner = start(window_seconds=0.5)
    waiting = [counter.ask([_post(sign_for(f"{n:04}", key=f"k{n}"))]) for n in range(1, 51)]
    answers = [one.result(10)[0] for one in waiting]
    assert runs.calls == []
    assert {one.outcome.result for one in answers if one.outcome} == {"已办理"}
    assert [one.post.key for one in answers] == [f"k{n}" for n in range(1, 51)]
    _until(lambda: runner.waiting == 0)
    assert sum(count for _, count in runs.calls) == 50
    assert len(runs.calls) <= 2
    assert pending(engine) == []


def test_each_flow_gets_its_own_actions(engine, runs, start):
    counter, runner = start()
    other = a.AskClarification(case="0001", by=BY_LEAD, question="哪一段", key="q")
    answers = counter.ask([_post(sign_for(key="s")), _post(other)]).result(10)
    assert not any(one.outcome is None or one.outcome.refused for one in answers)
    _until(lambda: runner.waiting == 0)
    assert sorted(runs.calls) == [("handle", 1), ("sign_for", 1)]


def test_posts_left_by_a_crash_get_their_run_at_the_next_start(engine, runs, start):
    answer(engine, [_post(sign_for(key="left"))])
    before = _count(engine, HistoryRow)
    start()
    _until(lambda: pending(engine) == [])
    assert runs.calls == [("sign_for", 1)]
    assert _count(engine, HistoryRow) == before


def test_posts_an_older_version_kept_unanswered_are_recorded_by_their_run(engine, runs, start):
    token = _link(engine)
    answer(engine, [_post(sign_for("0002", key="left"), token)])
    fresh = sign_for("0003", key="old").model_dump(mode="json") | {"kind": "签收"}
    posts, links = core(PostRow), core(ActionLinkRow)
    with transaction(engine) as connection:
        connection.execute(update(links).values(used_at=None))
        connection.execute(update(posts).values(key="old", action=fresh, outcome=None, done_at=None))
    assert answer(engine, [_post(sign_for("0004", key="second"), token)])[0].used
    start()
    _until(lambda: pending(engine) == [])
    known, outcome = outcome_of(engine, "old")
    assert known
    assert outcome is not None
    assert outcome.result == "已办理"
    assert _used(engine, token) is not None


def test_posts_of_a_process_that_is_gone_are_taken_up_by_another(engine, runs, start):
    start(look_seconds=0.05, orphaned=timedelta(0))
    answer(engine, [_post(sign_for(key="left"))])
    _until(lambda: pending(engine) == [])
    assert runs.calls == [("sign_for", 1)]


def test_what_another_process_carried_out_is_not_run_again(engine, runs, start):
    counter, runner = start(window_seconds=0.3)
    outcome = counter.ask([_post(sign_for(key="one"))]).result(10)[0].outcome
    assert outcome is not None
    finish(engine, [outcome])
    _until(lambda: runner.waiting == 0)
    assert runs.calls == []


def test_a_server_that_is_down_delays_the_run_and_not_the_answer(engine, runs, start):
    down = [True, True, True]
    runs.fails = lambda _actions: DOWN if down and down.pop() else None
    counter, _runner = start()
    outcome = counter.ask([_post(sign_for(key="one"))]).result(10)[0].outcome
    assert outcome is not None
    assert outcome.result == "已办理"
    _until(lambda: pending(engine) == [])
    assert len(runs.calls) == 4


def test_one_run_that_breaks_does_not_hold_up_the_others(engine, runs, start):
    runs.fails = lambda actions: RuntimeError("bug") if any(one.key == "bad" for one in actions) else None
    counter, runner = start(retry_seconds=(60.0,))
    posts = [_post(sign_for(f"{n:04}", key=key)) for n, key in enumerate(("k1", "k2", "bad"), start=1)]
    counter.ask(posts).result(10)
    _until(lambda: runner.waiting == 1)
    assert [job.action.key for job in pending(engine)] == ["bad"]


def test_one_form_that_breaks_does_not_hold_up_the_others(engine, start, monkeypatch):
    real = kept_posts.record_with_cases

    def breaks(connection: Any, actions: Any) -> Any:
        if any(one.key == "bad" for one in actions):
            raise RuntimeError("bug")
        return real(connection, actions)

    monkeypatch.setattr(kept_posts, "record_with_cases", breaks)
    counter = Answering(engine, lambda _jobs: None)
    asked = [counter.ask([_post(sign_for(f"{n:04}", key=key))]) for n, key in ((1, "good"), (2, "bad"), (3, "fine"))]
    counter.start()
    assert isinstance(asked[1].exception(10), RuntimeError)
    assert [asked[n].result(10)[0].new for n in (0, 2)] == [True, True]
    counter.stop()
    assert isinstance(counter.ask([]).exception(1), UnavailableError)
    assert _count(engine, PostRow) == 2


def test_stopping_leaves_what_has_no_run_for_the_next_start(engine, runs):
    runs.fails = lambda _actions: DOWN
    runner = Coalescer(runs, engine, retry_seconds=(60.0,))
    runner.start()
    runner.submit(kept_posts.pending(engine))
    answer(engine, [_post(sign_for(key="one"))])
    runner.stop()
    assert not runner.alive
    assert [job.action.key for job in pending(engine)] == ["one"]


def test_two_processes_answer_one_post_of_a_link_for_one_use(engine):
    token = _link(engine)
    url = engine.url.render_as_string(hide_password=False)
    others = [make_engine(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(answer, other, [_post(sign_for(key=f"k{n}"), token)]) for n, other in enumerate(others)]
        answers = [one.result(30)[0] for one in asked]
    for other in others:
        other.dispose()
    assert sorted(one.used for one in answers) == [False, True, True, True]
    assert _count(engine, PostRow) == 1


def test_the_case_that_comes_with_an_answer_is_the_one_in_the_database(engine):
    (told,) = answer(engine, [_post(sign_for("0001"))])
    with reading(engine) as connection:
        (stored,) = load_cases(connection, [told.case.id]).values()
    assert told.case == stored
    assert stored.assignments[0].signed_on is not None
