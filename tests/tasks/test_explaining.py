"""The sentences behind a date: the same ones everywhere, and never a reason not to send."""

from dataclasses import replace

from builders import OFFICE, at, calendar, day, world

from models import actions as a
from models.clocks import derive, reply_clock
from models.vocabulary import Stage
from tasks.explaining import steps_of


def test_the_derivation_s_own_sentences_are_told():
    case, here = at(Stage.HANDLING).case, world(day(3, 2))
    assert steps_of(case, reply_clock(case), here) == derive(case, reply_clock(case), here).steps


def test_a_date_a_person_fixed_says_so():
    walk = at(Stage.FILED).do(a.Assign(case="0001", by=OFFICE, lead="民政局", due_on=day(4, 30)))
    assert steps_of(walk.case, reply_clock(walk.case), world(day(3, 2))) == ("期限由督办单位指定：2026年4月30日。",)


def test_rules_that_are_gone_leave_the_date_and_stop_nothing():
    case, here = at(Stage.HANDLING).case, replace(world(day(3, 2)), packs={})
    (said,) = steps_of(case, reply_clock(case), here)
    assert said == "没有规则包 yunling，本件按它办理；登记时算得2026年5月25日。"


def test_a_date_not_yet_worked_out_again_is_told_beside_what_the_rules_say_now():
    case, here = at(Stage.HANDLING).case, world(day(3, 2))
    stored = replace(reply_clock(case), due_on=calendar().add(reply_clock(case).due_on, -2))
    assert "尚未重算" in steps_of(case, stored, here)[-1]
