"""What a signature covers."""

from builders import CO, LEAD, at, packs
from hypothesis import given
from hypothesis import strategies as st

from models import actions as a
from models.signing import missing_countersigners, next_level, text_sha256
from models.vocabulary import Stage

PACK = packs()["yunling"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_two_texts_share_a_hash_only_when_they_are_one(one, other):
    assert (text_sha256(one) == text_sha256(other)) is (one == other)


def test_the_next_signature_is_the_first_level_that_has_not_signed():
    walk = at(Stage.APPROVING)
    seen = []
    while (level := next_level(walk.case, PACK)) is not None:
        seen.append(level)
        walk.do(a.Approve(case="0001", by=LEAD))
    assert tuple(seen) == PACK.approval.levels


def test_a_new_version_is_signed_by_everybody_again():
    walk = at(Stage.COUNTERSIGNING, co_handlers=("财政局", "教育局")).do(a.Countersign(case="0001", by=CO))
    assert missing_countersigners(walk.case) == ("教育局",)
    walk.do(a.SubmitDraft(case="0001", by=LEAD, text="第二稿"))
    assert missing_countersigners(walk.case) == ("财政局", "教育局")
    assert next_level(walk.case, PACK) == "核稿"
