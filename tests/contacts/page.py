"""The table of docs/compliance/外联清单.md that says what was seen: written from ``contacts.toml``."""

import tomllib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "compliance" / "外联清单.md"
RECORD: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("contacts.toml").read_text(encoding="utf-8")
)
BEGIN: Final = "<!-- 由 python -m tests.contacts 生成 -->\n"
END: Final = "<!-- 生成至此 -->\n"
_HEAD: Final = """\
| 组件 | 跑了什么 | 去掉关闭手段时联系了谁 | 由什么关掉 | 产品这样运行时联系了谁 |
| --- | --- | --- | --- | --- |
"""


def table() -> str:
    return BEGIN + "\n" + _HEAD + "".join(map(_row, RECORD.values())) + "\n" + END


def _row(each: dict[str, Any]) -> str:
    opened = "、".join(f"`{host}`" for host in each["opened"]) or "—"
    return f"| {each['part']} | {each['ran']} | {opened} | {each['stop']} | 无 |\n"


def written() -> str:
    """The page with the table that belongs into it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return before + table() + rest.partition(END)[2]
