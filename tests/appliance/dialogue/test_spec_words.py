"""A customer's words for a spec, read against what is on sale: the one, all that fit, or none; never a guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.aftersales.orders.model import Spec
from appliance.dialogue.spec_words import meant, says_same

BOOTS = ("棕 37码", "棕 38码", "黑 37码", "黑 38码")
SHIRTS = ("黑 L", "黑 XL", "黑 XXL")
PHONES = ("黑 128G", "黑 256GB", "白 256GB")
FLEECE = ("黑 加绒", "白 加绒", "白 不加绒")


def family(*names: str) -> list[Spec]:
    return [Spec(sku=f"S{n}", product="P", spec=name, price_fen=100) for n, name in enumerate(names)]


def found(words: str, names: tuple[str, ...], own: int | None = 0) -> list[str]:
    specs = family(*names)
    return [spec.spec for spec in meant(words, specs, None if own is None else specs[own])]


@pytest.mark.parametrize(
    ("words", "names", "spec"),
    [
        ("38", BOOTS, "棕 38码"),
        ("38码，颜色不变", BOOTS, "棕 38码"),
        ("三十八码", BOOTS, "棕 38码"),
        ("３８码", BOOTS, "棕 38码"),
        ("黑色", BOOTS, "黑 37码"),
        ("黑色38的", BOOTS, "黑 38码"),
        ("xxl", SHIRTS, "黑 XXL"),
        ("2XL", SHIRTS, "黑 XXL"),
        ("加大", SHIRTS, "黑 XL"),
        ("双叉L", SHIRTS, "黑 XXL"),
        ("M码", ("藏青 L", "藏青 M"), "藏青 M"),
        ("256g的白色", PHONES, "白 256GB"),
        ("256", PHONES, "黑 256GB"),
        ("一米八", ("1.5米", "1.8米"), "1.8米"),
        ("四十二码半", ("42", "42.5"), "42.5"),
        ("四十二四十三", ("灰 40-41", "灰 42-43"), "灰 42-43"),
        ("蓝色", ("奶白", "雾霾蓝"), "雾霾蓝"),
        ("165", ("160/84A 黑", "165/88A 黑"), "165/88A 黑"),
        ("白色加绒", FLEECE, "白 加绒"),
        ("藏青", ("黑", "深蓝"), "深蓝"),
        ("套餐二", ("套餐一", "套餐二"), "套餐二"),
    ],
)
def test_the_one_that_is_meant(words: str, names: tuple[str, ...], spec: str) -> None:
    assert found(words, names) == [spec]


@pytest.mark.parametrize(
    ("words", "names", "own", "spec"),
    [
        ("大一码", BOOTS, 0, "棕 38码"),
        ("小一码", BOOTS, 1, "棕 37码"),
        ("黑色大一码", BOOTS, 0, "黑 38码"),
        ("大一码，38", BOOTS, 0, "棕 38码"),
        ("大两码", SHIRTS, 0, "黑 XXL"),
        ("大半码", ("41", "41.5", "42"), 0, "41.5"),
        ("大一点的", SHIRTS, 1, "黑 XXL"),
    ],
)
def test_sizes_up_and_down_from_what_was_bought(words: str, names: tuple[str, ...], own: int, spec: str) -> None:
    assert found(words, names, own) == [spec]


@pytest.mark.parametrize(
    ("words", "names", "own"),
    [
        ("白色", BOOTS, 0),
        ("39码", BOOTS, 0),
        ("大一码", BOOTS, 1),
        ("大一码", BOOTS, None),
        ("米白", ("白", "黑"), 0),
        ("38cm", BOOTS, 0),
        ("白色128", PHONES, 0),
        ("随便", BOOTS, 0),
        ("同款", BOOTS, None),
    ],
)
def test_what_is_not_on_sale_is_none(words: str, names: tuple[str, ...], own: int | None) -> None:
    assert found(words, names, own) == []


@pytest.mark.parametrize(
    ("words", "names", "own", "specs"),
    [
        ("蓝色", ("奶白", "雾霾蓝", "天蓝"), 0, ["雾霾蓝", "天蓝"]),
        ("白色", ("黑 41码", "白 43码", "白 44码"), 0, ["白 43码", "白 44码"]),
        ("黑色", BOOTS, None, ["黑 37码", "黑 38码"]),
    ],
)
def test_what_fits_several_is_all_of_them(
    words: str, names: tuple[str, ...], own: int | None, specs: list[str]
) -> None:
    assert found(words, names, own) == specs


@pytest.mark.parametrize("words", ["同款", "一样的", "一模一样的", "跟原来一样"])
def test_the_same_is_what_was_bought(words: str) -> None:
    assert found(words, BOOTS, 2) == ["黑 37码"]


@pytest.mark.parametrize(
    ("words", "is_same"), [("同款", True), ("要一样的", True), ("同款黑色", False), ("38", False), ("", False)]
)
def test_whether_only_the_same_is_said(words: str, is_same: bool) -> None:
    assert says_same(words) is is_same


def test_a_name_and_a_sku_mean_themselves() -> None:
    specs = family(*BOOTS, "棕")
    for spec in specs:
        assert meant(spec.spec, specs, specs[0]) == (spec,)
        assert meant(spec.sku, specs, None) == (spec,)


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5, unique=True))
def test_whatever_is_said_only_specs_on_sale_are_meant(words: str, names: list[str]) -> None:
    specs = family(*names)
    assert set(meant(words, specs, specs[0])) <= set(specs)
