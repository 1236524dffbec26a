"""Where an address begins and ends, and what is none."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

ANALYZER = Analyzer()


def addresses(text: str, channel: str = "web", *expected: PiiType) -> list[str]:
    findings = ANALYZER.find(text, expected=frozenset(expected), channel=channel)
    return [found.value for found in findings if found.type is PiiType.ADDRESS]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("麻烦寄到浙江省杭州市西湖区文三路100号5幢302室，谢谢", "浙江省杭州市西湖区文三路100号5幢302室"),
        ("送到鼓楼区中山路8号就行", "鼓楼区中山路8号"),
        ("还是放滨江路22号吧", "滨江路22号"),
        ("师傅送到和美小区十一栋三楼东边那户", "和美小区十一栋三楼东边那户"),
        ("我住幸福花园8号楼2单元1203，没电梯", "幸福花园8号楼2单元1203"),
        ("老家在河南省周口市太康县高贤乡李庄村12号", "河南省周口市太康县高贤乡李庄村12号"),
        ("麻烦改派天津市河西区友谊路35号城市大厦26层", "天津市河西区友谊路35号城市大厦26层"),
        ("地址：成都市青羊区蜀都大道１９号２栋３０１", "成都市青羊区蜀都大道１９号２栋３０１"),
        ("香港九龍觀塘鴻圖道38號工業大廈9樓C室", "香港九龍觀塘鴻圖道38號工業大廈9樓C室"),
        ("福建省 泉州市 丰泽区 田安路 228号", "福建省 泉州市 丰泽区 田安路 228号"),
        ("中山北路1588弄12号601室 13800138000", "中山北路1588弄12号601室"),
        ("寄到昆明市盘龙区北京路延长线1079号龙城3栋1单元2907", "昆明市盘龙区北京路延长线1079号龙城3栋1单元2907"),
        ("我住巴楚县色力布亚镇6村3组12号", "巴楚县色力布亚镇6村3组12号"),
        ("寄晋江市江滨南路宝龙城市广场SOHO2号楼1615，谢谢", "晋江市江滨南路宝龙城市广场SOHO2号楼1615"),
        ("西安市未央区凤城五路88号赛高街区4号楼2单元2106，收", "西安市未央区凤城五路88号赛高街区4号楼2单元2106"),
        ("南宁市青秀区民族大道131号航洋国际城3号楼1208", "南宁市青秀区民族大道131号航洋国际城3号楼1208"),
        ("病人在省立医院住院楼9楼心内科15床", "省立医院住院楼9楼心内科15床"),
        ("地址：望京SOHO塔3 2105室", "望京SOHO塔3 2105室"),
        ("寄到朝阳区望京SOHO T3 2105", "朝阳区望京SOHO T3 2105"),
        ("龙湖时代天街 3-1-1204", "龙湖时代天街 3-1-1204"),
        ("收货地址：万科城市花园A区，12-3-402", "万科城市花园A区，12-3-402"),
        ("地址是万象城写字楼B座 1502，工作日送", "万象城写字楼B座 1502"),
        ("地址：绿地之窗 3-1-1204", "绿地之窗 3-1-1204"),
        ("地址：大悦城写字楼2003", "大悦城写字楼2003"),
        ("幸福花园8号楼 1203 13800138000", "幸福花园8号楼 1203"),
        ("幸福花园8号楼 138 0013 8000", "幸福花园8号楼"),
    ],
)
def test_an_address_goes_from_its_first_part_to_its_last(text: str, address: str) -> None:
    assert addresses(text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "北京发的货怎么三天还没到上海",
        "从广州白云机场中转了两次",
        "物流停在杭州转运中心",
        "三楼五楼都行",
        "原路退回，网络线路有问题",
        "小区门口的驿站不让放",
        "3号下单5号发货",
        "一号店和二号线都没有",
        "一路上压坏了",
        "你们万象城3楼那家店",
        "型号 T3 2105",
        "那款联想ThinkPad T3 2105型号",
        "首都机场T3航站楼",
        "大悦城买的 3-4天到",
        "退到广场店 5-100元",
        "科技城的快递 12-3-402",
        "幸福小区 138-0013-8000",
        "大悦城写字楼2003",
    ],
)
def test_a_city_or_a_street_alone_is_no_address(text: str) -> None:
    assert addresses(text) == []


@pytest.mark.control("K1")
@pytest.mark.parametrize("text", ["大悦城写字楼2003", "绿地之窗 3-1-1204", "望京SOHO塔3 2105室", "江南里 2-1204"])
def test_an_estate_with_a_room_is_an_address_where_one_was_asked_for(text: str) -> None:
    assert addresses(text, "web", PiiType.ADDRESS) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "沙发3座的",
        "3号下单5号发货",
        "改到2026-11-10送",
        "订单20261110123456",
        "等等，大悦城3天能到吗",
        "取件码 3-2-1087 打不开柜子",
        "取件码12-3-4567",
        "尺码 3-1-1204",
        "你们400-880-1234一直占线",
    ],
)
def test_other_numbers_are_no_room_even_then(text: str) -> None:
    assert addresses(text, "web", PiiType.ADDRESS) == []


@pytest.mark.control("K1")
def test_a_spoken_address_is_read_like_a_written_one() -> None:
    assert addresses("我住幸福小区七栋二单元四零一没电梯", "voice") == ["幸福小区七栋二单元四零一"]


def test_a_correction_holds_the_wrong_and_the_right_part() -> None:
    assert addresses("地址杨浦区国定路335号2号楼，说错了，是3号楼") == ["杨浦区国定路335号2号楼", "3号楼"]


def test_an_address_spread_over_messages_is_found_in_each() -> None:
    parts = ANALYZER.find_in_messages(["新地址 山东省青岛市市南区", "香港中路40号", "数码大厦2301室"])
    assert [[finding.value for finding in part] for part in parts] == [
        ["山东省青岛市市南区"],
        ["香港中路40号"],
        ["数码大厦2301室"],
    ]
