"""``appliance selftest``: check an installation by using it. Customers are tried on a throw-away copy."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance import config
from appliance.config import Settings
from appliance.errors import ApplianceError
from appliance.installation.model import Finding, Grade

_STYLES = {Grade.OK: "green", Grade.WARNING: "yellow", Grade.WRONG: "red", Grade.SKIPPED: "dim"}
_json = click.option("--json", "as_json", is_flag=True, help="For a script.")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    passed: bool
    findings: tuple[Finding, ...]


@click.group(invoke_without_command=True)
@_json
@click.pass_context
def selftest(ctx: click.Context, *, as_json: bool) -> None:
    """Check an installation: all that 'appliance doctor' looks at, and customers in writing against a throw-away copy.

    Exit code 1 if anything is wrong. 'appliance selftest voice' tries the telephone.
    """
    if ctx.invoked_subcommand is None:
        _give(asyncio.run(_writing(config.load(), _progress())), as_json=as_json)


@selftest.command()
@_json
@click.option("--verbose", is_flag=True, help="Print what was said on each call.")
def voice(*, as_json: bool, verbose: bool) -> None:
    """Speak, hear, and hold whole calls over AudioSocket with a throw-away copy; the order system is looked at after.

    The engines are those of the settings. Calls need not be enabled in them.
    """
    shown = Console(stderr=as_json, highlight=False) if verbose else None
    _give(asyncio.run(_speaking(config.load(), _progress(), shown)), as_json=as_json)


async def _writing(settings: Settings, progress: Console) -> list[Finding]:
    from appliance.cli.findings import findings
    from appliance.evaluation import stories
    from appliance.evaluation.session import score
    from appliance.joints.compact_model import absolute

    found = await findings(settings)
    cases = stories.told_at(datetime.now(UTC))
    try:
        verdicts = await score(cases, at_once=2, own=absolute(settings), console=progress)
    except ApplianceError as failed:
        return [*found, _not_tried("conversations", failed)]
    return [*found, *(_verdict(each.case.id, each.why, each.played.error) for each in verdicts)]


async def _speaking(settings: Settings, progress: Console, shown: Console | None) -> list[Finding]:
    from appliance.evaluation.calls.hearing import hear
    from appliance.evaluation.calls.session import READY_S, CallCentre, told_at, voice_section
    from appliance.evaluation.report import print_transcript
    from appliance.evaluation.throwaway import throwaway

    found: list[Finding] = []
    try:
        async with (
            throwaway(voice_section(settings), say=progress.print, ready_s=READY_S) as place,
            CallCentre.at(place) as centre,
        ):
            found += _models_of(place.settings)
            progress.print("hearing what is spoken")
            heard = await hear(centre.recogniser, centre.voice)
            found += [Finding(f"hears {each.said}", _grade(each.is_right), each.heard) for each in heard.sentences]
            found.append(_hearing(heard.wrong_share, is_good=heard.is_good))
            for case in told_at(datetime.now(UTC)):
                progress.print(f"calling: {case.id}")
                verdict = await centre.play(case)
                found.append(_verdict(case.id, verdict.why, verdict.played.error))
                if shown is not None:
                    print_transcript(verdict, shown)
    except ApplianceError as failed:
        found.append(_not_tried("calls", failed))
    return found


def _models_of(settings: Settings) -> list[Finding]:
    from appliance.voice.own_engines import NO_HUMANS, better_models, own_recogniser

    own = own_recogniser(settings)
    if own is None or not own.is_self_test:
        return []
    cure = f"before people call, put models for them into {better_models(config.load())} (docs/models.md)"
    return [Finding("recogniser", Grade.WARNING, NO_HUMANS, cure)]


def _hearing(wrong_share: float, *, is_good: bool) -> Finding:
    found = f"{wrong_share:.1%} of characters wrong"
    if is_good:
        return Finding("hearing", Grade.OK, found)
    cure = "what is spoken is not heard: see 'appliance doctor', and whether the models are whole"
    return Finding("hearing", Grade.WRONG, found, cure)


def _grade(is_right: bool) -> Grade:
    return Grade.OK if is_right else Grade.WARNING


def _verdict(name: str, why: Sequence[str], error: str | None) -> Finding:
    if error is None and not why:
        return Finding(name, Grade.OK, "as expected, in the order system too")
    cure = "play it with --verbose, or 'appliance demo', and compare with what is expected"
    return Finding(name, Grade.WRONG, "; ".join([*([error] if error else []), *why]), cure)


def _not_tried(name: str, failed: ApplianceError) -> Finding:
    return Finding(name, Grade.WRONG, failed.detail, "mend what it names, then run the self-test again")


def _progress() -> Console:
    return Console(stderr=True, highlight=False)


def _give(found: Sequence[Finding], *, as_json: bool) -> None:
    passed = not any(each.grade is Grade.WRONG for each in found)
    if as_json:
        click.echo(msgspec.json.encode(Report(passed=passed, findings=tuple(found))).decode())
    else:
        _print(found)
        click.echo("the self-test has passed" if passed else "the self-test has NOT passed")
    sys.exit(0 if passed else 1)


def _print(found: Sequence[Finding]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("", "check", "found", "cure"):
        table.add_column(column, overflow="fold")
    for each in found:
        table.add_row(Text(each.grade, style=_STYLES[each.grade]), each.check, Text(each.found), Text(each.cure))
    Console(highlight=False).print(table)
