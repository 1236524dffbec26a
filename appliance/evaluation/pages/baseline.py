"""An earlier score to compare with: the file of ``--json``, or an earlier report, which carries its figures."""

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from appliance.errors import InvalidInput
from appliance.evaluation.pages.paired import wrong_in

CARRIED: Final = "score"
"""The id of the element of a report that carries them."""
DIGEST: Final = "cases_sha256"
"""The key under which a score names what it scored."""
_IN_A_REPORT = re.compile(rf'<script type="application/json" id="{CARRIED}">(.*?)</script>', re.DOTALL)
_MARKS = {"understanding": "start_flow", "conversations": "by_flow", "pii": "structured"}
"""What only a score of this kind has."""


class _Case(Protocol):
    @property
    def id(self) -> str: ...


class Cases(msgspec.Struct, frozen=True):
    """What was scored: how many cases, and the hash of all that they ask and expect, in whatever order they stand."""

    ids: frozenset[str]
    digest: str

    @classmethod
    def of(cls, cases: Sequence[_Case]) -> "Cases":
        contents = sorted(msgspec.json.encode(case, order="deterministic") for case in cases)
        return cls(frozenset(case.id for case in cases), sha256(b"\n".join(contents)).hexdigest())


def read(file: Path, kind: str, cases: Cases) -> dict[str, Any]:
    """The score, as ``--json`` holds it. InvalidInput if it is none of these very cases."""
    score = _decoded(file)
    if not isinstance(score, dict) or _MARKS[kind] not in score or "failures" not in score:
        raise InvalidInput(f"{file} is no score of `eval {kind}`: give a file that --json or --html of it wrote")
    if score.get("cases") != len(cases.ids) or not wrong_in(score) <= cases.ids:
        raise InvalidInput(
            f"{file} scored {score.get('cases')} cases, and not the {len(cases.ids)} of this suite: "
            "run the earlier version on this suite to compare"
        )
    if score.get(DIGEST) != cases.digest:
        raise InvalidInput(
            f"{file} scored cases of these names whose texts or labels were others: "
            "run the earlier version on this suite to compare"
        )
    return score


def carried(score: dict[str, Any]) -> str:
    """What a report carries of its score: the figures, and which cases failed; no words."""
    failures = [{"id": failure["id"]} for failure in score["failures"]]
    return msgspec.json.encode({**score, "failures": failures}).decode().replace("<", "\\u003c")


def _decoded(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
        found = _IN_A_REPORT.search(text)
        return msgspec.json.decode(found[1] if found else text)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise InvalidInput(f"{file} cannot be read as a score or a report: {type(error).__name__}") from error
