"""One-time codes and card security codes: recognised by what is said about them, and never kept."""

from security.pii.digits import DIGITS
from security.pii.model import PiiType
from security.pii.numerals import PLACES
from security.pii.recogniser import NO_WORD_AFTER, NO_WORD_BEFORE, VALUE, Recogniser, only_digits

_CODE = (
    "(?:验证码|驗證碼|校验码|校驗碼|动态码|動態碼|动态密码|動態密碼|动态口令|确认码|短信码|登录码|登陆码|收到的码|发来的码|发的码"
    "|短信(?:里面?|上|中)?(?:的|发来的)?(?:那个|那串|这个|这串)?(?:数字|码)"
    "|(?:收到|发来|发过来|发给?我)的?(?:[这那](?:个|個|串))?(?:数字|码)"
    "|(?<![A-Za-z])otp)"
)
_LEAD = r"""(?:[\s:="'(\[“”「『【]|应该|就|是|为|為|收到|发来|的){0,6}"""
_BEHIND = (
    r"""[\s"'”」』】\])]?(?:[,，]\s?)?"""
    "(?:这个|那个|这|就|是|为|您|你|我|个|的|用|本次|登录|登陆|注册|支付|数字|短信){0,6}"
)
_NUMERALS = f"[0-9万萬{''.join((*DIGITS, *PLACES))}]"
_AT_ONCE = f"(?={_NUMERALS}{{0,8}}[千仟万萬]){_NUMERALS}{{4,16}}"
"""三千七百二十九: a code has four figures at least."""
_LETTERS = "(?=[A-Za-z]{0,7}[0-9])(?=[0-9]{0,7}[A-Za-z])[0-9A-Za-z]{4,8}"

_JOINED_TO_CODE = f"(?:{NO_WORD_BEFORE}|(?<=otp)|(?<=code))"
_JOINED_TO_CVV = f"(?:{NO_WORD_BEFORE}|(?<=cvv|cvc|cvn)(?!2[^0-9]))"

OTP = Recogniser(
    type=PiiType.OTP,
    shapes=(
        f"{_JOINED_TO_CODE}[0-9](?:[ \\n\\-.]?[0-9]){{3,7}}{NO_WORD_AFTER}",
        f"{_CODE}{_LEAD}(?P<{VALUE}>{_AT_ONCE})",
        f"{_CODE}{_LEAD}(?P<{VALUE}>{_LETTERS}){NO_WORD_AFTER}",
        f"{_CODE}{_LEAD}(?:[:=是为]\\s?)(?P<{VALUE}>(?-i:[A-Z]{{4,8}})){NO_WORD_AFTER}",
        f"{NO_WORD_BEFORE}(?P<{VALUE}>{_LETTERS}){NO_WORD_AFTER}{_BEHIND}{_CODE}",
    ),
    needs_name=True,
    against=("other", "carriers", "codes"),
    worth=lambda _: 0.2,
    normalise=lambda value: value if any(c.isalpha() for c in value) else only_digits(value),
)

CVV = Recogniser(
    type=PiiType.CVV,
    shapes=(f"{_JOINED_TO_CVV}[0-9](?:[ \\n\\-.]?[0-9]){{2,3}}{NO_WORD_AFTER}",),
    least_digits=3,
    needs_name=True,
    against=("other", "carriers", "expiry"),
    worth=lambda _: 0.2,
    normalise=only_digits,
)
