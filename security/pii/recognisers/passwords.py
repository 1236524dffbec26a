"""Passwords: whatever is said to be one, of letters and signs, of Chinese words, in quotation marks. Never kept.

People say much between the word and the password ("密码我记得应该是…"), and as much about passwords without giving one
("密码错误三次"). Words of talk are none; letters, digits and signs behind words that lead to one are.
"""

from security.pii.model import PiiType
from security.pii.recogniser import VALUE, Recogniser
from security.pii.vocabulary import in_either_case, one_of, tables, words

_WORDS = tables(__file__, "passwords.toml")

_PIN = r"in(?![a-z])(?=[^\n]{0,24}[0-9])"
"""Digits, as a rule: letters behind it are of a sentence."""
_NOT_ONCE = "(?<!动态..)(?<!動態..)"
_IN_ENGLISH = in_either_case("p", rf"assword|asswd|asscode|wd|(?<![a-z].)(?:(?:ass|w)(?![a-z])|{_PIN})")
_IN_PINYIN = in_either_case("m", "ima(?![a-z])")
_NAMES = f"{_IN_PINYIN}|密码{_NOT_ONCE}|密碼{_NOT_ONCE}|口令{_NOT_ONCE}|{_IN_ENGLISH}"
_NAMED = f"(?-i:{_NAMES})码?"
_LEAD = rf"""(?:[\s"'`:=(\[“”‘’「『【]|is(?![a-z])|{one_of(words(_WORDS["lead"]))})"""
_SAYS_IT = one_of(words(_WORDS["says_it"]))
_SIGNS = r"[!#-&*+\-./0-9=?@A-Z_a-z^|~$]"
_NO_COUNT = rf"(?![0-9]{{1,4}}\s?{one_of(words(_WORDS['counted']))})"
_NO_WORD = f"(?!{one_of(words(_WORDS['not_words']))}(?![a-z0-9]))"
_NO_SENTENCE = r"(?:(?<=is )|(?!(?-i:[A-Za-z]+ [a-z]+ [a-z])))"
"""Behind "password: " a sentence says what is wrong with it; "my password is sunshine and …" gives it away."""
_ASCII = rf"{_NO_SENTENCE}(?P<{VALUE}>(?=[!-~]{{0,31}}[0-9A-Za-z]){_NO_COUNT}{_NO_WORD}{_SIGNS}{{4,32}})"
_DIGITS_TOO = "(?=[A-Za-z]{0,15}[0-9])[0-9A-Za-z]{4,16}"
_END = r"(?=$|[\s。,;!?”’」』】])"
NO_TALK = f"(?![{''.join(_WORDS['talk'].split())}])[\u4e00-\u9fff]"
"""A character of Chinese that is not of a sentence about passwords."""
NO_ANSWER = f"(?![\u4e00-\u9fff]{{0,16}}?(?:[{_WORDS['no_answer_chars']}]|{one_of(words(_WORDS['no_answer']))}))"
"""Nor of one that answers a question for a password without giving it."""
_MIXED = f"(?=[\u4e00-\u9fff]{{1,15}}[0-9A-Za-z])(?:{NO_TALK}|[0-9A-Za-z]){{5,24}}"
_OF_A_LINE = f"(?![{_WORDS['no_answer_chars']}])[\u4e00-\u9fff]"
_ABOUT = f"(?!{one_of(words(_WORDS['about']) | words(_WORDS['no_answer']))})"
_ASKS = "(?:[你您]?(?:帮|给|看|先|试|登|进|快|来)|您|请|麻烦|谢|别告诉)"
_WORD = f"(?:{_ABOUT}(?:{NO_TALK}|的(?=[\u4e00-\u9fff])|你(?!们|{_ASKS})|[0-9A-Za-z]))"
_OF_SAYING = f"(?:{_ABOUT}(?:{NO_TALK}|[{_WORDS['of_sayings']}]))"
_BARE_WORD = f"(?:{_ABOUT}(?![{_WORDS['goes_on']}]){NO_TALK}|[0-9A-Za-z])"
_WITH_CHINESE = "(?=[0-9A-Za-z]{0,15}[\u4e00-\u9fff])"
_NO_LEAD = f"(?![{_WORDS['compounds']}]|{_SAYS_IT})"
_SENTENCE_BEHIND = rf"(?=[啊呀哦哈咯]?{_END}|{_ASKS})"
_OF_VERSE = f"(?:{_ABOUT}(?!{one_of(words(_WORDS['no_verse']))})(?:{NO_TALK}|[{_WORDS['of_verses']}]))"
_NUMBER_BEHIND = f"(?:[0-9]{{2,8}}[A-Za-z]{{0,8}}|[A-Za-z]{{1,8}}[0-9]{{1,8}}|(?<!的){_NO_WORD}[A-Za-z]{{3,8}})"
"""Behind a verse or a saying: with it a sentence about passwords is none."""
_NO_QUESTION = f"(?![{_WORDS['begins_talk']}])"
_GIVEN = r"(?:密码|密碼|口令)(?<![^\s,。:;!?0-9A-Za-z的我录陆付号户行卡款取新旧原是个]..)"
"""Whose password it is, and no verb: who forgets, changes or sets one says nothing of it."""
_NO_LIST = r"(?<!\s..)"
"""A word of its own among others is one of a list of what something has: "日记本 密码 带锁"."""
_PAIR = r"(?<=[0-9A-Za-z])[\s,。:]?(?:密码|密碼|口令)"
"""Behind an account."""
_OF_WHAT = "(?:我|登录|支付|旧|新|原来|的)"
_LEAD_OF_DIGITS = rf"(?:{_LEAD}|[,。.]|{one_of(words(_WORDS['lead_of_digits']))})"
_NO_COUNT_BEHIND = rf"(?!\s?{one_of(words(_WORDS['counted']))})"
_IN_PIECES = rf"{_NO_COUNT}(?P<{VALUE}>[0-9](?:[ \n,.-]?[0-9]){{3,7}})(?![0-9A-Za-z]|[ \n,.-][0-9]){_NO_COUNT_BEHIND}"
"""一二三, 四五六: as many digits as a password of digits has, and no more."""
_TIMES = "[2-9二两三四五六七八九][个個][0-9零一二三四五六七八九]"

PASSWORD = Recogniser(
    type=PiiType.PASSWORD,
    shapes=(
        f"{_NAMED}{_LEAD}{{0,8}}{_ASCII}",
        rf"{_NAMED},\s?{_LEAD}{{0,6}}(?P<{VALUE}>(?=[!-~]{{0,31}}[0-9])(?=[!-~]{{0,31}}[A-Za-z]){_NO_COUNT}{_NO_WORD}{_SIGNS}{{6,32}}){_END}",
        rf"{_NAMED}{_LEAD}{{0,8}}[!-~]{{2,32}}\s?(?:加上?|再加|然后是?|后面是?)\s?(?P<{VALUE}>{_SIGNS}{{2,32}})",
        rf"(?<![!-~])(?P<{VALUE}>(?=[!-~]{{0,31}}[!-@]){_SIGNS}{{4,32}})[\s”」』】]?(?:,\s?)?"
        f"[这那]?个?就?是{_OF_WHAT}{{0,4}}密码",
        rf"(?<![^\n])(?P<{VALUE}>{_DIGITS_TOO})(?:,?\s|\s?[(])"
        rf"(?-i:{_OF_WHAT}{{0,4}}(?:密码|密碼|{_IN_PINYIN}))(?=[)]|[\s。;!]{{0,4}}$)",
        rf"(?<![!-~\u4e00-\u9fff])(?P<{VALUE}>[A-Za-z]{{6,32}}|(?:{_OF_A_LINE}){{4,16}}?)[\s”」』】]?就?是{_OF_WHAT}{{1,4}}密码(?![吗么?])",
        rf"{_NAMED}{_LEAD}{{0,6}}{_SAYS_IT}\s?(?P<{VALUE}>{_MIXED}){_END}",
        rf"(?-i:{_NAMES}|暗[号號])码?了?{_LEAD}{{0,4}}{_SAYS_IT}\s?(?P<{VALUE}>{_WITH_CHINESE}(?:{_WORD}{{2,16}}?|{_OF_SAYING}{{4,16}}?)){_SENTENCE_BEHIND}",
        rf"{_NAMED}{_LEAD}{{0,6}}{_SAYS_IT}\s?(?P<{VALUE}>{_NO_QUESTION}{_OF_VERSE}{{2,16}}{_NUMBER_BEHIND}){_SENTENCE_BEHIND}",
        rf"(?:{_GIVEN}{_NO_LIST}\s|{_PAIR}\s?)(?P<{VALUE}>{_WITH_CHINESE}{_NO_LEAD}{_BARE_WORD}{{2,16}}?){_SENTENCE_BEHIND}",
        rf"{_GIVEN}(?:就|一直)?(?P<{VALUE}>{_WITH_CHINESE}{_NO_LEAD}{_BARE_WORD}{{3,16}}?){_SENTENCE_BEHIND}",
        rf"""{_NAMED}{_LEAD}{{0,6}}[“「『【"'](?P<{VALUE}>[^\s“”「」『』【】"']{{2,32}})[”」』】"']""",
        f"{_NAMED}{_LEAD_OF_DIGITS}{{0,8}}{_IN_PIECES}",
        f"{_NAMED}{_LEAD}{{0,6}}(?P<{VALUE}>{_TIMES}(?:[ ,、]?{_TIMES}){{0,5}})(?![样樣起直共])",
    ),
    must_hold=("密码", "mima", "密碼", "口令", "暗号", "暗號", "pass", "pwd", "pw", "pin"),
    worth=lambda _: 0.75,
    normalise=str,
    without=0.0,
)
