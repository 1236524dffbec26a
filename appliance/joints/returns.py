"""The watch over approved returns, joined to settings and jobs."""

from appliance.aftersales.parcels.deadlines import Days
from appliance.aftersales.parcels.jobs import ReturnWatch
from appliance.config_returns import ReturnSettings
from appliance.jobs.queue import Jobs


def days_of(settings: ReturnSettings) -> Days:
    return Days(
        remind_after=settings.remind_after_days,
        overdue_after=settings.overdue_after_days,
        parcel_after=settings.parcel_after_days,
        warn_before=settings.warn_before_days,
    )


def watch_returns(jobs: Jobs, watch: ReturnWatch) -> None:
    async def look() -> None:
        await watch.look()

    jobs.every("*/10 * * * *", "returns.watch", look)
