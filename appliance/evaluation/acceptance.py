"""Whether a newly trained compact model may take the place of the one in force: it is tried on suites before.

The product's own suite bounds what may be lost, an enterprise's own may lose nothing, and a yes that nobody said
refuses a model whatever else it can do.
"""

from collections.abc import Sequence

import msgspec

from appliance.understanding.scoring import Case, Result, Score, keys, play, summed
from appliance.understanding.service import Understanding
from models.compact.model import CompactModel

_MOST_LOST = 0.01
"""Of whole cases of the product's suite: what is learnt besides costs a little elsewhere."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One suite, by the model of before and by the new one. Ids are those of cases."""

    suite: str
    cases: int
    exact_before: float
    exact_after: float
    became_right: tuple[str, ...]
    became_wrong: tuple[str, ...]
    yes_by_mistake: tuple[str, ...]
    """Heard as a yes by the new one alone, and labelled as none."""

    def faults(self, most_lost: float) -> list[str]:
        said = []
        if self.yes_by_mistake:
            said.append(f"{self.suite}: hears a yes that nobody said in {', '.join(self.yes_by_mistake)}")
        if self.exact_after < self.exact_before - most_lost:
            said.append(
                f"{self.suite}: {self.exact_after:.1%} of whole cases right, before {self.exact_before:.1%}; "
                f"became wrong: {', '.join(self.became_wrong)}"
            )
        return said


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    compared: tuple[Compared, ...]
    faults: tuple[str, ...]


async def judge(before: CompactModel, after: CompactModel, product: Sequence[Case], own: Sequence[Case]) -> Acceptance:
    """``own``: the enterprise's cases, which may be none."""
    ours = await _compared("product", before, after, product)
    theirs = await _compared("own", before, after, own) if own else None
    faults = [*ours.faults(_MOST_LOST), *(theirs.faults(0.0) if theirs else ())]
    return Acceptance(compared=(ours, theirs) if theirs else (ours,), faults=tuple(faults))


async def _compared(suite: str, before: CompactModel, after: CompactModel, cases: Sequence[Case]) -> Compared:
    old, new = await play(cases, Understanding(before)), await play(cases, Understanding(after))
    was_wrong, is_wrong = _wrong(summed(old)), _wrong(summed(new))
    return Compared(
        suite=suite,
        cases=len(cases),
        exact_before=1 - len(was_wrong) / len(cases),
        exact_after=1 - len(is_wrong) / len(cases),
        became_right=tuple(sorted(was_wrong - is_wrong)),
        became_wrong=tuple(sorted(is_wrong - was_wrong)),
        yes_by_mistake=tuple(sorted(_misheard_yes(new) - _misheard_yes(old))),
    )


def _wrong(score: Score) -> set[str]:
    return {failure.id for failure in score.failures}


def _misheard_yes(results: Sequence[Result]) -> set[str]:
    return {
        result.case.id
        for result in results
        if (keys(result.understood.commands) - keys(result.case.expect))["affirm", None]
    }
