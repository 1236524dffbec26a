"""How many units: 两双, 都退, 各一件, 少一箱, 只到三箱 (of four is one). Never an amount of money: 退500块."""

import re

from models.compact.numerals import MEASURES, NUMBER, parse

_MEASURE = f"[{MEASURES}]"
_AMOUNT = rf"({NUMBER})(?:{_MEASURE})(?![月星礼半]|小时|多月)"
_ALL = re.compile(
    r"都(?:不?要|退|换|补|给|是|不想)|全(?:都|部|退|换|要|不要)|全$|各一|每[个件双样]|^都$|两[个件双样]全|一起退|通通|统统|整单|所有"
)
_RECEIVED = re.compile(
    rf"(?:买|拍|订|下单|下|应该|该|说好)(?:了|的是|是|有|来|给)?{_AMOUNT}.{{0,14}}?(?:(?:只|就|才|仅)(?:收到|来|到|发|有|给|寄|装|见着?|看到|拿到)?(?:了|来)?|(?:收到|来|到|拿到|送到)了)(?P<got>{NUMBER}){_MEASURE}?"
)
_OF_GOT = re.compile(
    rf"{_AMOUNT}.{{0,4}}?(?:只|就|才|仅)(?:见|有|剩|来|到|收到|发|给|寄)?(?:了|我)?(?P<got>{NUMBER}){_MEASURE}"
    rf"|{_AMOUNT}.{{0,2}}(?:到手|实收|收到|到货)(?:了|只有|就)?(?P<had>{NUMBER}){_MEASURE}"
)
_ONLY_GOT = re.compile(rf"(?:只|就|才|仅)(?:收到|来|到|发|有|给|寄)了?(?P<got>{NUMBER}){_MEASURE}")
_LACKING = re.compile(
    rf"(?:[少缺差漏短欠])(?:发|寄|装|给|送|来|到|了|我|的|配)*{_AMOUNT}|{_AMOUNT}(?:没给|没发|没到|没有|少了|漏发|不见)"
)
_ACTED = re.compile(
    rf"(?:退|换|补|取消|再要)(?:掉|货|款|发|寄|了|给|我|其中|那|的)*(?:[\u4e00-\u9fff]{{2,4}}?)?{_AMOUNT}"
)
_ACTED_AFTER = re.compile(rf"{_AMOUNT}(?:鞋子?|衣服|货|东西)?(?:都|全)?(?:要|想|给我|帮我)?(?:退|换|补)")
_ACTED_APART = re.compile(
    rf"[那这把]{_AMOUNT}[^，。,！!？?；;\s]{{1,6}}?(?:给我|帮我|要)?[退换](?!一|\d)|(?<![第几这那每]){_AMOUNT}[^，。,！!？?；;\s]{{0,6}}?(?:都|全部?|统统|通通|一起)(?:我|给我|帮我|要|想|得)*(?:退|换|补|不要)"
)
"""Counted, named, then acted on: 两条裤子我都要退."""
_TAKEN_BACK = re.compile(r"变成?|减[到成为]|加到|不对|不是|算了|后来|还是|说错|改成?|应该是|…+|\.{3,}|[哦噢]不")
"""两双，不对，三双: what is said last holds."""
_OF_THEM = re.compile(rf"{NUMBER}{_MEASURE}(?:中|里面?|当中|之中)的?(?:要|想|只|就)?[退换]?{_AMOUNT}")
_ACTED_BARE = re.compile(rf"(?<=[退换补])({NUMBER})(?=$|[吧呗就，,。！!])")
_ECHO = re.compile(r"^[^，,。？?]{1,6}[？?]+(?=.{2})")
"""全退？不，留一包: what was read is doubted, and then said as it should be."""
_DENIED = re.compile(rf"(?:不是|不[退换]|[别甭](?:给我)?[退换补取]){NUMBER}{_MEASURE}?(?:，|,|\s)*")
_BARE = re.compile(rf"^\D{{0,4}}?({NUMBER})(?:{_MEASURE})?(?:吧|就行|就好|啊|呀|的|哈|呗|。)*$")
_ANY = re.compile(rf"(?<![第\d.几这那上下每]){_AMOUNT}")
_NOT_ALL = re.compile(r"(?:不用|不必|不是|不想|不要|没|别)(?:全部?|都)")
_SUM = r"(?:\d+(?:\.\d+)?|[一二三四五六七八九十两百千万零俩半]+)"
_MONEY = re.compile(rf"[¥￥]\s*{_SUM}|{_SUM}\s*(?:[元圆万千]|块(?:钱|[\d一二三四五六七八九半]毛?(?![个件双条块])))")
_PIECES = re.compile(rf"({_SUM})块(?=[钱给吧就行呗回我你啊呀的也差运补来得算还]|可以|[^\u4e00-\u9fff]|$)")
"""块 without the name of what comes in pieces: of soap it counts, of money it is an amount."""
_FEW = 9
"""Of so many 块 it may still be pieces that are meant, where how many there are is not known."""


def is_all(plain: str) -> bool:
    return bool(_ALL.search(_NOT_ALL.sub("", plain)))


def _corrected(text: str) -> int | None:
    """退两件，不对三件: the number behind what takes back the one before."""
    match = re.search(rf"(?:不对|说错了?|[哦噢]不)[，,。\s是要]*({NUMBER}){_MEASURE}", text)
    return parse(match[1]) if match else None


_LEFT = re.compile(
    rf"(?:留|剩)(?:下|着)?{_AMOUNT}.{{0,6}}?(?:其他|其余|剩下|别的|余下)?.{{0,3}}?(?:都|全)"
    rf"|(?:留|剩)(?:下|着)?{_AMOUNT}[^退换]{{0,6}}(?:其他|其余|剩下|别的|余下)的?.{{0,2}}[退换]"
    rf"|(?:拆|用|开|穿|吃|喝|洗|试|丢|送)(?:了|过|掉|开|封|坏|出去)*{_AMOUNT}[^退换]{{0,6}}"
    r"(?:其他|其余|剩|别的|余下|另外|没[拆用开穿吃喝动洗])[^，,。]{0,6}(?:[退换]|不要|$)"
    rf"|{_AMOUNT}(?:已经|被)?(?:拆|用|开|穿|吃|喝|洗|试|丢)(?:了|过|掉|开|封|坏)+[^退换]{{0,4}}"
    r"(?:其他|其余|剩|别的|余下|另外|没[拆用开穿吃喝动洗])[^，,。]{0,6}(?:[退换]|不要|$)"
    rf"|(?:^|[，,。\s])(?:只|就|给我|自己|我)*留(?:下|着)?{_AMOUNT}(?:就好|就行|就够|自己|用|吧|了)*$"
    rf"|(?:就|只|有|只有){_AMOUNT}[^退换，,。]{{0,3}}(?:完好|好的|没坏|没碎|没事|能用|正常|合适)[^退换]{{0,4}}"
    r"(?:其他|其余|剩|别的|余下|另外)[^，,。]{0,6}(?:[退换]|不要|$)"
    rf"|除(?:了|开|去|掉)?{_AMOUNT}[^退换]{{0,8}}(?:都|全|其[他它余]|别的)"
)
"""What is kept, or was opened, is not among those that go back: 拆了一包，剩下的退."""


def _without_money(plain: str, most: int) -> str:
    """Amounts blanked, same length; more 块 than ``most`` are money."""

    def blank(match: re.Match[str]) -> str:
        return "□" * len(match[0])

    def blank_sum(match: re.Match[str]) -> str:
        count = parse(match[1])
        return match[0] if count is not None and count <= most else blank(match)

    return _PIECES.sub(blank_sum, _MONEY.sub(blank, plain))


def _count(match: re.Match[str] | None) -> int | None:
    if match is None:
        return None
    found = next((v for v in match.groups() if v), None)
    count = parse(found) if found else None
    return count if count and 0 < count < 1000 else None


def lacking(plain: str, owned: int | None) -> int | None:
    """How many units are missing, where the words say so."""
    if match := _RECEIVED.search(plain) or _OF_GOT.search(plain):
        bought, got = (parse(v) for v in [g for g in match.groups() if g][:2])
        if bought and got and 0 < got < bought:
            return bought - got
    if count := _count(_LACKING.search(plain)):
        return count if owned is None or count <= owned else None
    if (match := _ONLY_GOT.search(plain)) and owned:
        got = parse(match["got"])
        if got and 0 < got < owned:
            return owned - got
    return None


_PAIR = re.compile(r"一对(?=都|全|一起)")


_TOGETHER = re.compile(r"^两(?=都|全|一起|一块)|(?<=[退换补要])两(?=$|[吧呗看就，,。])")


def answered(plain: str, owned: int | None) -> int | None:
    """The answer to "how many?", where anything but a number is refused; the last one where it is corrected."""
    said = _DENIED.sub("", _without_money(_ECHO.sub("", plain), owned or _FEW))
    for taken_back in reversed(list(_TAKEN_BACK.finditer(said))):
        if count := _told(said[taken_back.end() :].strip(" ，,。"), owned):
            return count
    return _told(said, owned)


def _told(plain: str, owned: int | None) -> int | None:
    text = _TOGETHER.sub("两个", _PAIR.sub("两个", plain))
    if owned and (left := _count(_LEFT.search(text))) and left < owned:
        return owned - left
    for pattern in (_OF_THEM, _ACTED, _ACTED_AFTER, _ACTED_BARE):
        if count := _count(pattern.search(text)):
            return count
    if owned and is_all(text):
        return owned
    missing = lacking(text, owned)
    if missing is not None:
        return missing
    if count := _count(_BARE.search(text)):
        return count
    return _count(_ANY.search(text)) or (owned if owned and re.search(r"都|全", text) else None)


def is_counted(plain: str) -> bool:
    """Whether something is counted, or all of it meant."""
    return bool(re.search(rf"{_MEASURE}|都|全", plain))


_BROKEN = re.compile(
    rf"[碎坏破裂烂瘪]了?({NUMBER})(?=[，,。！!]|$)|(?:[碎坏破裂烂瘪]|有毛病|有问题)了?{_AMOUNT}|{_AMOUNT}(?:是|都|全)?(?:[碎坏破裂烂瘪]|有毛病|有问题|带裂)"
)


def offered(plain: str) -> int | None:
    """A count that takes what is left: 那退两个, 两个也行."""
    text = re.sub("^那(?=.[^个些])|^那(?=[^一]个)", "", _DENIED.sub("", _without_money(plain, _FEW)))
    if re.search(r"第|订单|[天号点月]", text):
        return None
    for pattern in (_ACTED, _ACTED_AFTER, _ANY):
        if count := _count(pattern.search(text)):
            return count
    return None


def requested(plain: str, owned: int | None) -> int | None:
    """Units named in an open request; stricter than an answer. More than are owned is said as it is: policy refuses it.

    Nothing where one is asked for of a line that holds one.
    """
    text = _DENIED.sub("", _without_money(plain, owned or 0))
    if owned and (left := _count(_LEFT.search(text))) and left < owned:
        return owned - left
    for pattern in (_ACTED, _ACTED_AFTER, _ACTED_APART):
        if count := _count(pattern.search(text)):
            count = _corrected(text) or count
            return count if count > 1 or (owned is not None and owned > 1) else None
    if owned is None or owned <= 1:
        return None
    if re.search(rf"[两二俩{owned}]?{_MEASURE}?(?:都|全)(?:部|都)?(?:要|想|给我)?(?:退|换|不要)", text):
        return owned
    if (count := _count(_BROKEN.search(text))) and count < owned:
        return count
    return None
