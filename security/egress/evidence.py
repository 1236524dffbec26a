"""What a self-test leaves behind: one JSON file, and the same as a page for people. The hash is of the JSON file."""

import html
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from string import Template
from typing import Any, Final

import msgspec

from security.egress.guard import split
from security.egress.selftest import Mode, Proof

_PAGE: Final = Path(__file__).with_name("evidence.html")
_MODES: Final = {
    Mode.NAMESPACE: "本机内的隔离网络命名空间，自带接收器；没有任何数据包离开本机",
    Mode.STAND_IN: "套接字层替身（本机不允许建立网络命名空间）；没有发出任何数据包",
    Mode.OUTSIDE: "真实出口：向文档保留地址各试一次，看内核规则是否拦下",
}
_CONTROLS: Final = {
    "allowed_arrives": "写明的地址必须到得了",
    "sink_sees_all": "没有守卫时，接收器必须全部收到",
    "guard_is_no_wall": "守卫看不见的途径（仅说明）",
    "namespace": "网络命名空间",
}


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    made_at: str
    host: str
    version: str
    is_good: bool
    exceptions: dict[str, str]
    """What may be reached, by the setting or row that names it."""
    public: tuple[str, ...]
    """Those of them that lie outside the intranet."""
    not_tried: dict[str, str]
    """Engines that are not installed here, and why."""
    proof: Proof


def write(evidence: Evidence, folder: Path) -> tuple[Path, str]:
    """The JSON file and its SHA-256; the page lies beside it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = msgspec.json.format(msgspec.json.encode(evidence), indent=2) + b"\n"
    file = folder / f"egress-{evidence.made_at.replace(':', '').replace('-', '')[:15]}.json"
    file.write_bytes(content)
    digest = sha256(content).hexdigest()
    file.with_suffix(".html").write_text(page(evidence, digest), encoding="utf-8")
    return file, digest


def is_public(place: str) -> bool:
    """Of an address. A name is not looked up, which would be a way out of its own."""
    host, _ = split(place)
    try:
        return not ip_network(host, strict=False).is_private
    except ValueError:
        return False


def page(evidence: Evidence, digest: str) -> str:
    proof = evidence.proof
    parts = {
        "verdict": "通过" if evidence.is_good else "未通过",
        "made_at": evidence.made_at,
        "host": evidence.host,
        "version": evidence.version,
        "mode": _MODES[proof.mode],
        "digest": digest,
        "wall_note": ""
        if proof.wall
        else "本次没有试真实出口，内核规则未被检验：见 --outside。守卫只是警报，内核规则才是墙。",
    }
    rows = {
        "exceptions": _rows([*evidence.exceptions.items()] or [("—", "没有任何例外")]),
        "public": _rows([(each, "公网地址") for each in evidence.public]),
        "controls": _rows([(_CONTROLS[c.name], "成立" if c.is_good else "不成立", c.found) for c in proof.controls]),
        "tried": _rows(
            [
                (
                    each.subject,
                    tried.name,
                    f"{tried.host}:{tried.port}",
                    "拦下" if tried.is_good else "未拦下",
                    tried.said,
                )
                for each in proof.checked
                for tried in each.tried
            ]
        ),
        "trouble": _rows([(each.subject, each.trouble) for each in proof.checked if each.trouble]),
        "not_tried": _rows([*evidence.not_tried.items()]),
        "wall": _rows([(t.name, f"{t.host}:{t.port}", "拦下" if t.is_good else "未证实", t.said) for t in proof.wall]),
    }
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        {name: html.escape(text) for name, text in parts.items()} | rows
    )


def _rows(rows: list[tuple[Any, ...]]) -> str:
    return "\n".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
