"""What a recogniser is to listen for on a call: words of the settings, of the shop's goods, of the caller's orders."""

from collections.abc import Callable, Sequence

from appliance.ids import ShopId
from appliance.voice.hotwords import hotwords

GoodsOf = Callable[[ShopId], tuple[str, ...]]
"""What the goods of a shop are called."""
Words = Callable[[Sequence[str], Sequence[str]], tuple[str, ...]]
"""By the titles and the numbers of the caller's orders."""


class CallWords:
    def __init__(
        self, own: Sequence[str] = (), mask: Callable[[str], str] | None = None, goods: GoodsOf | None = None
    ) -> None:
        """``mask``: puts signs for what is personal; None: no words of the caller's orders. ``goods``: for whom nothing
        is known."""
        self._own = own
        self._mask = mask
        self._goods = goods

    def first(self, shop: ShopId) -> tuple[str, ...]:
        """Before it is known who calls."""
        return hotwords(self._own, (), (), str, self._names(shop))

    def of_orders(self, shop: ShopId) -> Words | None:
        mask = self._mask
        if mask is None:
            return None
        return lambda titles, order_ids: hotwords(self._own, titles, order_ids, mask, self._names(shop))

    def _names(self, shop: ShopId) -> tuple[str, ...]:
        return self._goods(shop) if self._goods is not None else ()
