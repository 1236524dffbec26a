"""``/api/staff/v1/desk``: who is there, who waits, and everything that an agent does in a conversation."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.conversation.model import Side, TraceEvent
from appliance.desk.looks import Carried
from appliance.desk.model import Board, CloseReason, Colleague, Fault, Mine, Presence, Seat, Talk
from appliance.desk.seats import SeatGiven
from appliance.desk.service import Handed, served
from appliance.desk.service_level import ServiceLevel
from appliance.desk.talk import Sent, Words
from appliance.desk.terms import GroupName
from appliance.ids import ConversationId, ShopId
from appliance.web import labels
from appliance.web.access import staff, staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.headers import SANDBOX
from appliance.web.labels import Lowering
from appliance.web.request import Body
from security.access.permissions import Permission

_DESK: Final = labels.of("desk_seat", "desk_ticket", "conversation")
_TALK: Final = labels.of("desk_ticket", "conversation", "conversation_event", "event_body")
_CARRIED: Final = labels.of("desk_ticket", "conversation", "evidence", "after_sales_case")
_LOOKS: Final = staff(Permission.CONVERSATION_READ, _DESK)
_READS: Final = staff(Permission.CONVERSATION_READ, _TALK)
_GETS: Final = staff(Permission.CONVERSATION_READ, _CARRIED)
_PICTURE: Final = staff(Permission.CONVERSATION_READ, labels.of("evidence"))
_IS_THERE: Final = staff(Permission.CONVERSATION_REPLY, _DESK)
_SPEAKS: Final = staff(Permission.CONVERSATION_REPLY, _TALK)
_BRINGS_WORDS: Final = staff_lowered(Permission.CONVERSATION_REPLY, Lowering.MASKING)
_WATCHES: Final = staff(Permission.CONVERSATION_TAKE_OVER, labels.of("desk_ticket", "conversation_event"))
_MANAGES: Final = staff(Permission.DESK_MANAGE, _DESK)
_COLLEAGUES: Final = staff(Permission.CONVERSATION_READ, labels.of("desk_seat"))
_LOOK: Final = problem_responses(401, 403, 404, 422)
_TAKES_AWAY: Final = problem_responses(401, 403, 404, 409, 422, 503)
_DO: Final = problem_responses(400, 401, 403, 404, 409, 415, 422)

Shop = Annotated[str, QueryParameter(min_length=1, max_length=40, description="One of your shops")]
MessageId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$(?!\n)", description="Unique among your own")]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Token = Annotated[int, Meta(ge=0, description="With which you were given the conversation")]


class BeThere(Body, frozen=True):
    shop: Annotated[str, Meta(min_length=1, max_length=40)]
    presence: Presence


class NewSeat(Body, frozen=True):
    """``badge``: the number under which customers know this agent. ``capacity``: conversations at a time."""

    shop: Annotated[str, Meta(min_length=1, max_length=40)]
    badge: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,12}$(?!\n)")]
    groups: Annotated[tuple[GroupName, ...], Meta(min_length=1, max_length=20)]
    capacity: Annotated[int, Meta(ge=1, le=50)] = 5


class Transfer(Body, frozen=True):
    """Either a group, whose queue it goes to at its old place, or a person who is there."""

    token: Token
    group: GroupName | None = None
    to: UUID | None = None


class HandBack(Body, frozen=True):
    token: Token


class Close(Body, frozen=True):
    token: Token
    reason: CloseReason
    asks_rating: bool = True


class Say(Body, frozen=True):
    token: Token
    client_message_id: MessageId
    text: Text

    def __repr__(self) -> str:
        return "Say()"


class NewNote(Body, frozen=True):
    text: Text

    def __repr__(self) -> str:
        return "NewNote()"


class Mark(Body, frozen=True):
    """``said_seq``: the place in the log at which the bot said it."""

    said_seq: Annotated[int, Meta(ge=1)]
    why: Fault


class DeskController(Controller):
    path = "/desk"
    tags = ("staff",)
    security = SECURED

    @get("/board", summary="Who waits, who is there", opt=_LOOKS, responses=_LOOK)
    async def board(self, api: Api, who: Who, shop: Shop) -> Board:
        """Queues with places and estimates, and the seats with how many conversations each has."""
        return await api.desk.looks.board(served(who, ShopId(shop)))

    @get("/service-level", summary="How soon people answer", opt=_WATCHES, responses=_LOOK)
    async def service_level(self, api: Api, who: Who, shop: Shop) -> ServiceLevel:
        """By group, in the last hour and today: of who asked for a person, how many had one within the target."""
        return await api.desk.levels.of(served(who, ShopId(shop)))

    @get("/mine", summary="My conversations", opt=_IS_THERE, responses=_LOOK)
    async def mine(self, api: Api, who: Who, shop: Shop) -> tuple[Mine, ...]:
        """With the token that everything you do in one needs."""
        return await api.desk.deeds.mine(who, served(who, ShopId(shop)))

    @put("/presence", summary="Be there, or not", opt=_IS_THERE, responses=_DO)
    async def presence(self, api: Api, who: Who, data: JSONBody[BeThere]) -> Seat:
        """Online you are given conversations as long as your console sends signs of life over its socket."""
        return await api.desk.deeds.presence(who, ShopId(data.shop), data.presence)

    @put("/seats/{staff_id:uuid}", summary="Give a seat", status_code=204, opt=_MANAGES, responses=_DO)
    async def seat(self, api: Api, who: Who, where: Where, staff_id: FromPath[UUID], data: JSONBody[NewSeat]) -> None:
        """A person's place at the desk of a shop: skill groups, how many at a time, and the number customers see."""
        given = SeatGiven(staff_id=staff_id, badge=data.badge, groups=data.groups, capacity=data.capacity)
        await api.desk.seats.give(who, ShopId(data.shop), given, where)

    @delete("/seats/{staff_id:uuid}", summary="Take a seat away", status_code=204, opt=_MANAGES, responses=_TAKES_AWAY)
    async def no_seat(self, api: Api, who: Who, where: Where, staff_id: FromPath[UUID], shop: Shop) -> None:
        """What that person has goes back to the queue, each to its old place; the number is free for another."""
        await api.desk.seats.take_away(who, ShopId(shop), staff_id, where)

    @get("/colleagues", summary="Who serves the shop", opt=_COLLEAGUES, responses=_LOOK)
    async def colleagues(self, api: Api, who: Who, shop: Shop) -> tuple[Colleague, ...]:
        """By name, with the numbers of those who have a seat. No login names, no roles, nobody of other shops."""
        return await api.desk.seats.colleagues(who, ShopId(shop))


class TalksController(Controller):
    path = "/desk/conversations"
    tags = ("staff",)
    security = SECURED

    @get(summary="What lives", opt=_LOOKS, responses=_LOOK)
    async def talks(self, api: Api, who: Who, shop: Shop, holder: FromQuery[Side | None] = None) -> tuple[Talk, ...]:
        """Conversations that moved within the hour, the last to move first."""
        return await api.desk.looks.talks(served(who, ShopId(shop)), holder)

    @get("/{conversation_id:uuid}", summary="All that is carried over", opt=_GETS, responses=_LOOK)
    async def carried(self, api: Api, who: Who, conversation_id: FromPath[UUID]) -> Carried:
        """Who has it, why a person was asked for, summary, slots, pictures and cases. Values are placeholders."""
        shop = await api.desk.deeds.shop_of(who, ConversationId(conversation_id))
        return await api.desk.looks.carried(shop, ConversationId(conversation_id))

    @get("/{conversation_id:uuid}/events", summary="What was said and done", opt=_READS, responses=_LOOK)
    async def events(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID], after: FromQuery[int] = 0
    ) -> tuple[TraceEvent, ...]:
        """After that place in the log, a thousand at most. Words are masked. Recorded, but of your own."""
        shop = await api.desk.deeds.look_into(who, ConversationId(conversation_id), where)
        return await api.desk.looks.events(shop, ConversationId(conversation_id), after)

    @get(
        "/{conversation_id:uuid}/evidence/{evidence_id:uuid}",
        summary="A picture of the customer's",
        opt=_PICTURE,
        media_type="image/jpeg",
        responses=_LOOK,
    )
    async def picture(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID], evidence_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Without what it tells of place and device. Only those of this conversation. Recorded, but of your own."""
        shop = await api.desk.deeds.look_into(who, ConversationId(conversation_id), where, "picture")
        seen = await api.desk.pictures.view(shop, ConversationId(conversation_id), evidence_id)
        return Response(seen, media_type="image/jpeg", headers=SANDBOX)

    @post("/{conversation_id:uuid}/take", summary="Take it", status_code=200, opt=_SPEAKS, responses=_DO)
    async def take(self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID]) -> Handed:
        """From the bot, which is silent at once, or from the queue; from another agent for supervisors only."""
        return await api.desk.deeds.take(who, ConversationId(conversation_id), where)

    @post("/{conversation_id:uuid}/transfer", summary="Give it on", status_code=200, opt=_SPEAKS, responses=_DO)
    async def transfer(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID], data: JSONBody[Transfer]
    ) -> Handed:
        """To a skill group or to one agent. Refused with 409 where somebody else has it by now."""
        return await api.desk.deeds.transfer(
            who, ConversationId(conversation_id), data.token, where, group=data.group, to=data.to
        )

    @post("/{conversation_id:uuid}/hand-back", summary="Back to the bot", status_code=200, opt=_SPEAKS, responses=_DO)
    async def hand_back(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID], data: JSONBody[HandBack]
    ) -> Handed:
        """It begins anew, and tells the outcome of what was agreed to before."""
        return await api.desk.deeds.hand_back(who, ConversationId(conversation_id), data.token, where)

    @post("/{conversation_id:uuid}/close", summary="Close it", status_code=200, opt=_SPEAKS, responses=_DO)
    async def close(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID], data: JSONBody[Close]
    ) -> Handed:
        """With a reason; the customer is asked for a rating. Should he go on, the bot is there."""
        return await api.desk.deeds.close(
            who, ConversationId(conversation_id), data.token, data.reason, where, asks_rating=data.asks_rating
        )

    @post(
        "/{conversation_id:uuid}/messages", summary="Say something", status_code=200, opt=_BRINGS_WORDS, responses=_DO
    )
    async def say(self, api: Api, who: Who, conversation_id: FromPath[UUID], data: JSONBody[Say]) -> Sent:
        """To the customer. The same id again changes nothing."""
        shop = await api.desk.deeds.shop_of(who, ConversationId(conversation_id))
        words = Words(client_message_id=data.client_message_id, token=data.token, text=data.text)
        return await api.desk.talk.say(shop, ConversationId(conversation_id), who.staff_id, words)

    @post("/{conversation_id:uuid}/notes", summary="Note something", opt=_BRINGS_WORDS, responses=_DO)
    async def note(self, api: Api, who: Who, conversation_id: FromPath[UUID], data: JSONBody[NewNote]) -> Sent:
        """For other agents; customers never see it."""
        shop = await api.desk.deeds.shop_of(who, ConversationId(conversation_id))
        return await api.desk.talk.note(shop, ConversationId(conversation_id), who.staff_id, data.text)

    @post("/{conversation_id:uuid}/marks", summary="Mark a wrong answer", opt=_SPEAKS, responses=_DO)
    async def mark(self, api: Api, who: Who, conversation_id: FromPath[UUID], data: JSONBody[Mark]) -> Sent:
        """Of the bot's, for whoever makes it better."""
        shop = await api.desk.deeds.shop_of(who, ConversationId(conversation_id))
        return await api.desk.talk.mark(shop, ConversationId(conversation_id), who.staff_id, data.said_seq, data.why)
