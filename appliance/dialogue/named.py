"""An order that is named, and nothing asked of it: its customer is told how it stands. Pure.

Who has not proved yet who he is is asked for that, whatever number he named: nothing shows whether there is such an
order.
"""

from collections.abc import Sequence

import msgspec

from appliance.dialogue.draft import Draft
from appliance.dialogue.incoming import Heard
from models.commands import Chitchat, Command, Flow, Nothing, SetSlot, Slot, StartFlow


def asked_after(draft: Draft, heard: Heard) -> Heard:
    """With the question that such words are, where no request is being worked on; the same otherwise."""
    if not draft.is_idle or Flow.ORDER_STATUS not in draft.flows:
        return heard
    meant = [command for command in heard.commands if not isinstance(command, Nothing | Chitchat)]
    if not all(map(_names_order, meant)) or not heard.is_only_a_number or not _is_named(draft, heard):
        return heard
    return msgspec.structs.replace(heard, commands=(StartFlow(flow=Flow.ORDER_STATUS), *meant))


def _is_named(draft: Draft, heard: Heard) -> bool:
    if draft.identity.customer_id is None:
        return bool(heard.foreign_orders) or any(_names_order(command) for command in heard.commands)
    return _is_own(draft, heard.commands) or bool(heard.number and heard.number.order_id)


def _names_order(command: Command) -> bool:
    return isinstance(command, SetSlot) and command.slot is Slot.ORDER


def _is_own(draft: Draft, commands: Sequence[Command]) -> bool:
    named = [str(command.value) for command in commands if isinstance(command, SetSlot) and _names_order(command)]
    return any(order.order_id in named for order in draft.orders)
