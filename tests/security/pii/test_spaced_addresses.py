"""Addresses as phones put them in, with a blank between a number and its word. Days and sizes stay readable."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

ANALYZER = Analyzer()


def addresses(text: str) -> list[str]:
    return [found.value for found in ANALYZER.find(text) if found.type is PiiType.ADDRESS]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("阳光花园 3 栋 2 单元 1502", "阳光花园 3 栋 2 单元 1502"),
        ("阳光花园3栋 2 单元 1502 室", "阳光花园3栋 2 单元 1502 室"),
        ("寄到 文三路 369 号 501 室，谢谢", "文三路 369 号 501 室"),
        ("文三路 369 号 李四收", "文三路 369 号"),
        ("解放路188 号3 栋 502", "解放路188 号3 栋 502"),
        ("地址：翠苑小区 5 幢 601", "翠苑小区 5 幢 601"),
        ("我家在建设路 12 号 3 单元 402", "建设路 12 号 3 单元 402"),
        ("人民路 66 弄 8 号 502 室", "人民路 66 弄 8 号 502 室"),
        ("中山路 88 号院 6 号楼 2 单元 301", "中山路 88 号院 6 号楼 2 单元 301"),
        ("万达广场 B 座 12 层 1203 室", "万达广场 B 座 12 层 1203 室"),
        ("家是 御景湾 6 栋 1 单元 901", "御景湾 6 栋 1 单元 901"),
        ("浦东新区 张杨路 500 號 12 樓 1203 室", "浦东新区 张杨路 500 號 12 樓 1203 室"),
        ("收货地址 杭州市 西湖区 文三路 369 号 5 楼 501 室", "杭州市 西湖区 文三路 369 号 5 楼 501 室"),
        ("我在3 栋 2 单元 1502 室", "3 栋 2 单元 1502 室"),
        ("文三路 369 号，11 月 28 号下单的", "文三路 369 号"),
        ("解放路 188 号 3 号到货", "解放路 188 号"),
    ],
)
def test_a_blank_before_the_word_parts_no_house_from_its_street(text: str, address: str) -> None:
    assert addresses(text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "11 月 28 号下单的",
        "我 11 月 28 号买的 3 号到的 5 号坏了",
        "11 月 28 号 10 点 15 分",
        "中山路 3 号到",
        "我在万达广场 3 号见",
        "小区 3 号停电",
        "公司 12 号 上班",
        "超市 3 号 8 点开门",
        "酒店 12 号 入住 13 号 退房",
        "家里 2 楼 有点潮",
        "商场 1 楼 有专柜",
        "尺码 40 号 2 双 38 号 1 双",
        "书架 5 层 80 宽",
        "洗衣机 8 档 3 档 都不行",
        "客厅里 3 座沙发",
        "订单里 2 栋 积木",
        "积木 3 栋 2 层",
        "座椅 B 座 C 座",
        "5 排 12 号",
        "7 号线 3 号口",
        "100 平 3 室 2 厅",
    ],
)
def test_days_sizes_and_storeys_stay(text: str) -> None:
    assert addresses(text) == []
