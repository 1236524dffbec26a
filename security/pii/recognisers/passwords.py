"""Passwords: whatever is said to be one, of letters and signs, of Chinese words, in quotation marks. Never kept.

People say much between the word and the password ("密码我记得应该是…"), and as much about passwords without giving one
("密码错误三次"). Words of talk are none; letters, digits and signs behind words that lead to one are.
"""

from security.pii.model import PiiType
from security.pii.recogniser import VALUE, Recogniser
from security.pii.vocabulary import one_of, tables, words

_WORDS = tables(__file__, "passwords.toml")

_NAMED = r"(?:密码|密碼|(?<!动态)(?<!動態)口令|password|passwd|passcode|pwd|(?<![a-z])(?:pass|pw|pin)(?![a-z]))码?"
_LEAD = rf"""(?:[\s"'`:=(\[“”‘’「『【]|is(?![a-z])|{one_of(words(_WORDS["lead"]))})"""
_SAYS_IT = one_of(words(_WORDS["says_it"]))
_SIGNS = r"[!#-&*+\-./0-9=?@A-Z_a-z^|~$]"
_NO_COUNT = rf"(?![0-9]{{1,4}}\s?{one_of(words(_WORDS['counted']))})"
_NO_WORD = f"(?!{one_of(words(_WORDS['not_words']))}(?![a-z0-9]))"
_ASCII = rf"(?P<{VALUE}>(?=[!-~]{{0,31}}[0-9A-Za-z]){_NO_COUNT}{_NO_WORD}{_SIGNS}{{4,32}})"
_END = r"(?=$|[\s。,;!?”’」』】])"
NO_TALK = f"(?![{''.join(_WORDS['talk'].split())}])[\u4e00-\u9fff]"
"""A character of Chinese that is not of a sentence about passwords."""
_MIXED = f"(?=[\u4e00-\u9fff]{{1,15}}[0-9A-Za-z])(?:{NO_TALK}|[0-9A-Za-z]){{5,24}}"
_TIMES = "[2-9二两三四五六七八九][个個][0-9零一二三四五六七八九]"

PASSWORD = Recogniser(
    type=PiiType.PASSWORD,
    shapes=(
        f"{_NAMED}{_LEAD}{{0,8}}{_ASCII}",
        rf"{_NAMED}{_LEAD}{{0,8}}[!-~]{{2,32}}\s?(?:加上?|再加|然后是?|后面是?)\s?(?P<{VALUE}>{_SIGNS}{{2,32}})",
        rf"(?<![!-~])(?P<{VALUE}>(?=[!-~]{{0,31}}[!-@]){_SIGNS}{{4,32}})[\s”」』】]?"
        r"(?:这个|那个)?就?是(?:我|登录|支付|旧|新|原来|的){0,4}密码",
        rf"{_NAMED}{_LEAD}{{0,6}}{_SAYS_IT}\s?(?P<{VALUE}>{_MIXED}|(?:{NO_TALK}){{4,16}}){_END}",
        rf"""{_NAMED}{_LEAD}{{0,6}}[“「『【"'](?P<{VALUE}>[^\s“”「」『』【】"']{{2,32}})[”」』】"']""",
        f"{_NAMED}{_LEAD}{{0,6}}(?P<{VALUE}>{_TIMES}(?:[ ,、]?{_TIMES}){{0,5}})",
    ),
    must_hold=("密码", "密碼", "口令", "pass", "pwd", "pw", "pin"),
    worth=lambda _: 0.75,
    normalise=str,
    without=0.0,
)
