"""Who may call from a page: by the token of his conversation, where the shop wants it, one call at a time."""

import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from appliance.channels.page_call.errors import NoCallConversation, WithPeople
from appliance.errors import NotFound
from appliance.identity.access_token import AccessTokens
from appliance.ids import ConversationId, uuid7
from tests.appliance.channels.page_call.conftest import Holding, place
from tests.appliance.channels.phone.conftest import Held
from tests.appliance.channels.world import OTHER_SHOP, SHOP, FakeWidgets


async def refusal(socket: ClientConnection) -> tuple[str, int | None]:
    """The code that the page is told, and that the socket is closed with."""
    told: dict[str, Any] = json.loads(await socket.recv())
    assert told["type"] == "error"
    await socket.wait_closed()
    return told["code"], socket.close_code


async def test_nobody_calls_without_a_token(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with place(Holding(Held()), tokens, widgets) as here, here.calling(uuid7(), None) as socket:
        assert await refusal(socket) == ("token_missing", 4401)


async def test_nobody_calls_with_a_made_up_token(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with place(Holding(Held()), tokens, widgets) as here, here.calling(uuid7(), "made-up") as socket:
        assert await refusal(socket) == ("token_not_valid", 4401)


async def test_a_token_is_for_its_own_conversation(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with place(Holding(Held()), tokens, widgets) as here:
        _, token = here.begun()
        async with here.calling(uuid7(), token) as socket:
            assert await refusal(socket) == ("not_found", 4404)


async def test_a_page_that_the_shop_has_not_named_is_refused(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with place(Holding(Held()), tokens, widgets) as here:
        async with here.calling(*here.begun(), origin="https://elsewhere.example") as socket:
            assert await refusal(socket) == ("origin_not_allowed", 4403)
        widgets.dress(SHOP, origins=["https://elsewhere.example"])
        async with here.calling(*here.begun(), origin="https://elsewhere.example") as socket:
            assert json.loads(await socket.recv())["type"] == "begun"


async def test_a_shop_that_has_not_switched_it_on_has_no_calls(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with place(Holding(Held()), tokens, widgets) as here:
        conversation_id = ConversationId(uuid7())
        token, _ = tokens.issue(OTHER_SHOP, conversation_id)
        async with here.calling(conversation_id, token) as socket:
            assert await refusal(socket) == ("calls_off", 4403)


async def test_an_installation_without_lines_has_no_calls(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with place(None, tokens, widgets) as here, here.calling(*here.begun()) as socket:
        assert await refusal(socket) == ("calls_off", 4403)


async def test_a_page_learns_that_nobody_holds_calls_now(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with (
        place(Holding(Held()), tokens, widgets, is_away=True) as here,
        here.calling(*here.begun()) as socket,
    ):
        assert await refusal(socket) == ("calls_away", 1013)


async def test_a_conversation_has_one_call(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with place(Holding(Held()), tokens, widgets) as here:
        begun = here.begun()
        async with here.calling(*begun) as first, here.calling(*begun) as second:
            assert json.loads(await first.recv())["type"] == "begun"
            assert await refusal(second) == ("call_held", 4409)


async def test_more_calls_than_lines_are_told_so(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    holding = Holding(first_held := Held())
    async with place(holding, tokens, widgets, lines=1) as here:
        async with here.calling(*here.begun()) as first:
            assert json.loads(await first.recv())["type"] == "begun"
            async with here.calling(*here.begun()) as second:
                assert await refusal(second) == ("lines_busy", 1013)
        await first_held.is_over.wait()
        holding.held = Held()
        async with here.calling(*here.begun()) as third:
            assert json.loads(await third.recv())["type"] == "begun"


async def test_who_calls_again_and_again_is_held_back(tokens: AccessTokens, widgets: FakeWidgets) -> None:
    async with place(Holding(Held(), refuses=WithPeople("people have it")), tokens, widgets) as here:
        begun = here.begun()
        codes = []
        for _ in range(8):
            async with here.calling(*begun) as socket:
                codes.append((await refusal(socket))[0])
    assert codes == ["with_people"] * 6 + ["too_many_requests"] * 2


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (NoCallConversation("begun in writing"), ("no_call_conversation", 4409)),
        (NotFound("no such conversation"), ("not_found", 4404)),
    ],
)
async def test_a_conversation_that_may_have_no_call_is_refused(
    why: Exception, told: tuple[str, int], tokens: AccessTokens, widgets: FakeWidgets
) -> None:
    async with (
        place(Holding(Held(), refuses=why), tokens, widgets) as here,
        here.calling(*here.begun()) as socket,
    ):
        assert await refusal(socket) == told
