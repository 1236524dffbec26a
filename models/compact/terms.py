"""Questions about the shop's terms: what an invoice can be, how long goods are under warranty, when a refund comes.

They hold the words of a request and ask for nothing; who speaks of his own order or wants it done asks for it.
"""

import re

from models.compact.normalise import AROUND

_TERMS = re.compile(
    r"(?:能不能|能|可不可以|可以|支持)[^，,。]{0,2}开[^，,。]{0,4}(?:专票|专用发票|普票|普通发票|纸质)[^，,。]{0,5}$"
    r"|抬头[^，,。]{0,4}(?:能|可以|行)[^，,。]{0,3}(?:开|写|填)[^，,。]{1,8}[吗么不]$|抬头是不是"
    r"|(?:开|补)(?:发|个)?票[^，,。]{0,6}(?:加钱|收费|要钱|收钱|收.{0,2}税|税点|几个点|手续费)"
    r"|保修[^，,。]{0,4}(?:几年|几个月|多久|多长|多少[年天])|(?:几年|多久|多长时间)的?(?:质保|保修)|质保[^，,。]{0,3}(?:几|多)"
    r"|(?:补|退|保)(?:差价|价)[吗么不]?(?:你们|咱)家?(?:店)?$|(?:你们|咱们)(?:家|店)?(?:给|管|支持|有)(?:不|没)?(?:给|管|有)?(?:价保|保价|补差价)[^，,。]{0,2}$"
    r"|(?:价保|保价)(?:期|时间)?[^，,。]{0,2}(?:几天|多久|多少天|多长)"
    r"|退货[^，,。]{0,3}多久[^，,。]{0,3}(?:退款|到账|退钱)|退款(?:一般|通常|正常|大概)[^，,。]{0,3}(?:几天|多久|多长时间)"
)
_OWN = re.compile(
    r"给我|帮我|我(?:才|刚|也)?[买拍订付]|我(?:的|那|这|昨|前|上|要(?!是)|想开|买的|退的)|[那这](?:单|笔|张)|(?:了|到)没|都?[^，,。]{1,3}天了|麻烦"
)


def asks(plain: str) -> bool:
    plain = plain.strip(AROUND)
    return bool(_TERMS.search(plain)) and not _OWN.search(plain)
