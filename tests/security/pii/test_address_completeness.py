"""What an address lacks to be delivered to."""

import pytest

from security.pii.addresses.completeness import missing_of


@pytest.mark.parametrize(
    "address",
    [
        "浙江省杭州市余杭区良睦路12号2单元1402室",
        "杭州市余杭区良睦路12号",
        "北京朝阳区望京街道阜通东大街6号院3号楼1201",
        "上海浦东新区张江路100弄8号602",
        "广东省东莞市长安镇锦厦路5号",
        "昆山市玉山镇人民路88号3幢501",
        "河南省周口市太康县城关镇李庄村三组",
        "内蒙古自治区呼伦贝尔市海拉尔区胜利大街22号",
        "云南省大理白族自治州大理市下关镇泰安路3号",
        "四川省成都市武侯区万科城市花园二期3栋1单元1201",
        "湖南长沙岳麓区麓山南路932号",
        "江苏省苏州市工业园区星湖街328号创意产业园5栋",
        "广东省深圳市南山区科技园南区软件大厦6层",
        "四川省宜宾市叙州区柏溪镇喜捷村",
        "福建省泉州市丰泽区东海大街二百一十八号五栋一零零二室",
    ],
)
def test_a_whole_address_lacks_nothing(address: str) -> None:
    assert missing_of(address) == ()


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ("余杭区良睦路12号2单元1402室", ("city",)),
        ("浙江省良睦路12号", ("city", "district")),
        ("杭州市良睦路12号", ("district",)),
        ("浙江省杭州市余杭区", ("detail",)),
        ("浙江省杭州市余杭区良睦路", ("detail",)),
        ("河北省石家庄市长安区中山东路恒大小区", ("detail",)),
        ("12栋", ("city", "district", "detail")),
        ("我家", ("city", "district", "detail")),
        ("", ("city", "district", "detail")),
    ],
)
def test_what_is_missing_is_named(address: str, missing: tuple[str, ...]) -> None:
    assert missing_of(address) == missing


def test_blanks_are_nothing() -> None:
    assert missing_of("浙江省 杭州市 余杭区\n良睦路 12号") == ()
