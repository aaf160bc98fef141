"""Anybody asks anything of two cases in any order; what must never happen does not."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from builders import LEAD, OFFICE, at, packs, received, world
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from strategies import asked_of

from models import actions as a
from models.lifecycle import ENDS, STEP_OF, advance
from models.rulings import Accepted, Refused
from models.values.case import Case
from models.vocabulary import ClockKind, Publicity, Satisfaction, Stage
from models.waiting import waits_for

COLLECTIONS = (
    "assignments", "clocks", "pauses", "extensions", "contacts", "opinions", "drafts", "signatures", "letters",
    "feedback", "publications", "promises", "proposer_views",
)  # fmt: skip
QUIET = frozenset({Stage.WITHDRAWN, Stage.NOT_FILED, Stage.CLOSED, Stage.ARCHIVED})


class Office(RuleBasedStateMachine):
    """Two cases and everybody."""

    @initialize(
        stage=st.sampled_from(
            [Stage.SUBMITTED, Stage.ASSIGNED, Stage.HANDLING, Stage.APPROVED, Stage.REPLIED, Stage.ANSWERED]
        )
    )
    def start(self, stage: Stage) -> None:
        walk = at(stage, "张某某", "李某某")
        self.cases = {1: walk.case, 2: received(case_id=2, number="0002").case}
        self.today = walk.today
        self.satisfied = Counter({1: sum(one.result is Satisfaction.SATISFIED for one in walk.case.feedback)})

    @rule(count=st.integers(0, 25))
    def days_pass(self, count: int) -> None:
        self.today = min(self.today + timedelta(days=count), date(2026, 12, 31))

    @rule(which=st.sampled_from([1, 1, 1, 2]), data=st.data())
    def somebody_asks(self, which: int, data: st.DataObject) -> None:
        case = self.cases[which]
        action = data.draw(asked_of(case))
        numbers = {one.number: one for one in self.cases.values()}
        ruling = advance(case, action, world(self.today, **numbers))
        if isinstance(ruling, Refused):
            assert ruling.what
            assert not ruling.what.endswith("。")
            assert ruling.remedy.endswith(("。", "？", "?"))
            return
        self.accepted(case, action, ruling)

    @rule(which=st.sampled_from([1, 1, 2]))
    def somebody_signs_as_is_due(self, which: int) -> None:
        """What chance alone would rarely string together: the levels sign, the office passes, the letter goes."""
        usual = (a.Approve, a.PassReview, a.SendReply, a.DecidePublication)
        case = self.cases[which]
        for kind in usual:
            by = OFFICE if kind in {a.PassReview, a.DecidePublication} else LEAD
            if case.stage in STEP_OF[kind.model_fields["kind"].default].stages:
                ruling = advance(case, kind(case=case.number, by=by), world(self.today))
                if isinstance(ruling, Accepted):
                    self.accepted(case, kind(case=case.number, by=by), ruling)
                    return

    def accepted(self, before: Case, action: a.Action, ruling: Accepted) -> None:
        after = ruling.case
        step = STEP_OF[action.kind]
        assert before.stage in step.stages
        assert step.to in {None, after.stage}
        assert (after.id, after.number, after.proposers) == (before.id, before.number, before.proposers)
        assert ruling.summary
        if isinstance(action, a.SendReply):
            signed = {one.level for one in before.valid_signatures if one.sha256 == before.drafts[-1].sha256}
            assert signed >= set(packs()[before.pack].approval.levels)
            new = after.letters[len(before.letters) :]
            assert [one.addressee for one in new] == [one.key for one in before.addressees]
        if isinstance(action, a.GiveFeedback):
            self.satisfied[after.id] += action.result is Satisfaction.SATISFIED
        self.cases[after.id] = after
        self.rejoin()
        for follow_up in ruling.follow_ups:
            merged = next(one for one in self.cases.values() if one.ref == follow_up.case)
            follow = advance(merged, follow_up, world(self.today))
            assert isinstance(follow, Accepted)
            self.cases[merged.id] = follow.case
            self.rejoin()

    def rejoin(self) -> None:
        """The main case's list of merged ones, as the records keep it."""
        for case in list(self.cases.values()):
            merged = tuple(one for one in self.cases.values() if one.merged_into == case.id)
            self.cases[case.id] = replace(case, merged=merged)

    @invariant()
    def what_is_numbered_is_complete(self) -> None:
        for case in self.cases.values():
            for name in COLLECTIONS:
                numbers = [one.no for one in getattr(case, name)]
                assert numbers == list(range(1, len(numbers) + 1)), name

    @invariant()
    def one_clock_of_a_kind_runs_for_each_part(self) -> None:
        for case in self.cases.values():
            running = Counter(
                (c.kind, c.assignment_no) for c in case.clocks if c.runs and c.kind is not ClockKind.PROMISE
            )
            assert not [key for key, count in running.items() if count > 1]

    @invariant()
    def only_running_clocks_remind(self) -> None:
        for case in self.cases.values():
            assert not [c for c in case.clocks if not c.runs and c.next_rung_on]
            assert not [c for c in case.clocks if c.due_on < c.started_on and not c.rule.startswith("manual")]

    @invariant()
    def after_the_reply_no_agency_s_clock_runs(self) -> None:
        for case in self.cases.values():
            if case.stage in {Stage.REPLIED, Stage.DISSATISFIED, Stage.ANSWERED, Stage.TRACKING} | QUIET:
                running = {c.kind for c in case.clocks if c.runs}
                assert not [c for c in case.clocks if c.runs and c.assignment_no is not None]
                assert not running & {ClockKind.REPLY, ClockKind.REDO}
            if case.stage in QUIET:
                assert not [c for c in case.clocks if c.runs]

    @invariant()
    def signatures_cover_the_newest_version(self) -> None:
        for case in self.cases.values():
            for signature in case.signatures:
                live = signature.voided_on is None
                assert not live or signature.draft_no == case.drafts[-1].no
                assert case.drafts[signature.draft_no - 1].sha256 == signature.sha256

    @invariant()
    def nobody_is_satisfied_who_did_not_say_so(self) -> None:
        for case in self.cases.values():
            said = sum(one.result is Satisfaction.SATISFIED for one in case.feedback)
            assert said == self.satisfied[case.id]
            waiting = case.stage is Stage.REPLIED
            assert all(one.released_on for one in case.feedback if not (waiting and one.round == case.round))

    @invariant()
    def somebody_holds_what_is_not_at_an_end(self) -> None:
        for case in self.cases.values():
            assert bool(waits_for(case)) is (case.stage not in ENDS)

    @invariant()
    def a_merged_case_and_its_main_know_each_other(self) -> None:
        for case in self.cases.values():
            assert (case.stage is Stage.MERGED) is (case.merged_into is not None)
            assert not (case.merged_into and case.merged)
            assert not (case.merged and case.stage in QUIET - {Stage.CLOSED, Stage.ARCHIVED})

    @invariant()
    def what_is_public_was_decided_and_answered(self) -> None:
        for case in self.cases.values():
            if case.publicity is Publicity.PUBLISHED:
                assert case.publications[-1].published_on
                assert case.letters


def test_nothing_that_must_never_happen_happens():
    run_state_machine_as_test(
        Office, settings=settings(max_examples=150, stateful_step_count=40, deadline=None, derandomize=True)
    )
