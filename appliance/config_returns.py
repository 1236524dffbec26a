"""The settings about approved returns."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class ReturnSettings(Section, frozen=True):
    """Approved returns while their parcel is waited for. The refund's seven days are the law's and no setting."""

    remind_after_days: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=60)], ...],
        Meta(max_length=5, description="Days without a parcel after which the customer is reminded; empty: never"),
    ] = (3, 6)
    overdue_after_days: Annotated[
        int, Meta(ge=1, le=60, description="Days without a parcel after which the shop's people get a work order")
    ] = 7
    parcel_after_days: Annotated[
        int, Meta(ge=1, le=45, description="Days after a parcel's number was noted when people look for the goods")
    ] = 10
    warn_before_days: Annotated[
        int, Meta(ge=1, le=6, description="Days before the refund is due by law when finance gets a work order")
    ] = 2
