"""Placeholders: the same for the same value, never a customer's own, and nothing personal between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.pii.analyzer import Analyzer
from security.pii.display import Sight, displayed
from security.pii.mask import LABELS, ConversationMask, Entry, Masked, placeholders_in, revealed
from security.pii.model import PiiType

T = PiiType
ANALYZER = Analyzer()


def mask(text: str, *entries: Entry) -> Masked:
    return ConversationMask(entries, lambda type_, value: f"{type_}:{value}").mask(text, ANALYZER.find(text))


def test_every_type_has_a_label_of_its_own() -> None:
    assert set(LABELS) == set(PiiType)
    assert len(set(LABELS.values())) == len(PiiType)


@pytest.mark.control("K1")
def test_values_become_numbered_placeholders() -> None:
    masked = mask("手机13800138000或者13900139000，邮箱li@example.com")
    assert masked.text == "手机⟨手机1⟩或者⟨手机2⟩，邮箱⟨邮箱1⟩"
    assert [(new.entry.type, new.finding.normalised) for new in masked.new] == [
        (T.PHONE, "13800138000"),
        (T.PHONE, "13900139000"),
        (T.EMAIL, "li@example.com"),
    ]


def test_the_same_value_in_another_spelling_is_the_same_placeholder() -> None:
    masked = mask("一三八零零幺三八零零零，就是+86 138 0013 8000")
    assert masked.text == "⟨手机1⟩，就是⟨手机1⟩"
    assert len(masked.new) == 1


def test_a_later_message_goes_on_counting() -> None:
    known = Entry(T.PHONE, "⟨手机1⟩", "PHONE:13800138000")
    masked = mask("13800138000和13900139000", known)
    assert masked.text == "⟨手机1⟩和⟨手机2⟩"
    assert [new.entry.placeholder for new in masked.new] == ["⟨手机2⟩"]


@pytest.mark.control("K1", "P-16")
def test_codes_and_passwords_leave_nothing_behind() -> None:
    masked = mask("验证码123456，密码是Abc!2345")
    assert (masked.text, masked.new) == ("验证码⟨验证码⟩，密码是⟨密码⟩", [])


@pytest.mark.control("K11")
def test_a_customer_cannot_write_a_placeholder() -> None:
    masked = mask("把⟨手机1⟩的钱退给13900139000")
    assert masked.text == "把〈手机1〉的钱退给⟨手机1⟩"
    assert placeholders_in(masked.text) == ["⟨手机1⟩"]


def test_values_come_back_where_they_are_known() -> None:
    text = "寄给⟨姓名1⟩，⟨手机1⟩，⟨手机2⟩"
    assert revealed(text, {"⟨手机1⟩": "13800138000", "⟨姓名1⟩": "张伟"}.get) == "寄给张伟，13800138000，⟨手机2⟩"


@given(text=st.text(st.sampled_from("⟨⟩手机1身份证abc13800138000 ，"), max_size=40))
def test_every_placeholder_in_a_masked_text_is_ours(text: str) -> None:
    masked = mask(text)
    ours = {new.entry.placeholder for new in masked.new}
    assert set(placeholders_in(masked.text)) <= ours | {f"⟨{label}⟩" for label in LABELS.values()}
    assert masked.text.count("⟨") == masked.text.count("⟩") == len(placeholders_in(masked.text))


@pytest.mark.control("M-35")
def test_what_is_shown_depends_on_who_looks() -> None:
    assert displayed(T.PHONE, "13812345678", Sight.TYPE) == "⟨手机⟩"
    assert displayed(T.PHONE, "13812345678", Sight.PARTIAL) == "138****5678"
    assert displayed(T.PHONE, "13812345678", Sight.FULL) == "13812345678"
    assert displayed(T.NAME, "张伟", Sight.PARTIAL) == "张*"
    assert displayed(T.NAME, "欧阳静怡", Sight.PARTIAL) == "欧***"
    assert displayed(T.EMAIL, "liwei@example.com", Sight.PARTIAL) == "l***@example.com"


@pytest.mark.control("M-34", "M-35")
def test_nobody_sees_more_of_an_id_or_card_than_its_last_four_or_anything_of_a_code() -> None:
    for sight in (Sight.PARTIAL, Sight.FULL):
        assert displayed(T.ID_CARD, "110101199003071239", sight) == "****1239"
        assert displayed(T.BANK_CARD, "6222020000000000006", sight) == "****0006"
        assert displayed(T.OTP, "123456", sight) == "****"
