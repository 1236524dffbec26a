"""Phones and addresses, in clear or as placeholders (⟨手机1⟩, ⟨地址1⟩)."""

import re

from models.compact.numerals import digit_runs

_PHONE_HOLDER = re.compile(r"⟨(?:手机|电话|座机|固话|PHONE|LANDLINE)[^⟩]*⟩")
_ADDRESS_HOLDER = r"⟨(?:地址|ADDRESS)[^⟩]*⟩"
_ADDRESS_HELD = re.compile(
    rf"{_ADDRESS_HOLDER}(?:[，,、\s]{{0,2}}{_ADDRESS_HOLDER})*"
    r"(?:[，,\s]?[0-9A-Za-z]{1,5}(?:[-－—#号栋幢楼座单元室层]{1,2}[0-9A-Za-z]{0,5}){1,4}(?![0-9A-Za-z]))?"
)
"""Parts of one address that stand side by side are one, with the door behind them where it is still readable."""
_MOBILE = re.compile(r"1[3-9]\d{9}")
_NOT_THIS = re.compile(r"(?:不是|别用|不要|原来是|本来是)\s*$")
_DENIED = re.compile(r"(?:而|并)?(?:不是|别写|别寄|别送|不(?:送|寄|发)(?:到|去)?|不要写|不要寄)[^，,。！!是改应]{1,24}")
"""不是11号楼，17号楼才对: what is denied is no part of what is meant."""
_PROVINCES = (
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|"
    "海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古?|广西|西藏|宁夏|新疆|香港|澳门"
)
_CITIES = (
    "广州|深圳|杭州|南京|苏州|成都|武汉|西安|郑州|长沙|青岛|宁波|东莞|佛山|合肥|济南|福州|厦门|沈阳|"
    "大连|哈尔滨|长春|石家庄|太原|南昌|南宁|昆明|贵阳|兰州|海口|三亚|无锡|常州|"
    "南通|徐州|扬州|镇江|盐城|泰州|淮安|连云港|宿迁|温州|嘉兴|绍兴|金华|台州|湖州|丽水|衢州|舟山|烟台|"
    "潍坊|临沂|济宁|淄博|威海|德州|泰安|菏泽|聊城|洛阳|开封|南阳|新乡|许昌|"
    "商丘|周口|信阳|驻马店|宜昌|襄阳|荆州|黄石|十堰|孝感|株洲|湘潭|衡阳|岳阳|常德|邵阳|郴州|珠海|中山|"
    "惠州|汕头|江门|湛江|茂名|肇庆|清远|揭阳|梅州|桂林|柳州|北海|泉州|漳州|"
    "莆田|龙岩|三明|芜湖|蚌埠|马鞍山|安庆|阜阳|赣州|九江|上饶|景德镇|绵阳|德阳|宜宾|南充|泸州|乐山|"
    "遵义|曲靖|大理|丽江|咸阳|宝鸡|渭南|榆林|汉中|唐山|保定|廊坊|邯郸|秦皇岛|沧州|"
    "大同|运城|临汾|包头|呼和浩特|鄂尔多斯|银川|西宁|乌鲁木齐|拉萨|吉林|大庆|齐齐哈尔|鞍山|抚顺|锦州|"
    "义乌|昆山|常熟|张家港|江阴|慈溪|余姚|晋江|顺德"
)
_REGION = re.compile(
    rf"(?:{_PROVINCES}|{_CITIES})(?:省|市|自治区|特别行政区|壮族自治区|回族自治区|维吾尔自治区)?(?=[\u4e00-\u9fff])"
)
_DIVISIONS = re.compile(
    rf"(?:{_PROVINCES}|{_CITIES})(?:省|市|自治区)?(?:[\u4e00-\u9fff]{{2,8}}?[市区县旗镇]){{1,4}}(?=$|[，,。！!\s])"
)
"""Only as far as the district: the rest of it is still to come."""
_REST = re.compile(
    r"[，,、\s]{0,2}[\u4e00-\u9fff]{2,20}[\s0-9A-Za-z\-－—#\u4e00-\u9fff]{0,30}[0-9A-Za-z号栋幢楼座室层]"
)
_DETAIL = re.compile(r"[路街道巷弄村镇乡区县里园城苑府庄湾坊大厦楼栋号院室幢座单元]")
_LEAD = re.compile(
    r"(?:改成|改到|改为|换成|换到|寄到|寄去|送到|送去|发到|邮到|改寄到?|改送到?|地址是|地址：|地址:|"
    r"地址为|新地址|改寄|送我|寄我|是|到)\s*[:：,，]?\s*"
)
_LOCAL = re.compile(
    r"[\u4e00-\u9fff]{2,6}(?:区|县|市|镇|路|街道|街|大道|小区|花园|大厦|新村|村|公寓|广场)[^，,。！？\s]*?(?:\d|"
    r"[一二三四五六七八九十幺]).*"
)
_DOOR = re.compile(r"(?:\d+|[一二三四五六七八九十幺零]+)(?:号楼|栋|幢|单元|号院|室|楼).*")
"""Only a part of an address is to be another: 还是那个小区，换成12栋."""
_END = re.compile(
    r"[，,。！!？?；;\n]|\s(?=(?:电话|手机|收件|联系|谢谢|麻烦|我|收货|⟨|1[3-9]\d))|(?:收件人?|收货人|"
    r"电话|手机|联系)|谢谢|麻烦|就行|就好|可以吗|行吗|行不|(?<=[室号栋楼座园厦\d])(?:吧|哈|啊|呀|哦|"
    r"的)"
)
_TAIL = re.compile(r"(?:才(?:对|是)|吧|哈|啊|呀|哦|呢|哟|，|,|。|！|!|\s|谢谢)+$")


def phone(raw: str, plain: str) -> str | None:
    """A full number (spoken digits become figures) or its placeholder. In 是A不是B, A."""
    if found := _PHONE_HOLDER.findall(raw):
        spans = list(_PHONE_HOLDER.finditer(raw))
        kept = [m[0] for m in spans if not _NOT_THIS.search(raw[: m.start()])]
        return (kept or found)[0] if len(kept) == 1 else (kept or found)[-1]
    good = []
    for start, _, figures in digit_runs(plain, 11):
        figures = figures.removeprefix("86") if len(figures) == 13 else figures
        if _MOBILE.fullmatch(figures) and not _NOT_THIS.search(plain[:start]):
            good.append(figures)
    return good[-1] if good else None


def phone_tail(plain: str) -> str | None:
    """Exactly four digits, written or spoken, that stand alone."""
    runs = [f for _, _, f in digit_runs(plain, 4) if len(f) == 4]
    return runs[-1] if runs else None


def address(raw: str, plain: str, *, awaited: bool) -> str | None:
    """The address in the customer's own words, from its first region to its last part."""
    if held := list(_ADDRESS_HELD.finditer(raw)):
        return _with_rest(raw, held[-1]) if awaited else held[-1][0]
    plain = _DENIED.sub(lambda m: "□" * len(m[0]), plain)
    starts = [m.start() for m in _REGION.finditer(plain)]
    for start in starts:
        span = _cut(raw, plain, start)
        if len(span) >= 7 and len(_DETAIL.findall(span)) >= 2:
            return span
    for lead in _LEAD.finditer(plain):
        if _LOCAL.match(plain, lead.end()):
            span = _cut(raw, plain, lead.end())
            if len(span) >= 6 and _DETAIL.search(span):
                return span
    if awaited and (match := _DIVISIONS.search(plain) or _LOCAL.search(plain) or _DOOR.search(plain)):
        return _cut(raw, plain, match.start())
    return None


def _with_rest(raw: str, held: re.Match[str]) -> str:
    """What follows a part that was found, where it goes on with roads, compounds and doors."""
    rest = _REST.match(raw, held.end())
    is_part = rest is not None and _DETAIL.search(rest[0]) and re.search(r"\d", rest[0])
    return raw[held.start() : rest.end()].strip() if rest is not None and is_part else held[0]


def _cut(raw: str, plain: str, start: int) -> str:
    denied = plain.find("□", start)
    end = len(plain) if denied < 0 else denied
    for match in _END.finditer(plain, start + 4):
        rest = plain[match.end() : match.end() + 12]
        joins = match[0] in "，, " and re.match(
            r"\s*[\u4e00-\u9fff]{0,8}(?:\d|[一二三四五六七八九十])+[号栋幢楼室单座层]", rest
        )
        if not joins:
            end = min(end, match.start())
            break
    return _TAIL.sub("", raw[start:end]).strip()
