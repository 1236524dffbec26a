"""Invoice titles and tax ids, as the customer gives them."""

import re

from models.compact.numerals import DIGIT

_TAX = re.compile(r"(?<![0-9a-z])[0-9a-z](?:[\s\-]?[0-9a-z]){14,19}(?![0-9a-z])")
_TAX_HOLDER = re.compile(r"⟨(?:税号|统一社会信用代码|信用代码|USCC|社会信用代码)[^⟩]*⟩")
_NAME_HOLDER = re.compile(r"⟨(?:姓名|人名|NAME|抬头)[^⟩]*⟩")
_KIND = (
    "有限责任公司|股份有限公司|有限公司|合伙企业|公司|集团|研究院|研究所|事务所|工作室|合作社|商行|经营部|餐饮店|服务部|批发部|门市部|商店|商贸行|专卖店|旗舰店|便利店|超市|饭店|酒店|"
    "幼儿园|小学|中学|大学|学院|学校|医院|诊所|药房|药店|委员会|居委会|村委会|协会|基金会|银行|支行|中心|厂|店|局|所|馆|社"
)
_COMPANY = re.compile(
    rf"[\u4e00-\u9fffA-Za-z0-9·（）()&]{{2,40}}?(?:{_KIND})(?:[\u4e00-\u9fff]{{2,8}}(?:分公司|分店|店))?(?=$|[^\u4e00-\u9fff（(]|的|吧|哈|啊|开|税号|谢谢|抬头)"
)
_HEADED = re.compile(
    r"抬头(?:名称|名字)?(?:就|是|写(?:成(?!都))?|开(?:成(?!都))?(?!封|普|元|滦|平|县)|用|为|填|改成|换成|要|填写|公司的?|我的?名字|的)*\s*[:：,，“\"]?\s*"
)
_LEAD = re.compile(
    r"^.*?(?:公司名称?(?:是|叫|：|:)?|名称(?:是|：|:)|开给|开成(?!都)|写成(?!都)|写|用公司的|改成|换成|应该是|就?开(?!封|普|元|滦|平|县))\s*[:：,，“\"]?\s*"
)
_PERSONAL = re.compile(
    r"个人(?!税|信息|资料|原因|账)|私人(?!原因)|(?:写|开|用|填|就)我?(?:自己|本人)的?(?:名字|抬头|名义)?(?=$|[，,。吧的就行])|我(?:自己)?(?:的)?名字"
)
_NAMED = re.compile(
    r"(?:抬头|名字|姓名)?(?:就|要)?(?:写成?|抬头|名字|姓名|开给|填)(?:就|是|写|叫|：|:)*(?P<name>[\u4e00-\u9fff]{2,4}?)(?=就?[行好成]|就可以|吧|即可|[，,。！!]|$)"
)
_NO_PERSONS_NAME = re.compile(r"个人|私人|自己|本人|名字|抬头|公司|单位|发票|电子|纸质|我|就|的")
_NO_TAX = re.compile(
    r"(?:没|没有|无|哪有|不知道|不清楚|记不[得住清])(?:什么)?(?:有)?(?:税号|公司|单位)|税号.{0,4}(?:没|不知道|不清楚|不记得|记不)"
)
_SPOKEN = re.compile(r"[零〇一二三四五六七八九幺洞拐]")
_TAIL = re.compile(r"(?:吧|哈|啊|呀|哦|就行|就好|谢谢|。|，|,|！|”|\"|的发票|的)+$")
_NO_NAME = re.compile(
    r"(?:公司|单位|企业|我们?|的|电子|纸质|增值税|专用|普通|一?张|那?个?)*(?:发票|专票|普票|票|公司|单位|企业|抬头)?"
)
_CUT = re.compile(r"[，,。;；\s]|税号|⟨税")
_FILLER = re.compile(
    r"^(?:就是|就|那|是|我(?:们)?(?:公司)?(?:是|叫)?|嗯|好的?|麻烦|请|帮我|给我?|还是|叫|公司[的是叫]|(?:公司)?(?:名称|名字|全称)[是叫：:]?)\s*[:：,，]?\s*"
)


_ASKED = re.compile(
    r"抬头[^，,。]{0,2}(?:能|可以|可不可以|要|必须|怎么|如何|写什么|是什么|填什么)[^，,。]*(?:[吗么呢？?啥])$"
)
_ASKING = re.compile(r"^.*(?:[那这]一?[单笔个](?:订单)?(?:开(?!封|普|元|滦|平|县))?|开(?:具|出|一?[张个份]|一下))")
"""What comes before a name in a request: 打印纸那单开一张."""


def tax_id(raw: str, plain: str) -> str | None:
    """15 to 20 letters and digits, joined, in capitals; whether it is a valid one is for policy to say."""
    if found := _TAX_HOLDER.search(raw):
        return found[0]
    figures = _SPOKEN.sub(lambda found: str(DIGIT[found[0]]), plain)
    kept = [re.sub(r"[\s\-]", "", m[0]).upper() for m in _TAX.finditer(figures)]
    kept = [k for k in kept if 15 <= len(k) <= 20 and sum(c.isdigit() for c in k) >= 6]
    return kept[-1] if kept else None


def _own_name(raw: str) -> str | None:
    """个人的，写李娜就行: the name that it is to be made out to."""
    match = _NAMED.search(raw)
    return match["name"] if match and not _NO_PERSONS_NAME.search(match["name"]) else None


def says_personal(plain: str) -> bool:
    """那就开个人的: whoever it was to be made out to before."""
    return bool(_PERSONAL.search(plain))


def says_no_tax(plain: str) -> bool:
    return bool(_NO_TAX.search(plain))


def title(raw: str, plain: str, *, awaited: bool) -> str | None:
    """A company as written, ``个人``, or a person's own name where the title is awaited. A question is no name."""
    if _ASKED.search(plain):
        return None
    if (found := _NAME_HOLDER.search(raw)) and (awaited or "抬头" in plain):
        return found[0]
    headed = list(_HEADED.finditer(plain))
    led = headed[-1] if headed else (_LEAD.match(plain) if awaited else None)
    start = led.end() if led else 0
    rest = raw[start:]
    after = _ASKING.sub("", rest)
    rest = after if _COMPANY.search(after) else rest
    for _ in range(3):
        rest = _FILLER.sub("", rest)
    if (match := _COMPANY.search(rest)) and not _ASKING.match(match[0]):
        words = match[0]
        for _ in range(2):
            words = _FILLER.sub("", words)
        if len(words) >= 4 and (awaited or led or len(words) >= 6):
            return words
    if _PERSONAL.search(plain):
        return _own_name(raw) or "个人"
    if start or awaited:
        words = _TAIL.sub("", _CUT.split(rest)[0]).strip()
        if _NO_NAME.fullmatch(words):
            return None
        if 2 <= len(words) <= 30 and re.fullmatch(r"[\u4e00-\u9fffA-Za-z0-9·（）()&]+", words):
            return words
    return None
