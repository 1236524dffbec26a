"""One-time codes, card security codes, passwords: recognised by what is said about them, and never kept."""

from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, NO_WORD_BEFORE, VALUE, Recogniser, only_digits

_NAMED = r"(?:密码|密碼|口令|password|passwd|pwd)"
_IS = r"""["'`]?\s?(?:是|为|為|改成|改为|就是|is|[:=])?\s?["'`]?"""

OTP = Recogniser(
    type=PiiType.OTP,
    shapes=(
        f"{NO_WORD_BEFORE}[0-9](?:[ \\n\\-.]?[0-9]){{3,7}}{NO_WORD_AFTER}",
        rf"(?:验证码|校验码)(?:是|为|[:：])?\s?"
        rf"(?P<{VALUE}>(?=[A-Za-z]{{0,7}}[0-9])(?=[0-9]{{0,7}}[A-Za-z])[0-9A-Za-z]{{4,8}}){NO_WORD_AFTER}",
    ),
    least_digits=2,
    needs_name=True,
    worth=lambda _: 0.2,
    normalise=lambda value: value if any(c.isalpha() for c in value) else only_digits(value),
)

CVV = Recogniser(
    type=PiiType.CVV,
    shapes=(f"{NO_WORD_BEFORE}[0-9](?:[ \\n\\-.]?[0-9]){{2,3}}{NO_WORD_AFTER}",),
    least_digits=3,
    needs_name=True,
    against=("other", "carriers", "expiry"),
    worth=lambda _: 0.2,
    normalise=only_digits,
)

PASSWORD = Recogniser(
    type=PiiType.PASSWORD,
    shapes=(
        rf"""{_NAMED}{_IS}(?P<{VALUE}>(?=[!-~]{{0,31}}[0-9A-Za-z])[!#-&*+\-./0-9?@A-Z_a-z^|~$]{{4,32}})""",
        rf"""{_NAMED}[:：]\s?(?P<{VALUE}>(?=[\u4e00-\u9fff]{{1,15}}[0-9A-Za-z])[\u4e00-\u9fff0-9A-Za-z]{{5,24}})(?=$|[\s，。,;；!！])""",
    ),
    must_hold=("密码", "密碼", "口令", "password", "passwd", "pwd"),
    worth=lambda _: 0.75,
    normalise=str,
    without=0.0,
)
