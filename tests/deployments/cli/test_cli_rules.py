"""The rules in force: packs and calendars."""

from importlib.resources import files

import pytest

POLICIES = files("models").joinpath("policies")
CALENDARS = files("models").joinpath("calendars")


def test_every_pack_is_listed_and_can_be_shown(banli, home):
    codes = [one["code"] for one in banli("policy", "list", "--json").document]
    assert {"national_npc", "national_cppcc", "zhejiang", "anhui"} <= set(codes)
    for code in codes:
        assert banli("policy", "show", code).code == 0
    assert "浙江省规定第二十一条" in banli("policy", "show", "zhejiang").out


def test_what_no_source_gives_is_named_and_every_value_says_how_sure_it_is(banli, home):
    shown = banli("policy", "show", "beijing")
    assert "来源没有规定、因此不计时的（人大）：受理告知、交办、退办申请、重新交办、首次沟通、会办意见" in shown.out
    assert "定期报告。" in shown.out
    assert "policies 文件夹" in shown.out
    assert "比照代表法" not in banli("policy", "show", "sichuan_government").out, "what nobody meets is not listed"
    assert "推定" in banli("policy", "show", "shandong").out
    unsaid = banli("policy", "show", "chongqing", "--json").document["unsaid"]
    assert unsaid["人大"] == ["受理告知", "阶段答复"]
    assert "首次沟通" in unsaid["政协"]


def test_a_pack_that_is_not_there_is_answered_with_the_nearest(banli, home):
    ended = banli("policy", "show", "zhejang")
    assert (ended.code, "是不是“zhejiang”？" in ended.err) == (2, True)


def test_a_pack_of_the_office_is_listed_too(banli, home):
    (home / "policies").mkdir(parents=True)
    text = POLICIES.joinpath("anhui.toml").read_text(encoding="utf-8").replace('code = "anhui"', 'code = "yunxi"')
    (home / "policies" / "yunxi.toml").write_text(text, encoding="utf-8")
    assert "yunxi" in [one["code"] for one in banli("policy", "list", "--json").document]
    assert banli("policy", "check", home / "policies" / "yunxi.toml").code == 0


@pytest.mark.parametrize("name", ["zhejiang.toml", "chongqing_township.toml", "national_npc.toml"])
def test_a_good_pack_passes(banli, home, name):
    assert banli("policy", "check", str(POLICIES.joinpath(name))).out.startswith("核对无误")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[pack", "不是有效的 TOML"),
        ('[pack]\ncode = "yunxi"\nextends = "nowhere"\n', "没有规则包 nowhere"),
        ("pack = 3\n", "坏.toml"),
    ],
)
def test_a_wrong_pack_is_refused_with_file_and_key(banli, home, tmp_path, text, words):
    (tmp_path / "坏.toml").write_text(text, encoding="utf-8")
    ended = banli("policy", "check", tmp_path / "坏.toml")
    assert (ended.code, words in ended.err) == (2, True), ended.err


def test_a_file_that_cannot_be_read_is_refused(banli, home, tmp_path):
    assert "打不开" in banli("policy", "check", tmp_path / "没有.toml").err
    (tmp_path / "坏.toml").write_bytes("规则".encode("gb18030"))
    assert "UTF-8" in banli("policy", "check", tmp_path / "坏.toml").err
    assert banli("calendar", "check", tmp_path / "没有.toml").code == 3


def test_a_year_with_its_notice_and_one_without(banli, home):
    known = banli("calendar", "show", "2026", "--json").document
    assert known["source"] == "国办发明电〔2025〕7号"
    assert len(known["makeups"]) == 6
    assert "暂定" not in banli("calendar", "show", "2026").out
    assert "均为暂定" in banli("calendar", "show", "2031").out
    assert banli("calendar", "show", "31").code == 2


def test_a_notice_is_checked(banli, home, tmp_path):
    good = CALENDARS.joinpath("2026.toml").read_text(encoding="utf-8")
    assert banli("calendar", "check", str(CALENDARS.joinpath("2026.toml"))).out.startswith("核对无误：2026年")
    (tmp_path / "坏.toml").write_text(good.replace("to = 2026-01-03", "to = 2025-11-03"), encoding="utf-8")
    ended = banli("calendar", "check", tmp_path / "坏.toml")
    assert (ended.code, "坏.toml" in ended.err) == (2, True)
