"""What is somebody's name and what only looks like one."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

ANALYZER = Analyzer()


def names(text: str, *expected: PiiType) -> list[str]:
    found = ANALYZER.find(text, expected=frozenset(expected))
    return [finding.value for finding in found if finding.type is PiiType.NAME]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("收件人：王小明，别写错", "王小明"),
        ("本人王小明", "王小明"),
        ("本人李红要投诉", "李红"),
        ("收货人张伟", "张伟"),
        ("联系人欧阳静怡", "欧阳静怡"),
        ("姓名：王　磊", "王　磊"),
        ("户名：古丽娜尔·阿不都拉", "古丽娜尔·阿不都拉"),
        ("收件人巴特尔", "巴特尔"),
        ("收件人和田", "和田"),
        ("收货人安康，电话13800138000", "安康"),
        ("你好我叫周子涵想问下退款", "周子涵"),
        ("给我女儿刘雨桐买的", "刘雨桐"),
        ("司机赵大力刚走", "赵大力"),
        ("请转告李志远先生", "李志远"),
        ("刚才的罗敏女士说可以", "罗敏"),
        ("刚才是胡女士接的", "胡"),
        ("孙丽丽 13800138000", "孙丽丽"),
        ("13800138000 孙丽丽", "孙丽丽"),
        ("放门口，陈建国收", "陈建国"),
        ("用陈建国的身份证登记的", "陈建国"),
        ("联系人：黃志明", "黃志明"),
        ("My name is Emily Zhang", "Emily Zhang"),
        ('{"receiver":"夏芳"}', "夏芳"),
        ("面单上写的“邓子涵”", "邓子涵"),
        ("让阿依努尔·买买提签收", "阿依努尔·买买提"),
        ("给阿依努尔·买买提打电话", "阿依努尔·买买提"),
        ("转给买合木提·热西提就行", "买合木提·热西提"),
        ("联系人古丽·巴哈尔在家", "古丽·巴哈尔"),
        ("让巴特尔签收", "巴特尔"),
        ("让约翰·史密斯签收", "约翰·史密斯"),
        ("收件人 Tom", "Tom"),
        ("给Tom签收", "Tom"),
        ("司机Tony刚走", "Tony"),
        ("交给门卫孙大爷", "孙"),
        ("保安老李代收", "李"),
        ("前台小王收了", "王"),
        ("让小陈签收", "陈"),
        ("放老张那，他帮我收", "张"),
        ("麻烦宋姐转交", "宋"),
        ("金总代收", "金"),
        ("你们张总监", "张"),
        ("门卫丁大爷没见到", "丁"),
        ("隔壁谭阿姨代收的", "谭"),
        ("我是张女士，早上打过电话的", "张"),
        ("这边是王阿姨", "王"),
        ("我是郗先生", "郗"),
        ("找司马小姐", "司马"),
        ("欧阳老师说的", "欧阳"),
        ("我叫逄晓东，想查下退款", "逄晓东"),
        ("我叫禚家豪", "禚家豪"),
        ("我是訾永强", "訾永强"),
        ("收货人叫热依汗古丽", "热依汗古丽"),
        ("联系人多吉，手机18726467694", "多吉"),
        ("收件人：敖登格日乐，谢谢", "敖登格日乐"),
        ("我叫边巴扎西", "边巴扎西"),
        ("联系人吉克隽逸", "吉克隽逸"),
        ("收件人：刀美兰，谢谢", "刀美兰"),
        ("收货信息：郦芷若，186-7293-0011", "郦芷若"),
        ("我叫达娃，退款怎么还没到", "达娃"),
        ("楼下尹大姐拿了", "尹"),
        ("前台小方签字了", "方"),
        ("姓名栏打成了蒋欣怡", "蒋欣怡"),
        ("收件人 John Smith", "John Smith"),
        ("John Smith收", "John Smith"),
        ("我叫Maria", "Maria"),
        ("联系人：emily chen", "emily chen"),
        ("名字写Anna Müller", "Anna Müller"),
        ("my name is john", "john"),
        ("我姓钱", "钱"),
        ("免贵姓于", "于"),
        ("敝姓欧阳", "欧阳"),
        ("张总让我问下", "张"),
    ],
)
def test_a_name_is_found_without_what_stands_around_it(text: str, name: str) -> None:
    assert names(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "万一退不了怎么办",
        "王者荣耀的皮肤",
        "高兴不起来，白等三天",
        "鞋子张口了，黄色的那双",
        "金额不对，王老吉也碎了",
        "我是老顾客",
        "我是江苏的",
        "我叫了快递",
        "联系人工客服",
        "收件人写错了",
        "收件人和田地区的",
        "收件人江阴那边改一下",
        "收货江阴",
        "联系安康，让他们发货",
        "收件人和平，愿您安好",
        "换成白色的",
        "师傅马上到",
        "老师同学都说好",
        "女士款没货",
        "收货人同上",
        "金总代理",
        "黄姜大姐牌",
        "王大妈辣酱",
        "王大爷臭豆腐买三送一",
        "阿迪·达斯联名",
        "可口·可乐联名款",
        "让Switch Pro签收",
        "签收人 Gift Card",
        "Apple Watch收",
        "Smart Band收到了",
        "我是Plus会员",
        "店里小包装的",
        "前台小票没给",
        "给小米充电",
        "小李子罐头",
        "找组长投诉",
        "用户名和密码都填了",
        "收货人 Test订单",
        "联系人：test",
        "endOf: (name: string) => 结束登录",
        "customer: reveal 按用途查看",
        "my name is not on the list",
        "我姓名写错了",
        "张总监控坏了",
    ],
)
def test_a_word_is_no_name(text: str) -> None:
    assert names(text) == []


def test_a_word_is_a_name_where_the_text_says_so() -> None:
    assert names("今天很高兴") == []
    assert names("收件人就叫高兴，真名") == ["高兴"]


def test_a_correction_holds_two_names() -> None:
    assert names("收件人：章涛，写错了，应该是张涛") == ["章涛", "张涛"]
    assert names("把收件人从孟凡改成李雷") == ["孟凡", "李雷"]


def test_a_name_that_was_found_once_is_found_again() -> None:
    assert names("收件人：田丽华。田丽华不在家") == ["田丽华", "田丽华"]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    "text",
    [
        "13800138000（王秀英）",
        "13800138000(王秀英)",
        "13800138000-王秀英",
        "13800138000——王秀英",
        "13800138000：王秀英",
        "13800138000 【王秀英】",
        "13800138000；王秀英",
        "13800138000\n王秀英",
        "138 0013 8000（王秀英）",
        "王秀英（13800138000）",
        "王秀英|13800138000",
        "王秀英\n13800138000",
    ],
)
def test_a_sign_between_a_name_and_a_phone_parts_them_not(text: str) -> None:
    assert names(text) == ["王秀英"]


@pytest.mark.parametrize(
    "word",
    [
        "常用",
        "方便",
        "白天",
        "江苏",
        "全天",
        "单位",
        "金色",
        "安全",
        "平安",
        "任何时间",
        "微信同号",
        "周一",
        "王者荣耀",
    ],
)
def test_a_word_behind_a_phone_is_no_name(word: str) -> None:
    assert names(f"13800138000（{word}）") == []
    assert names(f"13800138000\n{word}") == []


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("姓名：王 秀英", "王 秀英"),
        ("收货人：欧阳 修远", "欧阳 修远"),
        ("联系人:李 雪梅 13912345678", "李 雪梅"),
        ("收件人 王 小 明", "王 小 明"),
    ],
)
def test_a_blank_between_surname_and_given_name_parts_no_name(text: str, name: str) -> None:
    assert names(text) == [name]


def test_behind_a_surname_and_a_blank_a_title_or_a_word_is_none() -> None:
    assert names("姓名：李 女士") == []
    assert names("收件人：马 上改") == []
    assert names("姓名：张三 李四") == ["张三", "李四"]


def test_a_bare_name_is_one_where_it_was_asked_for() -> None:
    assert names("田丽华") == []
    assert names("田丽华", PiiType.NAME) == ["田丽华"]


def test_two_numerals_of_a_name_are_no_digits_of_the_phone_behind_it() -> None:
    assert names("联系人王一一 13800138000") == ["王一一"]
