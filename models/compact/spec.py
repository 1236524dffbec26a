"""The spec that a customer wants, in his own words and as short as they allow: 雾霾蓝, 大一码, 棕色38码, 1.8米."""

import re

from models.compact.normalise import fold
from models.compact.numerals import parse

_SHADE = (
    "浅深亮暗雾霾豆沙樱花奶白茶咖藏天湖宝海军墨翠草酒玫枣砖卡其焦燕麦曜石象牙珍珠香槟玫瑰薄荷牛油果克莱因"
    "复古冰川星空月光极光太灰蓝绿粉红紫杏裸姜柠檬橄榄湖水孔雀钢铁碳晶莓果烟熏肤米驼军团橘松石丁荧光高级莫"
    "兰迪抹可梅子青柿蜜桃脏芋泥香芋砂桔"
)
_COLOUR = (
    rf"(?:[{_SHADE}]{{0,4}}[黑白灰红粉蓝绿黄紫棕咖橙银金青驼杏褐裸橘]色?|(?:藏青|卡其|米白|奶白|原木|"
    rf"透明|迷彩|香槟|象牙白|燕麦|奶茶|豆沙|樱花|莫兰迪|牛油果|薄荷|香芋|裸粉|巧克力|焦糖|酒红|姜黄|"
    rf"玫瑰金|彩虹|拼|米|肉|肤|杂|花)色?)"
)
_SPOKEN_SIZE = (
    r"(?:(?:[一二三]百)?(?:[一二三四五六七八九]?十[一二三四五六七八九]?){1,2}(?:点五|半)?(?:码半?|号)?"
    r"(?![天点块元个件双条分百千万年月日岁]))"
)
"""四十二码; 四十二四十三, a size of slippers."""
_SIZE = (
    r"(?:\d{2}-\d{2}码?|\d{2,3}(?:乘|×)\d{2,3}|[a-z]\d{2,3}(?!\d)|(?<![a-z0-9.])\d{1,2}u(?![a-z0-9])|\d{0,2}x{0,4}[sml](?:号|码|尺码)?(?![a-z])|[0-9]{2,3}(?:/\d{2,3}[a-z]?)?(?:码|号|cm|厘米)|"
    r"(?<!\d)\d{2,3}(?:\.5)?码?(?=的|吧|就|不|$|[，,。\s])|均码"
    r"|(?:再)?[大小](?:[一半两]|\d)[码号]|[大小][一半两]?个?[码号]|加[大肥宽长][码号]?|[大中小特]号|"
    r"\d(?:\.\d+)?[x×*]\d(?:\.\d+)?米?)"
)
_MEASURE = (
    r"(?:\d+(?:\.\d+)?%|百分之[一二三四五六七八九十百零点]{1,6}|\d米\d(?!\d)|[一二三四五六七八九十两零]{1,4}点[一二三四五六七八九零]{1,3}"
    r"(?:毫升|克|公斤|斤|瓦|寸|英寸|厘米|升|米)(?:装|床|版|款)?|\d+(?:\.\d+)?(?:米|m|cm|厘米|寸|英寸|ml|毫升|升|l|g|克|kg|公斤|斤|gb?|tb?|瓦|w|毫安|片|支|"
    r"只|件|条|粒|包|瓶|双|抽|卷|头|孔|档|层|格|键|弦|齿|阶|色)(?:装|床|版|款)?|\d+\+\d+(?:g|gb)?|[一二两三四五六七八九十]米[一二两三四五六七八九]?|"
    r"[一二两三四五六]人位|[一二三四1-4]段|[一二两三四五六七八九十\d]{1,3}[根支只片层双件张个盒罐包瓶袋]装"
    r"|[一二三四五六七八九十百千两零]{2,7}(?:毫升|毫安|克|g|斤|瓦|寸|厘米|升|米))"
)
_STYLE = (
    r"(?:[\u4e00-\u9fff]{1,3}味(?!道)|原味|[\u4e00-\u9fff]{1,3}(?<![那这])款(?=的|吧|就|给|$|[，,。])|套餐[一二三四\da-d]|"
    r"[高低中]配版?|标准版|豪华版|青轴|红轴|茶轴|黑轴|有线|无线|左手|右手|直筒|圆领|v领|高领|长袖|短袖|"
    r"长款|短款|加绒|不加绒)"
)
_ATOM = rf"(?:{_COLOUR}|{_MEASURE}|{_SIZE}|{_SPOKEN_SIZE}|{_STYLE})"
_SPEC = re.compile(rf"{_ATOM}(?:的?\s?(?:{_ATOM}))*")
_TARGET = re.compile(
    r"换成|改成|改为|换为|换做|改做|调成|调为|整成|弄成|换个|[换调](?:一|两|三|\d)?[双件条个台套把盒支瓶块]|换回|换到|[换调](?=[大小\d]|x*[sml](?![a-z])|[a-z]|[黑白灰红粉蓝绿黄紫]|[\u4e00-\u9fff]{1,3}味|[男女童新旧老]款)|"
    r"要(?!退|换|改|求|是|不|送)|改(?=[大小\d]|x*[sml](?![a-z]))|变成|得(?=x*[sml](?![a-z]))|发(?=[黑白灰红粉蓝绿])|调换"
)
_SAME = re.compile(r"同款|一样的|原样|原来的(?:颜色|尺码|款)|同样的|一模一样|跟原来一样")
_NOT = re.compile(
    r"(?:不要|别要|不是|除了|[别甭](?:给我)?(?:发|换|改|拿|寄)?成?)[^，。,！!？?\s要换改]{1,6}|[^，。,！!？?\s]{1,6}(?:不变|拍错|选错|下错|"
    r"买错|太丑|丑|不要(?=[，。,！!？?\s了的]|$)|不喜欢|没货|[太偏]?[小大紧松肥瘦长短](?:了|$|(?=[a-z\d，,。]))|怕[大小])"
)
_PLACE = re.compile(
    r"第(?P<nth>[一二三四五六七八九十\d]{1,2})[个种款样条项]|(?P<last>最后(?:一|那)?[个种款样条项]|最后面)"
)
"""第二个, of those that were shown."""
_SETTLED = re.compile(rf"({_SPEC.pattern})(?:的)?(?:吧|好了|算了|得了)")
_LEAST = 2
_PARTS = re.compile(r"[\s,，、/·+]+")
_CHANGED_BY = re.compile(r"[大小](?:[一半两]|\d)?个?[码号]")


def _span(raw: str, match: re.Match[str]) -> str:
    return raw[match.start() : match.end()].strip().rstrip("的")


def target(raw: str, plain: str) -> tuple[str, int, int] | None:
    """(words, start, end) of what is asked for behind 换成, 改成, 要; None where nothing is."""
    text = _NOT.sub(lambda m: "□" * len(m[0]), plain)
    for cue in reversed(list(_TARGET.finditer(text))):
        window = text[cue.end() : cue.end() + 14]
        if match := _SPEC.search(window):
            start, end = cue.end() + match.start(), cue.end() + match.end()
            words = raw[start:end].strip().rstrip("的")
            return words, start, end
    for cue in _TARGET.finditer(text):
        back = text[max(0, cue.start() - 12) : cue.start()]
        if match := _CHANGED_BY.search(back):
            start = max(0, cue.start() - 12) + match.start()
            return raw[start : start + len(match[0])], start, start + len(match[0])
    return None


def settled(raw: str, plain: str) -> str | None:
    """The spec that is decided on: 嗯……36吧，37怕还大."""
    match = _SETTLED.search(_NOT.sub(lambda m: "□" * len(m[0]), plain))
    return raw[match.start(1) : match.end(1)].strip().rstrip("的") if match else None


def answered(raw: str, plain: str, shown: tuple[str, ...] = ()) -> str | None:
    """The answer to "which spec?", of those that were shown or of others."""
    if one := _by_name(plain, shown) or _by_place(plain, shown):
        return one
    words, part = _by_rule(raw, plain), _by_part(raw, plain, shown)
    return part if part and (words is None or words in part) else words


def _by_rule(raw: str, plain: str) -> str | None:
    if found := target(raw, plain):
        return found[0]
    text = _NOT.sub(lambda m: "□" * len(m[0]), plain)
    if match := _SPEC.search(text):
        return _span(raw, match)
    if match := _SAME.search(plain):
        return _span(raw, match)
    return None


def _by_name(plain: str, shown: tuple[str, ...]) -> str | None:
    """A name said as it was shown."""
    said = "".join(plain.split())
    named = [name for name in shown if len(name) >= _LEAST and "".join(fold(name).split()) in said]
    return max(named, key=len) if named else None


def _by_place(plain: str, shown: tuple[str, ...]) -> str | None:
    match = _PLACE.search(plain)
    if match is None or not shown:
        return None
    nth = len(shown) if match["last"] else parse(match["nth"]) or 0
    return shown[nth - 1] if 0 < nth <= len(shown) else None


def _by_part(raw: str, plain: str, shown: tuple[str, ...]) -> str | None:
    """A part of a name that no rule knows: 雪青 of 雪青 均码."""
    parts = {part for name in shown for part in _PARTS.split(fold(name)) if len(part) >= _LEAST}
    places = [(at, at + len(part)) for part in parts if (at := plain.find(part)) >= 0]
    return raw[min(places)[0] : max(end for _, end in places)] if places else None
