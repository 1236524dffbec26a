"""What the dashboard shows. Every number is what a statement of ``queries.sql`` says, and nothing is reckoned here."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.clock import Clock
from appliance.config_reports import ReportSettings
from appliance.db import Connection, Database
from appliance.errors import ConfigurationError, NotFound
from appliance.ids import ShopId
from appliance.reports import figures, store
from appliance.reports.model import (
    Answer,
    Asked,
    ByHand,
    Catalogue,
    Figure,
    Group,
    Part,
    Period,
    Report,
    Slice,
    Span,
    Unit,
    Value,
)
from appliance.reports.rules import period_of, steps_of
from appliance.reports.store import Rows

AT_ONCE: Final = 2
"""Reports that one process counts at the same time: the other connections answer customers."""

OF_A_PERIOD: Final = tuple(group for group in Group if group is not Group.NOW)
"""What stands now has no time before, and no course."""


class Reports:
    def __init__(self, db: Database, clock: Clock, settings: ReportSettings, targets: Mapping[str, int]) -> None:
        """``targets``: of each skill group, the seconds within which who asks for a person is to have one.
        ConfigurationError for a time zone that there is not."""
        self._db = db
        self._clock = clock
        self._settings = settings
        self._targets = targets
        self._zone = _zone(settings.zone)
        self._figures = figures.shipped()
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(figures=self._figures, zone=self._settings.zone)

    async def report(self, asked: Asked) -> Report:
        period = self._period(asked)
        values, before = self._values(asked, period, period.span), self._values(asked, period, period.before)
        async with self._turns, self._scope(asked) as conn:
            await store.bound(conn, self._settings.timeout_s)
            now = {name: await store.counted(conn, name, values) for name in self._queries(*Group)}
            then = {name: await store.counted(conn, name, before) for name in self._queries(*OF_A_PERIOD)}
        steps, steps_before = self._steps(period.span, period), self._steps(period.before, period)
        return Report(
            shops=asked.shops,
            channel=asked.channel,
            since=period.span.since,
            until=period.span.until,
            before_since=period.before.since,
            before_until=period.before.until,
            step=period.step,
            steps=steps,
            figures=tuple(
                _answer(figure, now[figure.query], then[figure.query], steps, steps_before)
                if figure.group in OF_A_PERIOD
                else _answer_now(figure, now[figure.query])
                for figure in self._figures
            ),
        )

    async def by_hand(self, key: str, asked: Asked) -> ByHand:
        """The statement behind one figure. NotFound for a figure that there is not."""
        figure = next((each for each in self._figures if each.key == key), None)
        if figure is None:
            raise NotFound("no such figure")
        period = self._period(asked)
        values = self._values(asked, period, period.span)
        async with self._scope(asked) as conn:
            sql = store.by_hand(conn, figure.query, values, asked.shops)
        head = f"-- {figure.zh} / {figure.en}: {figure.key}\n-- {figure.definition_zh}\n-- {figure.definition_en}\n"
        return ByHand(key=key, sql=head + sql)

    def _queries(self, *groups: Group) -> tuple[str, ...]:
        return tuple(dict.fromkeys(figure.query for figure in self._figures if figure.group in groups))

    def _period(self, asked: Asked) -> Period:
        return period_of(asked.first, asked.last, asked.step, self._clock.now(), self._zone)

    def _steps(self, span: Span, period: Period) -> tuple[str, ...]:
        return steps_of(span, period.step, self._zone)

    @asynccontextmanager
    async def _scope(self, asked: Asked) -> AsyncIterator[Connection]:
        """One shop inside its own walls; several as what reads all shops, each named in the statement."""
        one = self._db.transaction(ShopId(asked.shops[0])) if len(asked.shops) == 1 else self._db.system()
        async with one as conn:
            yield conn

    def _values(self, asked: Asked, period: Period, span: Span) -> dict[str, Any]:
        return {
            "shops": list(asked.shops),
            "since": span.since,
            "until": span.until,
            "channel": asked.channel,
            "step": period.step.value,
            "zone": self._settings.zone,
            "groups": list(self._targets),
            "targets": list(self._targets.values()),
            "now": self._clock.now(),
        }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ConfigurationError(f"reports.zone: there is no time zone {name!r}; one is Asia/Shanghai") from unknown


def _answer(figure: Figure, now: Rows, then: Rows, steps: tuple[str, ...], steps_before: tuple[str, ...]) -> Answer:
    return Answer(
        key=figure.key,
        value=_value(figure, now, Slice.ALL),
        before=_value(figure, then, Slice.ALL),
        series=tuple(_value(figure, now, Slice.AT, at) for at in steps),
        series_before=tuple(_value(figure, then, Slice.AT, at) for at in steps_before),
        channels=_parts(figure, now, then, Slice.CHANNEL),
        shops=_parts(figure, now, then, Slice.SHOP),
        codes=_parts(figure, now, then, Slice.CODE),
    )


def _answer_now(figure: Figure, now: Rows) -> Answer:
    return Answer(
        key=figure.key,
        value=_value(figure, now, Slice.ALL),
        channels=_parts(figure, now, {}, Slice.CHANNEL),
        shops=_parts(figure, now, {}, Slice.SHOP),
        codes=_parts(figure, now, {}, Slice.CODE),
    )


def _parts(figure: Figure, now: Rows, then: Rows, slice_: Slice) -> tuple[Part, ...]:
    parts = sorted({part for each, part in (*now, *then) if each is slice_})
    return tuple(
        Part(part=part, value=_value(figure, now, slice_, part), before=_value(figure, then, slice_, part))
        for part in parts
    )


def _value(figure: Figure, rows: Rows, slice_: Slice, part: str = "") -> Value:
    """A part that the statement does not tell of had nothing: none of what is counted, and no share or time of it."""
    row = rows.get((slice_, part))
    if row is None:
        return 0 if figure.unit is Unit.COUNT else None
    return row[figure.key]
