"""The chat API: ``/api/chat/v1``. Starting needs a shop; everything after needs the conversation's access token."""

from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Request, Response, Router, WebSocket, get, post, websocket
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from appliance.aftersales.evidence.service import MOST_BYTES
from appliance.channels.web import bodies
from appliance.channels.web.pages import Pages
from appliance.channels.web.service import Begun, Chat, Opened
from appliance.channels.web.socket import ChatSocket, Pace
from appliance.channels.web.upload import FORM_OVERHEAD_BYTES, UploadOperation, uploaded
from appliance.channels.web.widget import Wardrobe, WidgetController
from appliance.identity.errors import TokenMissing
from appliance.identity.model import ConversationAccess, shop_id_from
from appliance.web import labels
from appliance.web.access import Proof, proven, public
from appliance.web.documentation import CONVERSATION_TOKEN, problem_responses
from appliance.web.headers import SANDBOX
from appliance.web.origin import Origins
from appliance.web.rate import Rate

BASE: Final = "/api/chat/v1"
LONGEST_WAIT_S: Final = 30.0

_SECURED: Final[list[dict[str, list[str]]]] = [{CONVERSATION_TOKEN: []}]
_START: Final = public("a customer without a shop's token is a stranger, who is verified before anything is told")
_TALK: Final = proven(
    Proof.CONVERSATION_TOKEN, labels.of("conversation", "conversation_event", "event_body", "inbound")
)
_PICTURE: Final = proven(Proof.CONVERSATION_TOKEN, labels.of("evidence"))

TheChat = NamedDependency[Chat]
ThePages = NamedDependency[Pages]
Access = NamedDependency[ConversationAccess]
ConversationPath = FromPath[UUID]
After = Annotated[int, QueryParameter(ge=0, le=2**53, description="The seq of the last event that was seen")]
WaitS = Annotated[
    float, QueryParameter(ge=0, le=LONGEST_WAIT_S, description="How long to wait if nothing has happened")
]


def bearer(request: Request[Any, Any, Any]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing("send the access token as Authorization: Bearer <token>")
    return token.strip()


async def access_of(
    request: Request[Any, Any, Any], chat: TheChat, pages: ThePages, conversation_id: ConversationPath
) -> ConversationAccess:
    access = chat.access(bearer(request), conversation_id)
    await pages.admit(request, access.shop_id)
    return access


class Starts:
    """How many conversations may be started from one address."""

    def __init__(self, rate: Rate, origins: Origins) -> None:
        self._rate = rate
        self._origins = origins

    def take(self, request: Request[Any, Any, Any]) -> None:
        origin = self._origins.of(request)
        if not self._origins.is_proxy(origin):
            self._rate.take(origin.ip)


class StartController(Controller):
    path = "/conversations"
    tags = ("chat",)
    opt = _START

    @post(summary="Start a conversation", responses=problem_responses(400, 401, 403, 404, 415, 422, 429, 503))
    async def start(
        self,
        chat: TheChat,
        starts: NamedDependency[Starts],
        pages: ThePages,
        request: Request[Any, Any, Any],
        data: JSONBody[bodies.Start],
    ) -> Begun:
        """The access token that comes back is for this conversation only. Fetch events or open the socket with it."""
        starts.take(request)
        await pages.admit(request, shop_id_from(data.shop))
        return await chat.start(data.shop, data.channel, data.token)


class MessageController(Controller):
    path = "/conversations/{conversation_id:uuid}"
    tags = ("chat",)
    security = _SECURED
    opt = _TALK

    @post(
        "/messages",
        summary="Say something",
        status_code=202,
        responses=problem_responses(400, 401, 404, 413, 415, 422, 429),
    )
    async def send(
        self,
        chat: TheChat,
        access: Access,
        data: JSONBody[bodies.TextMessage | bodies.ChoiceMessage | bodies.ImageMessage],
    ) -> bodies.Accepted:
        """A repeat with the same `client_message_id` changes nothing and is answered with `duplicate: true`."""
        match data:
            case bodies.TextMessage():
                is_duplicate = await chat.say(access, data.client_message_id, data.text)
            case bodies.ChoiceMessage():
                is_duplicate = await chat.choose(access, data.client_message_id, data.payload)
            case bodies.ImageMessage():
                is_duplicate = await chat.show(access, data.client_message_id, data.evidence_id)
        return bodies.Accepted(duplicate=is_duplicate)


class ConversationController(Controller):
    path = "/conversations/{conversation_id:uuid}"
    tags = ("chat",)
    security = _SECURED
    opt = _TALK

    @get("/events", summary="What happened", responses=problem_responses(401, 404, 422))
    async def events(self, chat: TheChat, access: Access, after: After = 0, wait_s: WaitS = 0.0) -> bodies.Events:
        """Events after `after`, oldest first. With `wait_s` the answer waits until there is one (long poll)."""
        events = await chat.events(access, after, wait_s)
        return bodies.Events(events=events, next=events[-1].seq if events else after)

    @post("/flush", summary="Answer now", status_code=204, responses=problem_responses(401, 404))
    async def flush(self, chat: TheChat, access: Access) -> None:
        """Ends the short pause in which the bot waits for more of a burst of messages."""
        await chat.flush(access)

    @post("/token", summary="Renew the access token", status_code=200, responses=problem_responses(401, 404))
    async def renew(self, chat: TheChat, access: Access) -> Opened:
        """Before it ends: another for the same conversation. The present one still counts until then."""
        return chat.renew(access)

    @post(
        "/images",
        summary="Upload a picture",
        opt=_PICTURE,
        operation_class=UploadOperation,
        request_max_body_size=MOST_BYTES + FORM_OVERHEAD_BYTES,
        responses=problem_responses(401, 404, 413, 422, 429),
    )
    async def upload(self, chat: TheChat, access: Access, request: Request[Any, Any, Any]) -> bodies.Kept:
        """JPEG, PNG, WebP or GIF, at most 8 MiB. Send its `evidence_id` as an image message to show it to the bot."""
        kept = await chat.keep_image(access, await uploaded(request, chat.most_image_bytes))
        return bodies.Kept(
            evidence_id=kept.evidence_id,
            media_type=kept.media_type,
            size_bytes=kept.size_bytes,
            width=kept.width,
            height=kept.height,
        )

    @get(
        "/images/{evidence_id:uuid}",
        summary="See an uploaded picture",
        opt=_PICTURE,
        media_type="image/*",
        responses=problem_responses(401, 404),
    )
    async def image(self, chat: TheChat, access: Access, evidence_id: FromPath[UUID]) -> Response[bytes]:
        """The picture as it was uploaded. Only those of this conversation can be seen."""
        picture = await chat.open_image(access, evidence_id)
        return Response(picture.content, media_type=picture.media_type, headers=SANDBOX)


class EvaluationController(Controller):
    """What only the evaluation profile understands: a business clock that can be set, and captions of pictures."""

    path = "/conversations"
    include_in_schema = False
    opt = _TALK

    @post(opt=_START)
    async def start(
        self,
        chat: TheChat,
        starts: NamedDependency[Starts],
        pages: ThePages,
        request: Request[Any, Any, Any],
        data: JSONBody[bodies.EvaluationStart],
    ) -> Begun:
        starts.take(request)
        await pages.admit(request, shop_id_from(data.shop))
        return await chat.start(data.shop, data.channel, data.token, data.business_now)

    @post("/{conversation_id:uuid}/messages", status_code=202)
    async def send(
        self,
        chat: TheChat,
        access: Access,
        data: JSONBody[bodies.TextMessage | bodies.ChoiceMessage | bodies.CaptionedImageMessage],
    ) -> bodies.Accepted:
        match data:
            case bodies.TextMessage():
                is_duplicate = await chat.say(access, data.client_message_id, data.text)
            case bodies.ChoiceMessage():
                is_duplicate = await chat.choose(access, data.client_message_id, data.payload)
            case bodies.CaptionedImageMessage():
                is_duplicate = await chat.show(access, data.client_message_id, data.evidence_id, data.caption)
        return bodies.Accepted(duplicate=is_duplicate)

    @post("/{conversation_id:uuid}/clock", status_code=204)
    async def move_clock(self, chat: TheChat, access: Access, data: JSONBody[bodies.MoveClock]) -> None:
        await chat.move_clock(access, timedelta(seconds=data.by_s))


@websocket("/conversations/{conversation_id:str}/ws", opt=_TALK)
async def chat_socket(
    socket: WebSocket[Any, Any, Any],
    chat: TheChat,
    pages: ThePages,
    pace: NamedDependency[Pace],
    conversation_id: FromPath[str],
) -> None:
    after = socket.query_params.get("after", "0")
    await ChatSocket(socket, chat, pages, conversation_id, after, pace).run()


def chat_router(chat: Chat, starts: Starts, pages: Pages, wardrobe: Wardrobe, pace: Pace | None = None) -> Router:
    given_pace = pace or Pace()
    talking = [EvaluationController] if chat.is_evaluation else [StartController, MessageController]
    return Router(
        BASE,
        route_handlers=[*talking, ConversationController, WidgetController, chat_socket],
        dependencies={
            "chat": Provide(lambda: chat, sync_to_thread=False),
            "starts": Provide(lambda: starts, sync_to_thread=False),
            "pages": Provide(lambda: pages, sync_to_thread=False),
            "wardrobe": Provide(lambda: wardrobe, sync_to_thread=False),
            "pace": Provide(lambda: given_pace, sync_to_thread=False),
            "access": Provide(access_of),
        },
    )
