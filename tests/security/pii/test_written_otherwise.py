"""Written so that no program reads it: with other separators, in brackets, behind the mark of a list, in English."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.known import KnownValues
from security.pii.model import PiiType

T = PiiType
ANALYZER = Analyzer()
PHONE = "13800138000"


def found(text: str) -> list[tuple[PiiType, str]]:
    return [(finding.type, finding.value) for finding in ANALYZER.find(text)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    "sign",
    [*"−⁃─━│┃¦‖∥丨ǀ∣￨‧∙⋅⸱・∕⁄⧸╱∶〜∼ーㅡ゠⸺ˉ˗"],
)
def test_signs_that_look_like_separators_part_no_number(sign: str) -> None:
    text = sign.join(("138", "0013", "8000"))
    assert [(each.type, each.value, each.normalised) for each in ANALYZER.find(text)] == [(T.PHONE, text, PHONE)]


@pytest.mark.parametrize("text", ["60−70−80", "尺码│36│37│38│39│", "长100−宽200−高300", "2023─11─28", "25〜30〜35"])
def test_sizes_between_such_signs_stay(text: str) -> None:
    assert found(text) == []


@pytest.mark.control("K1")
def test_a_nought_that_was_dialled_before_a_mobile_number_hides_nothing() -> None:
    assert [(each.value, each.normalised) for each in ANALYZER.find("打013800138000")] == [("013800138000", PHONE)]
    assert found("单号013800138000") == []
    known = KnownValues([(T.PHONE, PHONE)])
    for dialled in ("0", "86", "0086", "+86 "):
        assert [each.normalised for each in known.find(f"编号{dialled}{PHONE}")] == [PHONE]
    assert known.find(f"编号7{PHONE}") == []


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("①13800138000", [PHONE]),
        ("❶13800138000", [PHONE]),
        ("⓵138 0013 8000", ["138 0013 8000"]),
        ("1️⃣13800138000", [PHONE]),
        ("电话①13800138000②13900139000", [PHONE, "13900139000"]),
        ("①110101199003072316", ["110101199003072316"]),
        ("③6222021234567890128", ["6222021234567890128"]),
        ("①③⑧⓪⓪①③⑧⓪⓪⓪", ["①③⑧⓪⓪①③⑧⓪⓪⓪"]),
        ("①3800138000", ["①3800138000"]),
    ],
)
def test_a_lists_mark_is_no_digit_of_what_follows_it(text: str, values: list[str]) -> None:
    assert [finding.value for finding in ANALYZER.find(text)] == values


@pytest.mark.parametrize("text", ["①20231128123456", "①100元②200元", "①SF1234567890123", "①1号②2号"])
def test_other_things_on_a_list_stay(text: str) -> None:
    assert found(text) == []


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("zhangsan（at）qq（点）com", "zhangsan@qq.com"),
        ("zhangsan(at)qq(dot)com", "zhangsan@qq.com"),
        ("zhangsan[at]gmail[dot]com", "zhangsan@gmail.com"),
        ("zhang_san 【AT】 163 【点】 com", "zhang_san@163.com"),
        ("wangwu（艾特）qq（点）com（点）cn", "wangwu@qq.com.cn"),
        ("lisi{at}foxmail.com", "lisi@foxmail.com"),
        ("lisi#qq.com", "lisi@qq.com"),
        ("lisi@163，com", "lisi@163.com"),
        ("lisi@qq。com", "lisi@qq.com"),
    ],
)
def test_an_at_or_a_dot_in_brackets_is_one(text: str, address: str) -> None:
    assert [(each.type, each.value, each.normalised) for each in ANALYZER.find(text)] == [(T.EMAIL, text, address)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my wechat id is zhangsan_88", "zhangsan_88"),
        ("WeChat ID: zhangsan88", "zhangsan88"),
        ("My WeChat is lilei2020", "lilei2020"),
        ("add me on WeChat zhangsan88", "zhangsan88"),
        ("wechat id - zhang_san", "zhang_san"),
        ("my weixin id: zhangsan", "zhangsan"),
        ("wechat account zhangsan88", "zhangsan88"),
        ("my WeChat number's lilei_2020", "lilei_2020"),
        ("my wechat account is hanmeimei, please add me", "hanmeimei"),
        ("You can reach me on wechat, id lilei_99", "lilei_99"),
    ],
)
def test_an_account_of_wechat_is_found_in_english(text: str, value: str) -> None:
    assert found(text) == [(T.WECHAT, value)]


@pytest.mark.parametrize(
    "text",
    [
        "wechat is not working",
        "wechat account suspended today",
        "wechat account balance",
        "Wechat account: verification failed again",
        "is wechat supported",
        "wechat pay as usual",
        "I paid by wechat, order 12345",
        "wechat id is incorrect",
        "型号WX-AB1234",
    ],
)
def test_talk_of_wechat_holds_no_account(text: str) -> None:
    assert found(text) == []
