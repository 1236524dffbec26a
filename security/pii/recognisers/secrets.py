"""One-time codes and card security codes: recognised by what is said about them, and never kept."""

from security.pii.digits import DIGITS
from security.pii.model import PiiType
from security.pii.numerals import PLACES
from security.pii.recogniser import NO_WORD_AFTER, VALUE, Recogniser, only_digits
from security.pii.vocabulary import in_either_case

_WHICH = "的?(?:[这那](?:个|個|串))?(?:数字|码)"
_OTP = in_either_case("o", "tp(?<![A-Za-z]...)")
_CODE = (
    "(?-i:验证码|驗證碼|校验码|校驗碼|动态码|動態碼|动态密码|動態密碼|动态口令|确认码|短信码|登录码|登陆码|收到的码|发来的码|发的码"
    "|短信(?:里面?|上|中)?(?:的|发来的)?(?:那个|那串|这个|这串)?(?:数字|码)"
    f"|收到{_WHICH}|发来{_WHICH}|发过来{_WHICH}|发给?我{_WHICH}|{_OTP})"
)
_LEAD = r"""(?:[\s:="'(\[“”「『【]|应该|就|是|为|為|收到|发来|的){0,6}"""
_BEHIND = (
    r"""[\s"'”」』】\])]?(?:[,，]\s?)?"""
    "(?:这个|那个|这|就|是|为|您|你|我|个|的|用|本次|登录|登陆|注册|支付|数字|短信){0,6}"
)
_NUMERALS = f"[0-9万萬{''.join((*DIGITS, *PLACES))}]"
_AT_ONCE = f"(?={_NUMERALS}{{0,8}}[千仟万萬]){_NUMERALS}{{4,16}}"
"""三千七百二十九: a code has four figures at least."""
_LETTERS_TOO = "(?:(?<=[0-9])(?=[0-9]{0,6}[A-Za-z])|(?<=[A-Za-z])(?=[A-Za-z]{0,6}[0-9]))[0-9A-Za-z]{3,7}"
"""Behind the first: both digits and letters."""

_FIRST_OF_CODE = "[0-9](?:(?<![0-9A-Za-z].)|(?<=otp.)|(?<=code.))"
_FIRST_OF_CVV = "[0-9](?:(?<![0-9A-Za-z].)|(?<=cvv.|cvc.|cvn.)(?!(?<=2)[^0-9]))"
"""They may be joined to their names. What begins with a digit is looked for quickly."""

OTP = Recogniser(
    type=PiiType.OTP,
    shapes=(
        f"{_FIRST_OF_CODE}(?:[ \\n\\-.]?[0-9]){{3,7}}{NO_WORD_AFTER}",
        f"{_CODE}{_LEAD}(?P<{VALUE}>{_AT_ONCE})",
        f"{_CODE}{_LEAD}(?P<{VALUE}>[0-9A-Za-z]{_LETTERS_TOO}){NO_WORD_AFTER}",
        f"{_CODE}{_LEAD}(?:[:=是为]\\s?)(?P<{VALUE}>(?-i:[A-Z]{{4,8}})){NO_WORD_AFTER}",
        f"(?P<{VALUE}>(?-i:[0-9A-Za-z])(?<![0-9A-Za-z].){_LETTERS_TOO}){NO_WORD_AFTER}{_BEHIND}{_CODE}",
    ),
    needs_name=True,
    against=("other", "carriers", "codes"),
    worth=lambda _: 0.2,
    normalise=lambda value: value if any(c.isalpha() for c in value) else only_digits(value),
)

CVV = Recogniser(
    type=PiiType.CVV,
    shapes=(f"{_FIRST_OF_CVV}(?:[ \\n\\-.]?[0-9]){{2,3}}{NO_WORD_AFTER}",),
    least_digits=3,
    needs_name=True,
    against=("other", "carriers", "expiry"),
    worth=lambda _: 0.2,
    normalise=only_digits,
)
