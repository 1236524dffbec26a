"""What was asked for decides what an answer is worth: secrets are dropped, numbers of other kinds stay readable."""

import pytest

from security.pii.alone import may_be_secret
from security.pii.analyzer import Analyzer
from security.pii.asked import secrets_asked_for
from security.pii.confidence import OTHER_NUMBER
from security.pii.model import PiiType

T = PiiType
ANALYZER = Analyzer()


def found(text: str, *expected: str) -> list[tuple[PiiType, str]]:
    return [(f.type, f.value) for f in ANALYZER.find(text, expected=frozenset(expected))]


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ("请问收到的验证码是多少？", {T.OTP}),
        ("麻烦把卡背面三位安全码发我", {T.CVV}),
        ("您的登录密码是？", {T.PASSWORD}),
        ("验证码和 CVV 都发一下", {T.OTP, T.CVV}),
        ("请勿把验证码告诉任何人。请问订单号是多少？", set()),
        ("我们不会向您索要密码", set()),
        ("请问订单号是多少？", set()),
        ("", set()),
    ],
)
def test_what_words_ask_for(words: str, types: set[PiiType]) -> None:
    assert secrets_asked_for(words) == types


@pytest.mark.parametrize("answer", ["482913", "是482913", "4829", "48 29 13"])
def test_the_answer_to_a_question_for_a_code_is_one(answer: str) -> None:
    assert found(answer) == []
    assert [type_ for type_, _ in found(answer, T.OTP)] == [T.OTP]


@pytest.mark.parametrize("answer", ["hunter2024", "Ab-12!x", "  qwerty。"])
def test_one_word_is_the_answer_to_a_question_for_a_password(answer: str) -> None:
    assert found(answer) == []
    assert [type_ for type_, _ in found(answer, T.PASSWORD)] == [T.PASSWORD]


@pytest.mark.parametrize(
    ("answer", "may_be"), [("hunter2024", True), ("春暖花开", True), ("4829", True), ("好的谢谢", False)]
)
def test_what_may_be_a_secret_is_known_without_the_question(answer: str, may_be: bool) -> None:
    assert may_be_secret(answer) is may_be


def test_an_answer_in_words_is_no_password() -> None:
    assert found("我忘记了", T.PASSWORD) == []


@pytest.mark.parametrize(
    "number",
    [
        "8000",
        "20261110123456",
        "6222020200012345670",
        "4312345678901",
        "SF1234567890123",
        "773123456789012",
        "356938035643809",
        "138.00元",
    ],
)
def test_a_number_that_was_asked_for_stays_readable(number: str) -> None:
    assert found(number, OTHER_NUMBER) == []


@pytest.mark.parametrize("text", ["13800138000", "110101199003070011", "银行卡6222020200012345674", "我叫王小明"])
def test_what_is_personal_by_itself_is_so_whatever_was_asked_for(text: str) -> None:
    assert len(found(text, OTHER_NUMBER)) == 1
