"""How far an order has come, as its owner says it: 还没发货的, 在路上的, 收到了的."""

import re

from models.compact.resolution.model import RECEIVED

_STATUS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(r"[没未](?:有)?(?:付|给)(?:过|了)?(?:钱|款)|待付款|没付的|还没付|没给钱|没支付|未支付"),
        frozenset({"unpaid"}),
    ),
    (re.compile(r"(?:显示|写着?|说是?|提示|状态是?|物流).{0,5}签收"), RECEIVED),
    (
        re.compile(
            r"(?:[没未不]|还没有?|没有|一直没|迟迟不|怎么不|别)(?:给我)?发(?:货|出|的|$|[，。,！!？?啊呢\s])|没寄|没出货|不发货|先别发|别发了|还在仓库|待发货"
        ),
        frozenset({"paid"}),
    ),
    (re.compile(r"付了(?:钱|款)的|已付款|付过款"), frozenset({"paid"})),
    (
        re.compile(
            r"在路上|运输中|没收到|没到(?!账)|还没来|没送到|没见着|没影|派送中|(?:卡|停|滞留)在|(?:另外|那)个?(?:包裹|快递)|丢件|物流不动|已?发货了的|发了货的"
        ),
        frozenset({"shipped"}),
    ),
    (re.compile(r"收到了|到了的|收到的|签收了|已签收|到货的|已经到|送到的|刚到"), RECEIVED),
)


def status_words(plain: str) -> frozenset[str] | None:
    for pattern, statuses in _STATUS:
        if pattern.search(plain):
            return statuses
    return None
