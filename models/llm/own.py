"""The customer's own orders under short names, so that a model need not copy long numbers: O1, O2, …; L1, L2, …"""

from typing import Final, NamedTuple

from models.commands import Context, KnownLine, KnownOrder

MOST_ORDERS: Final = 12


class OwnLine(NamedTuple):
    order_id: str
    line: KnownLine


class Own:
    """Lines are counted through all orders, so that a line's name tells its order too."""

    def __init__(self, context: Context) -> None:
        self.orders: dict[str, KnownOrder] = {}
        self.lines: dict[str, OwnLine] = {}
        for order in context.orders[:MOST_ORDERS]:
            self.orders[f"O{len(self.orders) + 1}"] = order
            for line in order.lines:
                self.lines[f"L{len(self.lines) + 1}"] = OwnLine(order.order_id, line)

    def lines_of(self, order: KnownOrder) -> dict[str, KnownLine]:
        return {name: own.line for name, own in self.lines.items() if own.order_id == order.order_id}
