"""Photos from a caller: a real conversation, real pictures and rows, the page's own calls; a gateway that notes."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from PIL import Image

from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.aftersales.messages.model import Failure, Taken, Text
from appliance.aftersales.photo_links import rules
from appliance.aftersales.photo_links.jobs import PhotoLinkCare
from appliance.aftersales.photo_links.model import Terms
from appliance.aftersales.photo_links.secrets import LinkSecrets
from appliance.aftersales.photo_links.service import PhotoDesk, PhotoOffers
from appliance.channels.photos import http as photo_http
from appliance.channels.photos.http import PhotoDoor, photo_router
from appliance.channels.web.widget import Wardrobe
from appliance.conversation import recording
from appliance.conversation.model import Channel
from appliance.conversation.replay import replay
from appliance.dialogue import ear
from appliance.errors import OrderSystemUnavailable
from appliance.ids import CustomerId, ShopId
from appliance.joints.photo_links import PhotoTalk
from appliance.web.app import WebParts, create_web
from appliance.web.origin import Origins
from tests.appliance.aftersales.work.terms import work_orders
from tests.appliance.channels.pictures import picture
from tests.appliance.channels.world import FakeWidgets
from tests.appliance.conversation.world import NOW, PHONE, SHOP, Talk, Trail, World
from tests.appliance.dialogue.world import CUSTOMER, FLOWS

TERMS = Terms(address="https://kf.example.cn", said_as="", valid_min=60, most=3)
WANTED = "鞋子开胶了我要退"


class Around:
    """A gateway and numbers; what was handed over is kept."""

    def __init__(self) -> None:
        self.sent: list[Text] = []
        self.answers: list[Taken] = []
        self.phone: str | Exception = PHONE

    async def send(self, text: Text) -> Taken:
        self.sent.append(text)
        return self.answers.pop(0) if self.answers else Taken(reference="SM1")

    async def of(self, shop: ShopId, customer_id: CustomerId) -> str:
        assert (shop, customer_id) == (SHOP, CUSTOMER)
        if isinstance(self.phone, Exception):
            raise self.phone
        return self.phone


class PhotoWorld(World):
    """With a page for photos, and a gateway unless ``texts`` is taken back."""

    def gather(self, *, texts: bool = False) -> "PhotoWorld":
        self.around = Around()
        self.secrets = LinkSecrets(self.root)
        trail, clock = Trail(), self.clock
        offers = PhotoOffers(self.secrets, trail, clock, TERMS, texts=texts)
        workshop = self.process.workshop
        workshop.parts = msgspec.structs.replace(workshop.parts, photo_links=offers)
        talk = PhotoTalk(self.process.conversations)
        self.room = EvidenceRoom(self.db, self.process.ring, self.process.conversations, clock)
        self.desk = PhotoDesk(
            db=self.db, secrets=self.secrets, pictures=self.room, talk=talk, audit=trail, clock=clock, terms=TERMS
        )
        self.care = PhotoLinkCare(
            db=self.db,
            secrets=self.secrets,
            talk=talk,
            audit=trail,
            work=work_orders(trail, clock),
            phones=self.around,
            gateway=self.around if texts else None,
            clock=clock,
            terms=TERMS,
        )
        widgets = FakeWidgets()
        widgets.kept[SHOP] = widgets.kept[ShopId("demo")]
        door = PhotoDoor(self.desk, Wardrobe(widgets, ""), Origins())
        self.web: Any = create_web(WebParts(routers=[photo_router(door)], checks={}, version="0", origins=Origins()))
        return self

    def page(self, secret: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.web, client=("203.0.113.7", 1))
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.AsyncClient(transport=transport, base_url="https://kf.example.cn", headers=headers)

    async def link_id(self) -> UUID:
        ((link_id,),) = await self.rows("SELECT link_id FROM photo_link WHERE state = 'awaiting_evidence'")
        assert isinstance(link_id, UUID)
        return link_id

    async def token(self) -> str:
        return self.secrets.token(await self.link_id())

    async def states(self) -> list[tuple[Any, ...]]:
        return await self.rows("SELECT state, text_state FROM photo_link ORDER BY made_at, link_id")

    async def actions(self) -> list[tuple[str, str, str]]:
        async with self.db.system() as conn:
            found = await conn.execute(
                "SELECT event ->> 'action', event ->> 'outcome', coalesce(event #>> '{detail,how}', '') "
                "FROM audit_pending WHERE event ->> 'action' LIKE 'photo_link.%' ORDER BY position"
            )
            return await found.fetchall()

    async def call(self) -> Talk:
        return await self.talk(channel=Channel.VOICE)


@pytest.fixture
def world(db: Any, tmp_path: Path) -> PhotoWorld:
    return PhotoWorld(db, tmp_path).gather()


@pytest.fixture
def texting(db: Any, tmp_path: Path) -> PhotoWorld:
    return PhotoWorld(db, tmp_path).gather(texts=True)


async def spoken(talk: Talk) -> list[str]:
    seen = await talk.world.process.conversations.transcript(SHOP, talk.conversation_id)
    return [event.text for event in seen if event.is_ai]


async def test_the_code_is_read_out_so_that_it_can_be_followed_by_ear(world: PhotoWorld) -> None:
    call = await world.call()
    assert await call.say(WANTED) == ["ask.evidence_by_code"]
    code = world.secrets.code(await world.link_id())
    told = (await spoken(call))[-1]
    assert told.count(rules.spoken_code(code)) == 2
    assert "k f 点 e x a m p l e 点 c n 斜杠 p" in told
    assert ear.screen_in(told) is None
    assert await call.awaiting() == "evidence"
    assert await world.states() == [("awaiting_evidence", "none")]


async def test_pictures_from_the_page_carry_the_request_on_in_the_call(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    code = world.secrets.code(await world.link_id())
    async with world.page(code) as opened:
        told = (await opened.get("/api/photos/v1/link")).json()
    assert (told["shop_name"], told["most"], told["taken"]) == ("示范店", 3, 0)
    seq = (await call.trace())[-1].seq
    async with world.page(told["token"]) as page:
        for kind in ("JPEG", "PNG"):
            assert (await page.post("/api/photos/v1/pictures", content=picture(kind))).status_code == 201
        assert (await page.post("/api/photos/v1/done")).json() == {"taken": 2}
        await world.process.conversations.finish()
        assert (await page.post("/api/photos/v1/done")).status_code == 404
    assert (await call.said(seq))[0] == "evidence_received"
    assert await call.awaiting() == "confirm"
    assert len(await call.of("customer.showed")) == 2
    assert await world.states() == [("used", "none")]
    assert await world.actions() == [("photo_link.open", "success", ""), ("photo_link.end", "success", "used")]


async def test_the_pictures_stand_in_the_operation_that_the_yes_makes(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    async with world.page(await world.token()) as page:
        await page.post("/api/photos/v1/pictures", content=picture("JPEG"))
        await page.post("/api/photos/v1/done")
    await world.process.conversations.finish()
    await call.say("确认")
    ((shown,),) = await world.rows("SELECT evidence[1] FROM photo_link")
    await call.settle()
    ((asked,),) = await world.rows("SELECT request ->> 'evidence' FROM operation")
    assert str(shown) in asked


async def test_what_people_are_shown_of_a_picture_has_no_place_in_it(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    exif = Image.Exif()
    exif[0x010E] = "GPS 30.27N 120.15E"
    async with world.page(await world.token()) as page:
        await page.post("/api/photos/v1/pictures", content=picture("JPEG", exif=exif))
    ((shown,),) = await world.rows("SELECT evidence[1] FROM photo_link")
    assert b"GPS 30.27N" not in await world.room.view(SHOP, call.conversation_id, shown)
    ((sealed,),) = await world.rows("SELECT sealed FROM evidence")
    assert b"GPS 30.27N" not in sealed


@pytest.mark.parametrize("secret", ["00000000", "nobody-made-this-token00", ""])
async def test_who_guesses_hears_one_answer(world: PhotoWorld, secret: str) -> None:
    call = await world.call()
    await call.say(WANTED)
    async with world.page(secret) as page:
        answers = [
            (await page.get("/api/photos/v1/link")).status_code,
            (await page.post("/api/photos/v1/pictures", content=picture())).status_code,
            (await page.post("/api/photos/v1/done")).status_code,
        ]
    assert answers == [404 if secret else 401] * 3


async def test_a_code_opens_the_page_and_nothing_else(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    async with world.page(world.secrets.code(await world.link_id())) as page:
        assert (await page.post("/api/photos/v1/pictures", content=picture())).status_code == 404


async def test_codes_cannot_be_tried_in_a_row(world: PhotoWorld) -> None:
    async with world.page("12345678") as page:
        statuses = [(await page.get("/api/photos/v1/link")).status_code for _ in range(photo_http.TRIES_PER_MIN + 1)]
    assert statuses[-1] == 429


async def test_what_is_no_picture_is_refused_and_the_link_lives_on(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    async with world.page(await world.token()) as page:
        assert (await page.post("/api/photos/v1/pictures", content=b"MZ not a picture")).status_code == 422
        assert (await page.post("/api/photos/v1/done")).status_code == 422
        assert (await page.get("/api/photos/v1/link")).status_code == 200


async def test_a_link_takes_so_many_pictures_and_no_more(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    async with world.page(await world.token()) as page:
        statuses = [(await page.post("/api/photos/v1/pictures", content=picture())).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 413]


async def test_whoever_has_no_photos_goes_to_people_and_the_link_is_taken_back(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    token = await world.token()
    await call.say("没有照片")
    assert await call.outcomes() == ["handed_off"]
    async with world.page(token) as page:
        assert (await page.get("/api/photos/v1/link")).status_code == 404
    assert await world.care.end_due() == 1
    assert await world.states() == [("revoked", "none")]
    assert (await world.actions())[-1] == ("photo_link.end", "success", "revoked")


async def test_a_link_runs_out(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    token = await world.token()
    world.fixed.at = NOW + timedelta(minutes=60)
    async with world.page(token) as page:
        assert (await page.get("/api/photos/v1/link")).status_code == 404
    await world.care.end_due()
    assert await world.states() == [("expired", "none")]


async def test_pictures_that_came_are_not_lost_where_nobody_pressed_done(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    async with world.page(await world.token()) as page:
        await page.post("/api/photos/v1/pictures", content=picture())
    world.fixed.at = NOW + timedelta(minutes=60)
    await world.care.end_due()
    await world.process.conversations.finish()
    assert await call.awaiting() == "confirm"


async def test_who_asks_again_is_told_the_same_code(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    first = await world.link_id()
    assert await call.say("稍等我拍一张") == ["ask_again.evidence_by_code"]
    assert await world.link_id() == first


async def test_who_has_hung_up_before_his_photos_came_is_called_back(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    async with world.page(await world.token()) as page:
        await page.post("/api/photos/v1/pictures", content=picture())
        await page.post("/api/photos/v1/done")
    await world.process.conversations.finish()
    assert await world.care.follow_up() == 0
    world.fixed.at = NOW + rules.FOLLOW_UP_AFTER
    assert [await world.care.follow_up(), await world.care.follow_up()] == [1, 0]
    ((kind, reason),) = await world.rows("SELECT kind, summary ->> 'reason' FROM work_order")
    assert (kind, reason) == ("call_back", "photos_came")


async def test_who_goes_on_talking_is_not_called_back(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    async with world.page(await world.token()) as page:
        await page.post("/api/photos/v1/pictures", content=picture())
        await page.post("/api/photos/v1/done")
    await world.process.conversations.finish()
    world.fixed.at = NOW + timedelta(seconds=30)
    await call.say("确认")
    world.fixed.at = NOW + rules.FOLLOW_UP_AFTER
    assert await world.care.follow_up() == 0
    assert await world.rows("SELECT kind FROM work_order") == []


async def test_a_written_conversation_has_no_link(world: PhotoWorld) -> None:
    talk = await world.talk()
    assert await talk.say(WANTED) == ["ask.evidence"]
    assert await world.states() == []


async def test_a_replay_goes_the_way_that_was_gone(world: PhotoWorld) -> None:
    call = await world.call()
    await call.say(WANTED)
    await call.say("稍等我拍一张")
    async with world.db.transaction(SHOP) as conn:
        subject = await world.process.conversations.subject_of(conn, SHOP, call.conversation_id)
        keys = await world.process.ring.keys(conn, SHOP, subject)
        events = await recording.read(conn, SHOP, call.conversation_id, keys)
    assert replay(FLOWS, events).difference is None


async def test_the_sms_goes_to_the_accounts_number_with_a_link_that_names_nothing(texting: PhotoWorld) -> None:
    call = await texting.call()
    assert await call.say(WANTED) == ["ask.evidence_by_text"]
    assert [await texting.care.send_due(), await texting.care.send_due()] == [1, 0]
    (text,) = texting.around.sent
    assert (text.phone, text.template) == (PHONE, "photo_link")
    assert text.params["link"] == f"https://kf.example.cn/p#{await texting.token()}"
    named = (str(await texting.link_id()), str(call.conversation_id), str(CUSTOMER), str(SHOP))
    assert not any(name in text.params["link"] for name in named)
    assert await texting.states() == [("awaiting_evidence", "sent")]
    kept = await texting.rows("SELECT to_jsonb(p)::text FROM photo_link p")
    assert PHONE not in str(kept)
    assert text.params["link"].partition("#")[2] not in str(kept)
    assert [row[:2] for row in await texting.actions()] == [
        ("photo_link.open", "success"),
        ("photo_link.send", "pending"),
        ("photo_link.send", "success"),
    ]


async def test_who_got_no_sms_is_read_the_code_of_the_same_link(texting: PhotoWorld) -> None:
    call = await texting.call()
    await call.say(WANTED)
    assert await call.say("换个办法") == ["ask_again.evidence_by_code"]
    assert rules.spoken_code(texting.secrets.code(await texting.link_id())) in (await spoken(call))[-1]


@pytest.mark.parametrize("phone", ["010-62345678", OrderSystemUnavailable("away")])
async def test_without_a_number_nothing_is_sent(texting: PhotoWorld, phone: str | Exception) -> None:
    texting.around.phone = phone
    await (await texting.call()).say(WANTED)
    await texting.care.send_due()
    is_away = isinstance(phone, Exception)
    assert texting.around.sent == []
    assert await texting.states() == [("awaiting_evidence", "pending" if is_away else "failed")]


async def test_an_sms_that_is_not_taken_is_tried_again_under_the_same_id(texting: PhotoWorld) -> None:
    texting.around.answers = [Taken(failure=Failure.NO_ANSWER)] * 3
    await (await texting.call()).say(WANTED)
    for minutes in (0, 1, 3, 9):
        texting.fixed.at = NOW + timedelta(minutes=minutes)
        await texting.care.send_due()
    assert len(texting.around.sent) == 3
    assert len({text.message_id for text in texting.around.sent}) == 1
    assert await texting.states() == [("awaiting_evidence", "failed")]


async def test_the_page_is_in_chinese_and_asks_nobody_else(world: PhotoWorld) -> None:
    async with world.page("") as page:
        shown = await page.get("/p")
    assert shown.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert "照片收到了" in shown.text
    assert "http://" not in shown.text
    assert "https://" not in shown.text
