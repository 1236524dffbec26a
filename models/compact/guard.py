"""What is never read as a request: threats and self-harm (a human takes them), and words that give us orders."""

import re

_SELF_HARM = re.compile(
    r"不想活|活不下去|不活了|想死(?!你|我了)|去死了算|自杀|轻生|结束生命|跳楼|割腕|撑不下去|活着.{0,4}没(?:有)?(?:什么|啥|多大|个)?(?:意思|意义|劲|盼头|奔头)|(?:不如|还不如)死|没有活下去|死了算了|遗书|了结自己|不如死|喝药|跳下去|从.{1,4}跳|活着(?:真|好|太)?(?:没劲|没意思|没意义|累|痛苦)|没活头|一了百了|安眠药|烧炭|活不了"
    r"|(?:不想|不愿)(?:再|继续)(?:活|撑)|活够了|活腻|一死了之|结束(?:这一切|自己)|离开(?:这个|这)?(?:世界|人世)|寻短见|寻死"
    r"|[跳投](?:河|江|湖|海|井)(?![豚马边鲜绵景])|上吊(?![扇灯环顶带坠篮椅牌床兰钩柜机瓶绳])|喝农药|逼死我(?:算|得|吧|们)|[要想]逼死(?!强迫)"
    r"|死在你们?(?:公司|店|门口|面前|手里|家)|死给你们?看"
)
_RISK = re.compile(
    r"(?<!\d)12315(?!\d)|(?<!\d)12345(?!\d)|幺二三幺五|一二三一五|消协|消费者协会|消保委|工商(?!银行|信用|卡)|市监局|市场监管|市场监督|质监|黑猫(?!警长|图|款|的?印花|玩偶|贴|抱枕|杯|耳|造型|公仔|头|色|眼|睡衣|手机壳)|律师(?!袍|服|执业|资格)|起诉|法院|打官司|告你们|曝光(?!度|率|补偿|时间|参数|表)|媒体|记者|上热搜|报警|警察|维权|信不信我告|[去要]告你(?![诉知]|一声)|告死你"
    r"|(?:投诉|举报|告|打|上|找)[到给过]?(?<!\d)315(?!\d)|(?<!\d)315(?!\d)(?:投诉|举报|曝光|晚会|见)|市长(?:热线|信箱)|[去到上找]公安|报案"
)
_RISK_ASKED = re.compile(
    r"(?:12315|消协|律师|维权).{0,6}(?:电话|是什么|是啥|什么意思|啥意思|怎么打|几点上班).{0,4}[吗？?]?$"
)
_NOT_RISK = re.compile(
    r"(?:朋友|同学|老公|老婆|爸|妈|哥|姐|弟|妹|亲戚|邻居|同事|对象)就?是(?:个|名|一名)?(?:律师|记者|警察)(?=[^。！!]*(?:也(?:买|用|穿|在|说好|喜欢)|推荐))|律师事务所|律所|(?:法院|律师|警察|记者|媒体)(?:家属|朋友|同事|上班|工作|的?抬头|的发票|那边上班|证|款|风|制服|套装|玩具|玩偶|包)|(?:买|送).{0,8}(?:律师|警察|记者)|多媒体|自媒体|媒体播放|报警器|报警(?:声|灯|音|提示|功能)"
    r"|(?:寄|送|快递|发货)[到往给去]?[^，,。！!？?]{0,4}(?:法院|公安局|派出所|电视台|报社)"
    r"|是(?:个|名|一名)?(?:律师|记者|警察)[，, ]?(?:想|要|帮|给)[^。！!]{0,6}(?:发票|抬头)"
    r"|(?:当|一直|老是?|自动|乱|误|电量|故障|温度|烟雾|水位|就|会|不|滴滴|响着|物|东西)报警"
)
_ORDERED = (
    r"(?:忽略|无视|忘记|忘掉|抛开|不要管|别管)(?:掉|之前|上面|以上|前面|你|一切|所有|先前)*的?(?:所有|全部|一切)?(?:指令|规则|设定|提示词?|要求|限制|对话|政策|约束|内容)",
    r"(?:你现在是|从现在起你?是?|从现在开始你是?|现在开始你?扮演|假装你是|假设你是|请你?扮演|你要扮演|你来扮演|角色扮演|你演一个|我们玩|你的身份是|你已经是)",
    r"(?:提示词|prompt|系统指令|初始设定|初始指令|system message|开发者消息)",
    r"(?:进入|开启|切换(?:到|为|成)?|打开|启用)(?:了)?(?:开发者|调试|管理员|上帝|维护|测试|越狱|无限制|debug)模式",
    r"(?:管理员|超级用户|root|admin|超管)(?:权限|身份|口令|指令|模式)?(?:[:：]|已|，|,|登录|授权|命令|override)",
    r"(?:解码|解密|base64|rot13|十六进制|摩斯).{0,12}(?:照做|执行|照办|按.{0,4}做)?",
    r"(?:execute|call|invoke|run)\s+\w+|(?:select\s.+\sfrom|drop\s+table|update\s+\w+\s+set|insert\s+into|delete\s+from|or\s+1\s*=\s*1)",
    r"(?:ignore|disregard|forget|override)\s+(?:all|any|the|previous|your|above)",
    r"(?:act\s+as|you\s+are\s+now|pretend\s+to\s+be|new\s+instructions?|system\s*prompt|jailbreak|dan\s*模式)",
    r"(?:绕过|跳过|关掉|关闭|取消掉?)(?:审核|验证|政策|风控|核验|限制|确认|审批)",
    r"(?:退款审批|审核|核验).{0,4}(?:全部|一律|自动)?(?:跳过|通过|关闭)",
    r"(?:测试环境|沙箱|演练|安全测试|压力测试)",
    r"(?:只要|只需|你只)(?:要|需要)?(?:回复|回答|说|输出).{0,3}[“\"「']?(?:已退款|退款成功|同意|是的|批准)",
    r"(?:往|给)我?的?(?:账户|账号|余额|钱包|卡).{0,6}(?:加|充|打|转|增加).{0,4}(?:\d|[一二三五十百千万])",
    r"(?:其他|别的|另一个|所有)(?:客户|用户|顾客|买家|人)的?(?:订单|地址|电话|手机|信息|资料)",
    r"工具(?:已经)?返回|接口(?:已经)?(?:返回|批准)|照着?念",
    r"没有(?:任何)?(?:规则|限制|约束)|退(?:给?我)?(?:一万|五千|几千|十万|[2-9]千|[二三四六七八九]千|\d{4,})(?:块|元|$|[，。,！!])",
    r"假(?:设|如)我?已?经?(?:验证|通过)|(?:已|已经)(?:通过|验证)过?(?:身份)?验证",
    r"拼(?:起来|好).{0,6}(?:指令|执行)|当一条指令",
)
_INJECTION = re.compile("|".join(_ORDERED))
_WRAPPED = re.compile(
    r"#{2,}.*?#{2,}|【(?:系统|管理|后台|内部|通知|system)[^】]*】|\[(?P<tag>system|admin|inst)\b[^\]]*\].*?\[/(?P=tag)\s*\]|\[(?:system|admin|inst)[^\]]*\]|<\|?[a-z/!][^>]*>|```.*?```"
    r"|\{\s*\"[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\{\{.*?\}\}|\$\{[^}]*\}|(?:^|[\n。；;])\s*(?:system|assistant|developer|系统)\s*[:：][^\n。；;]*",
    re.DOTALL,
)
_ABUSE = re.compile(
    r"王八蛋|畜生|混蛋|滚犊子|傻[逼比叉]|狗东西|滚蛋|去死吧|[他你]妈的|人渣|不要脸|臭不要脸|缺德|丧尽天良|不得好死|断子绝孙|一帮(?:骗子|强盗|土匪|流氓)"
)
_ANGER = re.compile(
    r"[气恼]死|气[炸疯人坏得到]|生气|来气|火大|恼火|发火|愤怒|怒|一肚子(?:的)?[火气]|肺都|恶心|骗子|骗人|坑人|坑货|奸商|流氓|黑店|黑心|垃圾|过分|欺负|欺人|无耻|不要脸|良心|良知"
    r"|受够|忍无可忍|忍.{0,4}很久|受不了你|耍[我猴人]|忽悠|糊弄|当.{0,2}傻子|差劲|态度.{0,4}(?:差|恶劣|烂)|恶劣|什么(?:破|狗屁|玩意|态度)|啥(?:破|狗屁|玩意|态度)|破(?:店|公司|客服)"
    r"|滚|去死|妈的|卧槽|我[草操靠]|tmd|(?<![a-z])sb(?![a-z])|脑残|智障|废物|有病|眼瞎|瞎了眼|不是人|崩溃|抓狂|[要快]疯了|血压|倒了?血?霉|狗屁|狗东西|不讲理|下作"
)
"""Words without which only a classifier that is very sure calls somebody angry."""
_CLAUSE_END = re.compile(r"[，,。！!？?；;\n]")
_WRITES = re.compile(r"[%<>{}\[\]$\\|=;'\"`()_/*+-]")


def is_self_harm(plain: str) -> bool:
    return bool(_SELF_HARM.search(plain))


def is_abuse(plain: str) -> bool:
    """Insults hurled at us."""
    return bool(_ABUSE.search(plain))


def sounds_angry(plain: str) -> bool:
    """A word of anger stands in it, whoever it is meant for."""
    return bool(_ANGER.search(plain) or _ABUSE.search(plain))


_PLAIN_DISCONTENT = re.compile(r"态度.{0,4}(?:差|恶劣|烂)|差劲|恶劣|过分|血压|有病|眼瞎")


def is_raw_anger(plain: str) -> bool:
    """More than discontent: what a complaint is about may be bad, and still be told calmly."""
    return sounds_angry(_PLAIN_DISCONTENT.sub("", plain))


def is_threat(plain: str) -> bool:
    """A risk word that is meant as one: not 工商银行, not 相机曝光, not a question for a number."""
    text = _NOT_RISK.sub("", plain)
    if not _RISK.search(text) or _RISK_ASKED.search(text):
        return False
    return not ("曝光" in text and re.search(r"相机|镜头|快门|照片|拍出来|参数", text))


def without_injection(plain: str) -> tuple[str, bool]:
    """The message with every clause that gives *us* orders blanked (same length), and whether there was one."""
    text = _WRAPPED.sub(lambda m: " " * len(m[0]), plain)
    found = text != plain
    while match := _INJECTION.search(text):
        start = max((m.end() for m in _CLAUSE_END.finditer(text, 0, match.start())), default=0)
        stop = _CLAUSE_END.search(text, match.end())
        end = stop.end() if stop else len(text)
        text = text[:start] + " " * (end - start) + text[end:]
        found = True
    return text, found


def is_machine_text(plain: str) -> bool:
    """Mostly markup or code rather than words."""
    letters = sum("\u4e00" <= c <= "\u9fff" for c in plain)
    return len(_WRITES.findall(plain)) >= 4 and letters <= len(plain) // 3
