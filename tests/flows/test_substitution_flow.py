"""The form in which the office names a substitute."""

from datetime import date

from flows.substitution import name_substitute
from tasks.database import reading
from tasks.substituting import registered


def test_the_form_enters_a_substitute_or_says_why_not(office, prefect_server):
    days = {"from_on": date(2026, 3, 1), "until_on": date(2026, 3, 10), "reason": "出差", "return_state": True}
    made = name_substitute("民政局", "核稿", "钱科长", "孙副科长", **days)
    assert (made.is_completed(), made.message) == (
        True, "已登记第1号：钱科长2026-03-01至2026-03-10由孙副科长代签“核稿”",
    )  # fmt: skip
    again = name_substitute("民政局", "核稿", "钱科长", "周科员", **days)
    assert again.is_failed()
    assert (
        again.message
        == "民政局“核稿”：钱科长2026-03-01至2026-03-10已由孙副科长代签（第1号）。需要更换的，请先撤销原来的代签。"
    )
    with reading(office) as connection:
        assert [one.recorded_by for one in registered(connection)] == ["督办单位经办人"]
