from __future__ import annotations

from importlib.resources import files

import pytest

from models.errors import PolicyError
from models.packs import Packs, parse_pack, parse_packs
from models.vocabulary import ClockKind, HandlingRole, ProposalKind, StartEvent, Track, Unit

TEXTS = {entry.name: entry.read_text(encoding="utf-8") for entry in files("models").joinpath("policies").iterdir()}
PACKS = parse_packs(TEXTS)
NPC = TEXTS["national_npc.toml"]
PLACES = {
    "national_npc",
    "national_cppcc",
    "anhui",
    "beijing",
    "chongqing",
    "chongqing_township",
    "henan",
    "qingdao",
    "shandong",
    "shandong_township",
    "shanghai",
    "sichuan_government",
    "zhejiang",
}


def child(clock="", **sections):
    head = '[pack]\ncode = "place"\nname = "某地"\nextends = "national_npc"\ntracks = ["人大"]\nversion = "1"\nsource = "某条例"\n'
    return head + clock + "".join(sections.values())


def clock(**changes):
    values = {
        "id": '"place.reply"',
        "step": '"答复"',
        "tracks": '["人大"]',
        "length": "2",
        "unit": '"个月"',
        "start": '"交办之日"',
        "roll": "true",
        "source": '"某条例"',
        "confidence": '"V"',
    } | changes
    return "[[clocks]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value)


def test_all_places_are_shipped():
    assert set(PACKS) == PLACES


@pytest.mark.parametrize(
    ("code", "track", "step", "in_recess", "length", "unit", "start"),
    [
        ("national_npc", Track.NPC, ClockKind.REPLY, False, 3, Unit.MONTHS, StartEvent.ASSIGNED),
        ("national_cppcc", Track.CPPCC, ClockKind.REPLY, True, 3, Unit.MONTHS, StartEvent.ASSIGNED),
        ("zhejiang", Track.NPC, ClockKind.REPLY, False, 3, Unit.MONTHS, StartEvent.RECEIVED),
        ("zhejiang", Track.CPPCC, ClockKind.REPLY, False, 3, Unit.MONTHS, StartEvent.ASSIGNED),
        ("zhejiang", Track.NPC, ClockKind.ACCEPTANCE, True, 7, Unit.DAYS, StartEvent.ACCEPTED),
        ("zhejiang", Track.NPC, ClockKind.CO_OPINION, False, 2, Unit.MONTHS, StartEvent.RECEIVED),
        ("shanghai", Track.NPC, ClockKind.ASSIGNMENT, True, 7, Unit.WORKDAYS, StartEvent.SUBMITTED),
        ("shanghai", Track.NPC, ClockKind.ASSIGNMENT, False, 1, Unit.MONTHS, StartEvent.SESSION_CLOSED),
        ("shandong_township", Track.NPC, ClockKind.REPLY, False, 2, Unit.MONTHS, StartEvent.SESSION_CLOSED),
        ("shandong_township", Track.NPC, ClockKind.OBJECTION, False, 5, Unit.DAYS, StartEvent.RECEIVED),
        ("qingdao", Track.NPC, ClockKind.OBJECTION, False, 5, Unit.WORKDAYS, StartEvent.RECEIVED),
        ("henan", Track.NPC, ClockKind.FEEDBACK, False, 10, Unit.WORKDAYS, StartEvent.REPLY_RECEIVED),
        ("chongqing", Track.NPC, ClockKind.CO_OPINION_REDO, False, 5, Unit.WORKDAYS, StartEvent.DEMANDED),
        ("chongqing", Track.NPC, ClockKind.FIRST_CONTACT, False, 20, Unit.WORKDAYS, StartEvent.RECEIVED),
        ("chongqing_township", Track.NPC, ClockKind.REPLY, False, 2, Unit.MONTHS, StartEvent.ASSIGNED),
        ("beijing", Track.NPC, ClockKind.REDO, False, 2, Unit.MONTHS, StartEvent.REDO_ORDERED),
        ("sichuan_government", Track.CPPCC, ClockKind.REPLY, False, 5, Unit.MONTHS, StartEvent.RECEIVED),
        ("sichuan_government", Track.CPPCC, ClockKind.REPLY, True, 3, Unit.MONTHS, StartEvent.RECEIVED),
        ("anhui", Track.CPPCC, ClockKind.PUBLICATION, False, 20, Unit.WORKDAYS, StartEvent.REPLIED),
        ("henan", Track.NPC, ClockKind.PUBLICATION, False, 20, Unit.WORKDAYS, StartEvent.FORMED),
    ],
)
def test_places_have_their_own_terms(code, track, step, in_recess, length, unit, start):  # noqa: PLR0917  a row of the table of rules
    found = PACKS[code].clock(step, track=track, in_recess=in_recess)
    assert (found.length, found.unit, found.start) == (length, unit, start)


@pytest.mark.parametrize(
    ("code", "track", "step", "in_recess"),
    [
        ("national_cppcc", Track.CPPCC, ClockKind.FEEDBACK, False),
        ("national_npc", Track.NPC, ClockKind.OBJECTION, False),
        ("zhejiang", Track.NPC, ClockKind.FEEDBACK, False),
        ("zhejiang", Track.NPC, ClockKind.ACCEPTANCE, False),
        ("beijing", Track.NPC, ClockKind.CO_OPINION, False),
    ],
)
def test_what_no_source_gives_is_absent(code, track, step, in_recess):
    assert PACKS[code].clock(step, track=track, in_recess=in_recess) is None


@pytest.mark.parametrize("code", sorted(PLACES))
def test_every_rule_names_its_source(code):
    for rule in PACKS[code].clocks:
        assert rule.source
        assert PACKS[code].rule(rule.rule_id) is rule
        assert hash(rule) == hash(rule.model_copy())


@pytest.mark.parametrize(
    ("code", "total", "added", "consent", "informs"),
    [
        ("national_npc", 6, None, None, False),
        ("beijing", 6, None, "交办机关", False),
        ("shanghai", None, 3, "交办机关", True),
        ("henan", 6, None, None, True),
        ("shandong_township", 4, None, None, False),
    ],
)
def test_extensions_name_who_consents_only_where_a_source_does(code, total, added, consent, informs):
    allowed = PACKS[code].clock(ClockKind.REPLY, track=Track.NPC, in_recess=False).extension
    assert (allowed.total_length, allowed.added_length, allowed.consent, allowed.inform_proposer) == (
        total,
        added,
        consent,
        informs,
    )


def test_the_letter_c_means_what_its_owner_says():
    meanings = {PACKS[code].class_meaning("C") for code in ("national_cppcc", "zhejiang", "shanghai", "qingdao")}
    assert len(meanings) == 4
    assert PACKS["beijing"].class_meaning("E") is None


def test_a_pack_inherits_and_says_from_whom():
    assert PACKS["qingdao"].lineage == ("shandong", "national_cppcc", "national_npc")
    assert PACKS["chongqing"].reminder_ladder == PACKS["national_npc"].ladders["1171"]
    assert PACKS["beijing"].reminder_ladder == PACKS["national_npc"].ladders["标准"]
    assert PACKS["beijing"].code == "beijing"


def test_the_narrowest_wording_of_a_pack_wins():
    text = child(clock(id='"place.a"') + clock(id='"place.b"', for_role='"会办"', length="1"))
    pack = parse_pack(text, "place.toml", PACKS["national_npc"])
    asked = {"track": Track.NPC, "in_recess": False}
    assert pack.clock(ClockKind.REPLY, role=HandlingRole.CO_HANDLER, **asked).rule_id == "place.b"
    assert pack.clock(ClockKind.REPLY, role=HandlingRole.LEAD, **asked).rule_id == "place.a"


def test_a_place_may_replace_a_rule_by_its_id():
    pack = parse_pack(child(clock(id='"npc.reply"')), "place.toml", PACKS["national_npc"])
    assert pack.rule("npc.reply").length == 2
    assert pack.rule("no.such") is None


LADDER = '[ladders."甲"]\nyellow_workdays = 7\nred_workdays = 3\nsource = "样例"\nconfidence = "I"\n'


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("[pack", ["place.toml：不是有效的 TOML"]),
        (child(clock(lenght="3")), ["place.toml·clocks·第1项·lenght：不认识的键"]),
        (child(clock(length="-3")), ["place.toml·clocks·第1项·length：-3 太小。应大于 0。"]),
        (child(clock(length='"3"')), ['place.toml·clocks·第1项·length："3" 不是整数']),
        (child(clock(unit='"周"')), ['place.toml·clocks·第1项·unit：不认识的值 "周"', "工作日、日、个月"]),
        (child(clock(confidence='"X"')), ['confidence：不认识的值 "X"']),
        (child(clock(source="")), ["clocks·第1项·source：缺少这一项"]),
        (child(clock(source="", unit='"周"')), ["unit：不认识的值", "source：缺少这一项"]),
        (child(clock(tracks='"人大"')), ["clocks·第1项·tracks", "无法识别"]),
        (child(clock(extension='{ total_length = 1, unit = "个月" }')), ["延期总时限1不长于原时限2"]),
        (child(clock(extension='{ total_length = 9, unit = "个月" }')), ["延期后最长9个月，超过全国人大的上限6个月"]),
        (child(clock(extension='{ added_length = 5, unit = "个月" }')), ["延期后最长7个月，超过全国人大的上限6个月"]),
        (child(clock(extension='{ total_length = 60, unit = "日" }')), ["延期总时限的单位与原时限不同"]),
        (child(clock(extension='{ unit = "个月" }')), ["延期应当且只能写总时限或加时"]),
        (child(clock(length="")), ["时限长度与固定日期应当且只能写一样", "length 与 unit 应同时写"]),
        (child(clock(start='"固定日期"')), ["固定日期与起算日不一致"]),
        (child(clock(length="", unit="", start='"固定日期"', month_day='"06-31"')), ["没有 06-31 这一天"]),
        (child(clock(length="", unit="", start='"固定日期"', month_day='"02-29"')), ["没有 02-29 这一天"]),
        (child(clock() + clock()), ["这个 id 用了2次", "人大的答复时限写了2条，适用范围相同"]),
        (
            child(classes='[classes]\nowner = "某地"\nsource = "某文"\nconfidence = "V"\n[classes.letters]\n'),
            ["classes·letters"],
        ),
        (
            child(
                classes='[classes]\nowner = "某地"\nsource = "某文"\nconfidence = "V"\n[classes.letters]\nAB = "两类"\n'
            ),
            ["place.toml·classes·letters·AB：类别代号应是一个字"],
        ),
        (
            child(ladder='[ladder]\nuse = "无"\nquiet_from_hour = 18\nquiet_until_hour = 8\n'),
            ["没有名为 无 的催办阶梯"],
        ),
        (
            child(ladders=LADDER + 'rungs = [{from_workdays = 0, text = "甲"}, {from_workdays = 0, text = "乙"}]\n'),
            ["写了两次"],
        ),
        (
            child(ladders=LADDER + 'rungs = [{from_workdays = 0, to_workdays = -1, text = "甲"}]\n'),
            ["没有 every_workdays", "止于-1"],
        ),
        (
            child(
                ladders=LADDER.replace("red_workdays = 3", "red_workdays = 9")
                + 'rungs = [{from_workdays = 0, text = "甲"}]\n'
            ),
            ["红灯早于黄灯"],
        ),
        (
            child(
                numbering='[numbering]\nproposal = "第{n}号"\nrecess = "{serial"\ndocument = "{serial}"\nsource = "某"\nconfidence = "I"\n'
            ),
            ["numbering·proposal：不认识的词 n", "编号格式里没有 {serial}", "花括号不成对"],
        ),
        (
            child().replace(
                'tracks = ["人大"]', 'tracks = ["人大"]\nin_force_from = 2026-01-02\nin_force_to = 2026-01-01'
            ),
            ["失效日2026-01-01早于生效日2026-01-02"],
        ),
    ],
)
def test_a_wrong_pack_is_refused_with_file_key_and_reason(text, sentences):
    with pytest.raises(PolicyError) as refused:
        parse_pack(text, "place.toml", PACKS["national_npc"])
    for sentence in sentences:
        assert sentence in str(refused.value)


def test_a_pack_without_its_base_is_refused():
    with pytest.raises(PolicyError, match="继承自 national_npc，但未随同给出"):
        parse_pack(child(), "place.toml")


def test_a_pack_that_is_no_table_is_refused():
    with pytest.raises(PolicyError, match="缺少这一项"):
        parse_pack("pack = 3", "place.toml")


def test_packs_may_not_inherit_in_a_circle():
    circle = {
        "a.toml": child().replace("place", "a").replace("national_npc", "b"),
        "b.toml": child().replace("place", "b").replace("national_npc", "a"),
    }
    with pytest.raises(PolicyError, match="规则包相互继承成环：a → b → a"):
        parse_packs(circle)


def test_a_base_must_exist():
    with pytest.raises(PolicyError, match="没有规则包 national_npc"):
        parse_packs({"place.toml": child()})


def test_a_pack_is_built_and_checked_when_it_is_asked_for():
    packs = Packs({**TEXTS, "place.toml": child().replace("national_npc", "nowhere")})
    assert "place" in packs
    assert packs["national_npc"] == PACKS["national_npc"]
    assert packs["national_npc"] is packs["national_npc"]
    assert "nowhere" not in packs
    with pytest.raises(KeyError):
        packs["nowhere"]
    with pytest.raises(PolicyError, match="没有规则包 nowhere"):
        packs["place"]
    with pytest.raises(PolicyError, match="没有规则包 nowhere"):
        dict(packs)


def test_a_code_names_one_pack():
    with pytest.raises(PolicyError, match=r"national_npc 已由 甲\.toml 使用"):
        parse_packs({"甲.toml": NPC, "乙.toml": NPC})


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{place}关于第{number}号提案答复的函", "不认识的词 place"),
        ("关于第{number:>5}号提案答复的函", "花括号里只能写词"),
        ("关于第{number!r}号提案答复的函", "花括号里只能写词"),
    ],
)
def test_a_title_that_no_letter_could_fill_in_is_refused_at_load(pattern, said):
    text = child(titles=f'[titles.session]\n"政协提案" = "{pattern}"\n')
    with pytest.raises(PolicyError, match=said):
        parse_pack(text, "place.toml", PACKS["national_npc"])


def test_a_title_may_name_the_organ_that_answers():
    text = child(titles='[titles.session]\n"政协提案" = "{organ}关于第{number}号提案答复的函"\n')
    parse_pack(text, "place.toml", PACKS["national_npc"])


def test_titles_may_be_changed_one_by_one():
    text = child(
        titles='[titles]\nsalutation_one = "尊敬的{name}{title}:"\n[titles.session]\n"政协提案" = "关于第{number}号提案的答复"\n'
    )
    titles, base = parse_pack(text, "place.toml", PACKS["national_npc"]).titles, PACKS["national_npc"].titles
    assert titles.salutation_one == "尊敬的{name}{title}:"
    assert titles.salutation_many == base.salutation_many
    assert titles.session[ProposalKind.PROPOSAL] == "关于第{number}号提案的答复"
    assert titles.session[ProposalKind.SUGGESTION] == base.session[ProposalKind.SUGGESTION]


@pytest.mark.parametrize(
    ("code", "number"), [("national_npc", "0050"), ("national_cppcc", "00050"), ("zhejiang", "50"), ("qingdao", "50")]
)
def test_numbers_are_written_as_the_place_writes_them(code, number):
    assert PACKS[code].numbering.proposal.format(serial=50) == number


def test_a_ladder_that_is_no_table_is_refused():
    with pytest.raises(PolicyError, match=r"place\.toml·ladders"):
        parse_pack(child().replace("[pack]", "ladders = 3\n[pack]"), "place.toml", PACKS["national_npc"])
