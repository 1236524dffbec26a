"""One run of a suite: a throw-away appliance, a seat for each case, and progress while it lasts."""

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from appliance import config_text
from appliance.config_understanding import LlmSettings, UnderstandingSettings
from appliance.evaluation import runner, scoring
from appliance.evaluation.model import Case, Played, Verdict
from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import ShopPerCase, Site

_LINE_EVERY = 10
"""Without a terminal, one line of progress for so many cases."""


async def score(
    cases: Sequence[Case],
    *,
    at_once: int,
    console: Console,
    own: UnderstandingSettings | None = None,
    llm: LlmSettings | None = None,
) -> list[Verdict]:
    """``own``: where the words of an enterprise lie. ``llm``: the language model, where there is one."""
    sections = {"understanding": own, "llm": llm}
    toml = "".join(config_text.section(name, given) for name, given in sections.items() if given)
    async with throwaway(toml, say=console.print) as place, Site.at(place.settings, place.status) as site:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        ) as progress:
            shown = progress.add_task("playing conversations", total=len(cases))
            done = 0

            def tell(case: Case, played: Played) -> None:
                nonlocal done
                done += 1
                progress.advance(shown)
                if played.error is not None:
                    console.print(f"{case.id}: {played.error}", markup=False)
                if not console.is_terminal and (done % _LINE_EVERY == 0 or done == len(cases)):
                    console.print(f"played {done} of {len(cases)}")

            played = await runner.play_all(cases, ShopPerCase(site), at_once=at_once, done=tell)
    return [scoring.judge(case, each) for case, each in zip(cases, played, strict=True)]
