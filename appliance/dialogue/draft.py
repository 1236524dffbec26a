"""The state while a turn works on it: mutable, short-lived, frozen again at the end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.orders.model import Spec
from appliance.aftersales.policy.model import Offer, Ruling
from appliance.dialogue.effects import OrderFacts, Say, known
from appliance.dialogue.incoming import Heard
from appliance.dialogue.schema import FlowFile, Flows, Step
from appliance.dialogue.state import Frame, Identity, Option, Position, Request, Said, State, Table
from models.commands import Flow

FIRST = 0
CHOICES = frozenset({"offer", "clarify"})
"""While one of these is awaited, flows are on offer."""

MAX_MISSES = 3


class Draft:
    """Everything of ``State``, plus what is known within this turn only."""

    def __init__(self, flows: Flows, state: State, at: datetime) -> None:
        self.flows = flows
        self.at = at
        self.identity: Identity = state.identity
        self.stack: list[Frame] = list(state.stack)
        self.queue: list[Request] = list(state.queue)
        self.outstanding: list[Frame] = list(state.outstanding)
        self.was_awaiting = state.awaiting
        self.awaiting: str | None = None
        self.options: tuple[Flow, ...] = state.options
        self.offered_quantity = state.offered_quantity
        self.table: Table | None = state.table
        self.images: list[UUID] = list(state.images)
        self.orders = state.orders
        self.orders_read_at = state.orders_read_at
        self.misses = state.misses
        self.clarified = state.clarified
        self.silences = state.silences
        self.mood = state.mood
        self.awaits_guardian = state.awaits_guardian
        self.is_handed_off = state.is_handed_off
        self.is_call = state.is_call
        self.recording = state.recording
        self.line = state.line
        self.depth_before = len(state.stack)
        self.before: tuple[Said, ...] = state.said
        self.said: list[Said] = []

        self.heard: Heard | None = None
        self.yes = False
        self.no = False
        self.taken: Offer | None = None
        self.facts: dict[str, OrderFacts] = {}
        self.specs: dict[str, tuple[Spec, ...]] = {}
        self.has_decided = False
        """Policy was asked in this turn, so what it said is news."""
        self.is_unheard = False
        """The order that was read back is not the one."""
        self.must_ask: set[str] = set()
        """Slots that may not be filled by guessing in this turn."""

    @property
    def most_misses(self) -> int:
        """So many in a row hand over."""
        return self.heard.most_misses if self.heard else MAX_MISSES

    def freeze(self) -> State:
        return State(
            identity=self.identity,
            stack=tuple(self.stack),
            queue=tuple(self.queue),
            outstanding=tuple(self.outstanding),
            awaiting=self.awaiting,
            options=self.options if self.awaiting in CHOICES else (),
            offered_quantity=self.offered_quantity if self.awaiting == "offer" else None,
            table=self.table,
            images=tuple(self.images),
            orders=self.orders,
            orders_read_at=self.orders_read_at,
            misses=self.misses,
            clarified=self.clarified,
            silences=self.silences,
            mood=self.mood,
            awaits_guardian=self.awaits_guardian,
            said=tuple(self.said) or self.before,
            is_handed_off=self.is_handed_off,
            is_call=self.is_call,
            recording=self.recording,
            line=self.line,
        )

    # Words.

    def say(
        self,
        key: str,
        facts: Mapping[str, Any] | None = None,
        *,
        options: tuple[Option, ...] = (),
        receipt: str | None = None,
        own: Mapping[str, str] | None = None,
    ) -> Say:
        said = Said(key=key, facts=dict(facts or {}), options=options, receipt=receipt, own=dict(own or {}))
        self.said.append(said)
        return Say(said=said)

    # The request being worked on.

    @property
    def top(self) -> Frame:
        return self.stack[-1]

    @property
    def ruling(self) -> Ruling:
        """Of the top request, where a step stands behind its decision."""
        return known(self.top.ruling)

    @property
    def is_idle(self) -> bool:
        return not self.stack

    def change(self, **fields: Any) -> None:
        """Replace fields of the top frame."""
        self.stack[-1] = msgspec.structs.replace(self.top, **fields)

    def slot(self, name: str) -> Any:
        return self.top.slots.get(name)

    def fill(self, name: str, value: Any) -> None:
        self.change(slots={**self.top.slots, name: value})

    def empty(self, *names: str) -> None:
        self.change(slots={k: v for k, v in self.top.slots.items() if k not in names})

    def begin(self, flow: Flow, slots: dict[str, Any]) -> None:
        file = self.flows[flow]
        path = (Position(flow=flow, step=FIRST),)
        self.stack.append(Frame(flow=flow, version=file.version, path=path, slots=slots))

    def waits_for(self, operation_id: str) -> bool:
        """Whether the outcome of this operation is still to be told."""
        return any(frame.operation_id == operation_id for frame in (*self.stack, *self.outstanding))

    def take_agreed(self, operation_id: str) -> Frame | None:
        """The request that was agreed to under this operation, which nothing waits for any more."""
        for frames in (self.stack, self.outstanding):
            for index, frame in enumerate(frames):
                if frame.operation_id == operation_id:
                    return frames.pop(index)
        return None

    def enqueue(self, request: Request) -> None:
        """To be begun later. What is asked for twice is done once."""
        if request not in self.queue:
            self.queue.append(request)

    def restart(self) -> None:
        """Walk the top request from its first step: what is filled is not asked again, what follows is decided anew."""
        self.change(path=(Position(flow=self.top.flow, step=FIRST),), asked=None, ruling=None)
        self.clear_table()

    @property
    def has_quote(self) -> bool:
        """Whether the quote on the table is the top request's own: a query that stands on it has none."""
        return self.table is not None and not self.flows[self.top.flow].is_query

    def clear_table(self) -> None:
        if self.has_quote:
            self.table = None

    # Walking.

    def file(self) -> FlowFile:
        return self.flows[self.top.path[-1].flow]

    def step(self) -> Step | None:
        """The step that comes next, or None at the end of the innermost flow."""
        position = self.top.path[-1]
        steps = self.file().steps
        return steps[position.step] if position.step < len(steps) else None

    def condition(self) -> Any:
        return self.file().conditions[self.top.path[-1].step]

    def go(self, label: str) -> None:
        self._move(self.file().index[label])

    def go_on(self, step: Step) -> None:
        if step.next:
            self.go(step.next)
        else:
            self._move(self.top.path[-1].step + 1)

    def enter(self, flow: str) -> None:
        self.change(path=(*self.top.path, Position(flow=flow, step=FIRST)))

    def leave(self) -> bool:
        """Return to the caller of a sub-flow. False: there is none, the request is at its end."""
        if len(self.top.path) == 1:
            return False
        self.change(path=self.top.path[:-1])
        self._move(self.top.path[-1].step + 1)
        return True

    def _move(self, step: int) -> None:
        innermost = msgspec.structs.replace(self.top.path[-1], step=step)
        self.change(path=(*self.top.path[:-1], innermost))
