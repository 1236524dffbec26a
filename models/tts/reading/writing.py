"""What is on a screen and not in speech: other scripts' figures, markdown, links, placeholders, masked values."""

import re
import unicodedata
from typing import Final

from models.tts.reading.numbers import called_out, cardinal
from models.tts.reading.words import HAN, WORDS, Rule, rule

_FULL_WIDTH: Final = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F) if chr(full - 0xFEE0).isalnum()}
_SAME: Final = str.maketrans(dict(zip("％〇－−‐‑～〜˜✕✖⁄", "%零----~~~××/", strict=True)))
_LETTERS_OF_UNITS: Final = set("²³")
_LISTED: Final = re.compile(rf"(?<!第)([①-⑳⑴-⒇❶-❿])\s?(?=[{HAN}])(?![号种款步个])")
"""①门店自取②自行寄回: they begin what stands behind them."""


def level(text: str) -> str:
    """Latin letters and figures of every script and shape as ASCII; accents are dropped."""
    text = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH).translate(_SAME)
    text = _LISTED.sub(lambda mark: f"，{_figure(mark[1])}，", text)
    return "".join(map(_levelled, text))


def _levelled(character: str) -> str:
    if character.isascii() or character in WORDS.units or character in _LETTERS_OF_UNITS:
        return character
    if character.isnumeric() and not unicodedata.name(character, "").startswith("CJK"):
        return _figure(character)
    if unicodedata.category(character).startswith("L"):
        bare = unicodedata.normalize("NFKD", character)
        return bare[0] if bare[0].isascii() else character
    return character


def _figure(character: str) -> str:
    value = unicodedata.numeric(character)
    if value == int(value) and value >= 0:
        return str(int(value))
    return unicodedata.normalize("NFKC", character).translate(_SAME)


_LINK_TEXT: Final = r"!?\[([^\[\]\n]*)\]\([^()\s]*\)"
_URL: Final = r"(?i:https?://|www\.)[!-~]*[0-9A-Za-z/]|(?<![0-9A-Za-z@.-])(?:[0-9A-Za-z-]+\.)+(?:com|cn|net|org|top|shop)(?![0-9A-Za-z])(?:/[!-~]*)?"
_EMAIL: Final = r"[0-9A-Za-z*][0-9A-Za-z.*_%+-]*@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+"


def _placeholder(match: re.Match[str]) -> str:
    name = match[1].strip()
    said = WORDS.placeholders.get(name, name)
    return said if match[2] in ("", "1") else f"第{cardinal(match[2])}个{said}"


def _last_digits(match: re.Match[str]) -> str:
    is_named = match.string[: match.start()].rstrip(" ：:是为").endswith(WORDS.last_digits)
    return f"{'' if is_named else WORDS.last_digits}{called_out(match[1])}"


def _list_mark(match: re.Match[str]) -> str:
    return f"{cardinal(match[1])}，" if match[1] else ""


RULES: Final[tuple[Rule, ...]] = (
    # Keys of a telephone, and numbers of houses.
    rule(r"\*\s?号?\s?(?=键)|(?<=按)\*号?(?=结束|确认|返回)", lambda _: "星号"),
    rule(
        r"#\s?号?\s?(?=键)|(?<=按)#号?(?!\s?[#\d])|(?<=按\d)#(?!\d)|(?<=[按以])#号?(?=结束|确认|返回)", lambda _: "井号"
    ),
    rule(r"(?<=\d)#(?=[楼栋幢座院仓库厂门色]|单元|车间)", lambda _: "号"),
    rule(_LINK_TEXT, lambda match: match[1]),
    rule(_EMAIL, lambda _: WORDS.email),
    rule(_URL, lambda _: WORDS.link),
    rule(r"(?<!\*)\*\*(?![*\s])([^*\n]+?)\*\*(?!\*)", lambda match: match[1]),
    rule(r"(?m)^[ \t]*(?:#{1,6}[ \t]|>+[ \t]|[-*+][ \t]|[•·●○▪]|(\d{1,2})(?:[.)](?!\d)|、))[ \t]*(?=\S)", _list_mark),
    rule(r"⟨([^⟨⟩\d]+)(\d*)⟩", _placeholder),
    # What of a value somebody may see: 138****8000, ****1234, 张*, 朝阳区****, 192.168.*.*
    rule(
        r"(?<!\d)(\d{3,4})\*{2,}(\d{2,4})(?!\d)",
        lambda match: f"{called_out(match[1])}{WORDS.begins_with}{WORDS.last_digits}{called_out(match[2])}",
    ),
    rule(r"(?:\d{2,6}[ -]?)?(?:\*{2,}[ -]?)+(\d{2,6})(?!\d)", _last_digits),
    rule(rf"(?<![{HAN}])([{HAN}])\*{{1,3}}(?![*\d])", lambda match: f"{match[1]}{WORDS.someone}"),
    rule(r"(?:\.\*)+|\*{2,}", lambda _: ""),
    # A quoted title that ends in a letter and a number behind it stay apart.
    rule(r"[「」『』“”‘’\"《》〈〉`]", lambda _: " "),
)
BRACKETS: Final = rule(r"[()（）\[\]【】{}〔〕｛｝［］⟨⟩|]", lambda _: "，")
"""Pauses. Telephones have some of their own, and are read before."""
