"""Letters and signs in the place of digits, and signs between them: read as what they stand for, in long numbers."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.checks import is_uscc_checksum
from security.pii.lookalikes import lookalikes_read
from security.pii.model import PiiType

T = PiiType
ANALYZER = Analyzer()


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "type_", "number"),
    [
        ("手机l52O9937l68", T.PHONE, "15209937168"),
        ("联系 |52oo937I68", T.PHONE, "15200937168"),
        ("手机 l38OOl38OOO", T.PHONE, "13800138000"),
        ("I38OOI38OOO", T.PHONE, "13800138000"),
        ("l52 O993 7l68", T.PHONE, "15209937168"),
        ("l52|O993|7l68", T.PHONE, "15209937168"),
        ("身份证32OI14l99606I28835", T.ID_CARD, "320114199606128835"),
        ("身份证3201|4|9960612883X", T.ID_CARD, "32011419960612883X"),
        ("卡号62l7 OO38 1OO2 6477 l53", T.BANK_CARD, "6217003810026477153"),
        ("电话15⭕99371682", T.PHONE, "15099371682"),
        ("1️⃣5️⃣2️⃣0️⃣9️⃣9️⃣3️⃣7️⃣1️⃣6️⃣8️⃣", T.PHONE, "15209937168"),
        ("❶❺❷⓿❾❾❸❼❶❻❽", T.PHONE, "15209937168"),
        ("⓵⓹⓶⓪⓽⓽⓷⓻⓵⓺⓼", T.PHONE, "15209937168"),
        ("𝟏𝟓𝟐𝟎𝟗𝟗𝟑𝟕𝟏𝟔𝟖", T.PHONE, "15209937168"),
        ("〡〥〢〇〩〩〣〧〡〦〨", T.PHONE, "15209937168"),
        ("1̶5̶2̶0̶9̶9̶3̶7̶1̶6̶8̶", T.PHONE, "15209937168"),
        ("1\u31645\u31642\u316409937168", T.PHONE, "15209937168"),
        ("幺三九三个六零双二幺八", T.PHONE, "13966602218"),
        ("152=0993=7168", T.PHONE, "15209937168"),
        ("152~0993~7168", T.PHONE, "15209937168"),
        ("152→0993→7168", T.PHONE, "15209937168"),
        ("152+0993+7168", T.PHONE, "15209937168"),
        ("152\r\n0993\r\n7168", T.PHONE, "15209937168"),
        ("152......0993......7168", T.PHONE, "15209937168"),
        ("1'5'2'0'9'9'3'7'1'6'8", T.PHONE, "15209937168"),
    ],
)
def test_it_is_read_as_what_it_stands_for(text: str, type_: PiiType, number: str) -> None:
    assert [(f.type, f.normalised) for f in ANALYZER.find(text)] == [(type_, number)]


def test_marks_over_the_last_digit_go_with_it() -> None:
    finding = ANALYZER.find("1️⃣5️⃣2️⃣0️⃣9️⃣9️⃣3️⃣7️⃣1️⃣6️⃣8️⃣，谢谢")[0]
    assert finding.value == "1️⃣5️⃣2️⃣0️⃣9️⃣9️⃣3️⃣7️⃣1️⃣6️⃣8️⃣"


@pytest.mark.parametrize(
    "text",
    [
        "100l的冰箱",
        "O2O",
        "YT7788152099371",
        "JDVB27715209937",
        "iPhone15",
        "500ml*12",
        "OOTD",
        "lOOl",
        "1O个",
        "IO 10",
        "IOOlOOl38OO",
        "lOlOOOOOOOO",
    ],
)
def test_what_is_shorter_or_holds_other_letters_keeps_them(text: str) -> None:
    assert lookalikes_read(text) == text


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("税号91330100799655058B", "91330100799655058B"),
        ("91110000802100433B", "91110000802100433B"),
        ("开票税号 9111 0000 8021 0043 3B", "91110000802100433B"),
    ],
)
def test_a_credit_code_keeps_the_b_that_its_check_character_is(text: str, code: str) -> None:
    [finding] = ANALYZER.find(text)
    assert (finding.type, finding.normalised) == (T.USCC, code)
    assert is_uscc_checksum(finding.normalised)


def test_an_identity_number_with_a_b_that_fits_a_credit_code_too_is_read_as_one() -> None:
    text = next(
        text
        for number in range(1000)
        if is_uscc_checksum(text := f"110101199003{number // 100 + 10}{number % 100:02}1B")
    )
    assert [(f.type, f.normalised) for f in ANALYZER.find(f"身份证{text}")] == [(T.ID_CARD, f"{text[:-1]}8")]


@pytest.mark.parametrize(
    "text",
    ["价格99→89→79", "3+3+2的套餐", "1=100，2=200", "双11买的，三个88块", "①壳裂②少件③漏液", "12+512"],
)
def test_signs_between_other_numbers_make_no_number_of_them(text: str) -> None:
    assert ANALYZER.find(text) == []


def test_four_digits_that_are_counted_are_no_repeated_digit() -> None:
    assert [f.value for f in ANALYZER.find("手机前七位1520993，后四个7168")] == ["1520993", "7168"]
