"""Codes and passwords in all the ways in which people say them, and talk about them that gives none away."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

T = PiiType
ANALYZER = Analyzer()


def found(text: str, *expected: str) -> list[tuple[PiiType, str]]:
    return [(f.type, f.value) for f in ANALYZER.find(text, expected=frozenset(expected))]


@pytest.mark.control("K1", "P-16")
@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("登录码 3341", T.OTP, "3341"),
        ("动态口令771204", T.OTP, "771204"),
        ("刚发来的码是587393", T.OTP, "587393"),
        ("验证码为【7XK9PM】", T.OTP, "7XK9PM"),
        ("q8Z3x1，这是您的登录验证码", T.OTP, "q8Z3x1"),
        ("验证码：ABXY", T.OTP, "ABXY"),
        ("验证码：七七幺二零四", T.OTP, "七七幺二零四"),
        ("验证码三千七百二十九", T.OTP, "三千七百二十九"),
        ("验证码是三十七万二千九百一十五", T.OTP, "三十七万二千九百一十五"),
        ("刚才短信里的数字是八三六二七一", T.OTP, "八三六二七一"),
        ("收到的那个码是八三六二七一", T.OTP, "八三六二七一"),
        ("短信里的数字83 62 71", T.OTP, "83 62 71"),
        ("验证码八十八，三十六，二十七", T.OTP, "八十八，三十六，二十七"),
        ("验证码是八十三六十二七十一，谢谢", T.OTP, "八十三六十二七十一"),
        ("校验码是一百二十三四百五十六", T.OTP, "一百二十三四百五十六"),
        ("动态密码收到了，八十八六十六十二", T.OTP, "八十八六十六十二"),
        ("安全码是三百八十二", T.CVV, "三百八十二"),
        ("安全码三百零八", T.CVV, "三百零八"),
        ("支付密码是八十八六十六三十三", T.PASSWORD, "八十八六十六三十三"),
        ("短信上写的是八八三六二七", T.OTP, "八八三六二七"),
        ("短信里面写着883627", T.OTP, "883627"),
        ("短信说883627", T.OTP, "883627"),
        ("你们发的那串数字是八八三六二七", T.OTP, "八八三六二七"),
        ("你们给我发的六位数是八八三六二七", T.OTP, "八八三六二七"),
        ("我手机收到的是883627", T.OTP, "883627"),
        ("your code is 550913", T.OTP, "550913"),
        ("my code is 1976", T.OTP, "1976"),
        ("code: 1976", T.OTP, "1976"),
        ("code=583920", T.OTP, "583920"),
        ("收到 Code 5839 20 了", T.OTP, "5839 20"),
        ("卡片后面签名栏是046", T.CVV, "046"),
        ("背后那三位868", T.CVV, "868"),
        ("密码应该是zhang1990", T.PASSWORD, "zhang1990"),
        ("我设置的密码是iloveyou", T.PASSWORD, "iloveyou"),
        ("密码以前是Qw!9xz", T.PASSWORD, "Qw!9xz"),
        ("密码一直都是Qw!9xz", T.PASSWORD, "Qw!9xz"),
        ("密码用的668899", T.PASSWORD, "668899"),
        ("密码【abc12345】", T.PASSWORD, "abc12345"),
        ("pin码4471", T.PASSWORD, "4471"),
        ("abc12345就是我的密码", T.PASSWORD, "abc12345"),
        ("iloveyou是我密码", T.PASSWORD, "iloveyou"),
        ("Sunflower就是我的登录密码", T.PASSWORD, "Sunflower"),
        ("长风破浪会有时是我的登录密码", T.PASSWORD, "长风破浪会有时"),
        ("床前明月光是我的密码", T.PASSWORD, "床前明月光"),
        ("my password is sunshine and it fails", T.PASSWORD, "sunshine"),
        ("pin: 4471", T.PASSWORD, "4471"),
        ("密码是a=b=c=1", T.PASSWORD, "a=b=c=1"),
        ("密码应该是我爱小花猫123", T.PASSWORD, "我爱小花猫123"),
        ("密码：床前明月光", T.PASSWORD, "床前明月光"),
        ("密码是“芝麻开门”", T.PASSWORD, "芝麻开门"),
        ("验证码三个八三个六", T.OTP, "三个八三个六"),
        ("验证码是六个八", T.OTP, "六个八"),
        ("支付密码是一二三，四五六", T.PASSWORD, "一二三，四五六"),
        ("密码 123 456", T.PASSWORD, "123 456"),
        ("支付密码，嗯，一二三，四五六", T.PASSWORD, "一二三，四五六"),
        ("取款密码是六个八", T.PASSWORD, "六个八"),
        ("动态密码 993817", T.OTP, "993817"),
        ("密码我爱北京", T.PASSWORD, "我爱北京"),
        ("登录密码 小猫咪1", T.PASSWORD, "小猫咪1"),
        ("登录密码：小猫", T.PASSWORD, "小猫"),
        ("密码是大海", T.PASSWORD, "大海"),
        ("口令芝麻开门", T.PASSWORD, "芝麻开门"),
        ("口令是开门", T.PASSWORD, "开门"),
        ("密码是小星星啊", T.PASSWORD, "小星星"),
        ("暗号是天王盖地虎", T.PASSWORD, "天王盖地虎"),
        ("我密码小白兔乖乖你帮我登一下", T.PASSWORD, "小白兔乖乖"),
        ("密码设成了我的宝贝", T.PASSWORD, "我的宝贝"),
        ("我密码就是我爱你一万年", T.PASSWORD, "我爱你一万年"),
        ("账号 zhangsan 密码 老虎油", T.PASSWORD, "老虎油"),
        ("密码给你 Xiao_Ming77", T.PASSWORD, "Xiao_Ming77"),
        ("密码改成了123456", T.PASSWORD, "123456"),
        ("密码重置为abc888", T.PASSWORD, "abc888"),
        ("登录密码已经重置成了 998877", T.PASSWORD, "998877"),
        ("支付密码更新成 112233", T.PASSWORD, "112233"),
        ("密码被改成778899", T.PASSWORD, "778899"),
        ("密码初始化为888888", T.PASSWORD, "888888"),
        ("yzm 123456", T.OTP, "123456"),
        ("我的YZM是778812", T.OTP, "778812"),
        ("mima：zhang123", T.PASSWORD, "zhang123"),
        ("zhifumima 112233", T.PASSWORD, "112233"),
        ("Mima是998877", T.PASSWORD, "998877"),
        ("778899，这是我的支付密码", T.PASSWORD, "778899"),
        ("778899 密码", T.PASSWORD, "778899"),
        ("778899（密码）", T.PASSWORD, "778899"),
        ("123456就是验证码", T.OTP, "123456"),
        ("665544，验证码", T.OTP, "665544"),
    ],
)
def test_it_is_dropped_however_it_is_said(text: str, type_: PiiType, value: str) -> None:
    assert found(text) == [(type_, value)]


def test_what_a_password_of_digits_is_corrected_to_is_dropped_too() -> None:
    assert found("密码是123456，不对，是123457") == [(T.PASSWORD, "123456"), (T.PASSWORD, "123457")]
    assert found("密码是123456，订单错了，是400123") == [(T.PASSWORD, "123456")]


def test_what_is_added_to_a_password_is_part_of_it() -> None:
    assert found("密码是小写的liming加上1990") == [(T.PASSWORD, "liming"), (T.PASSWORD, "1990")]


@pytest.mark.parametrize(
    "text",
    [
        "密码错误三次被锁了",
        "密码改成了中文怎么办",
        "密码重置为什么失败",
        "密码改了3次",
        "密码已重置3次",
        "密码被盗了2次",
        "邮编 310000 密码",
        "123456 密码错误",
        "yzm收不到",
        "yzm发了5次",
        "mima忘了",
        "mima错了5次",
        "密码要求8到16位",
        "密码2024年改过",
        "密码我忘记了",
        "密码：忘了",
        "密码是对的",
        "忘记支付密码",
        "请问初始密码是什么",
        "password reset",
        "验证码发了5次都没收到",
        "验证码三百二十八次都没收到",
        "验证码二十四小时有效",
        "验证码收到四个一样的",
        "安全码三个一样",
        "密码三个一起改",
        "验证码，三百二十八元的订单",
        "安全码三百八十二块钱",
        "安全码对不上，我付了三百八十二",
        "密码错了三百二十八次",
        "密码，2026年11月23号改的",
        "密码改好了，20261118000002",
        "密码改过，123456 20261118",
        "短信上写的订单号是83627123",
        "短信上写的取件码是10876",
        "短信上写的退款金额是1299",
        "短信上写的是二零二六年十一月八号到",
        "短信上写的是一千二百九十九元",
        "短信里写着满1000减200",
        "短信显示快递400123到了",
        "短信显示2026年11月8号",
        "短信发的券2000减300",
        "你们发的货是八八三六二七批次",
        "收到的数字和二百五十不一样",
        "短信里的金额是836271元",
        "短信里的数字不对，订单号是83627123",
        "短信里说退三千七百二十九元",
        "收到的那个数字是5",
        "验证码十分钟内有效",
        "收验证码花了三千七百二十九元",
        "密码被盗了",
        "密码泄露怎么办",
        "密码锁有货吗",
        "日记本 密码 带锁 学生",
        "密码日记本 男孩 加厚",
        "密码行李箱轮子坏了",
        "智能密码指纹锁",
        "密码跟以前一样",
        "密码是原来那个",
        "密码是乱码",
        "密码改成指纹可以吗",
        "密码 帮我改一下",
        "改密码 客服在吗",
        "我的密码页面打不开",
        "密码一直登录不上",
        "密码都试过了",
        "账号密码对不上",
        "用户名和密码错误",
        "输入密码界面闪退",
        "口令复制了没反应",
        "口令是啥",
        "暗号是客服给的吗",
        "报暗号领优惠",
        "验证码没收到，订单A12B发货没",
        "安全码在哪里看",
        "取件码 3-2-1087",
        "优惠码 SUMMER88 用不了",
        "pinduoduo买的",
        "密码锁型号X100开不了",
        "pin: order not found",
        "PIN is required, order 20261102",
        "24pin 接口 1080p",
        "password: must contain 8 characters",
        "password: your old one is wrong",
        "wechatpay是支付密码吗",
        "promo code 2024",
        "the discount code is 8888",
        "error code 1976",
        "错误code 5001",
        "邮编 code: 518000",
        "product code is 88231",
        "code is wrong",
        "barcode 69012345",
    ],
)
def test_talk_about_it_gives_nothing_away(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "answer",
    ["是hunter2024", "应该是 Ab-12!x 吧", "小花猫123", "qwerty。", "春暖花开", "是床前明月光", "应该是我爱你中国吧"],
)
def test_an_answer_is_a_password_in_other_words_too(answer: str) -> None:
    assert found(answer) == []
    assert [type_ for type_, _ in found(answer, T.PASSWORD)] == [T.PASSWORD]


@pytest.mark.parametrize("answer", ["a7k2", "是 7XK9PM"])
def test_an_answer_of_letters_is_a_code_where_one_was_asked_for(answer: str) -> None:
    assert found(answer) == []
    assert [type_ for type_, _ in found(answer, T.OTP)] == [T.OTP]


@pytest.mark.parametrize(
    "answer",
    ["我忘记了", "没收到", "不告诉你", "转人工客服", "我要申请退款", "不方便说给你听", "凭什么给你", "好的谢谢"],
)
def test_an_answer_that_gives_none_is_kept(answer: str) -> None:
    assert found(answer, T.PASSWORD, T.OTP) == []
