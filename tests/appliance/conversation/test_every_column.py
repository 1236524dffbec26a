"""Every column of the live schema: declared, kept as its declaration says, and free of anybody's values in clear."""

import re
from base64 import b32encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql

from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.db import Database
from appliance.db.declarations import PLAIN, Column, Protection, tables
from appliance.desk.canned import CannedWords
from appliance.desk.model import Presence
from appliance.identity.api_keys import ApiKeys
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.model import Scope
from appliance.identity.shops import Shops
from appliance.identity.signed_clients import SignedClients
from security.access.permissions import Role
from security.crypto import field, wrapping
from tests.appliance.aftersales.evidence.test_evidence_room import picture
from tests.appliance.conversation import stories
from tests.appliance.conversation.world import PHONE, SHOP, World
from tests.appliance.desk.world import HERE, DeskWorld, person
from tests.security.access.world import World as Staff
from tests.security.audit.world import Log
from tests.servers import Server

pytestmark = pytest.mark.control("P-01", "P-03", "M-29", "M-34")

ID_CARD, BANK_CARD, OTHER_PHONE = "11010519491231002X", "6222020200012345674", "13912345678"
NAME, ADDRESS, EMAIL = "欧阳建国", "浙江省杭州市西湖区文三路99号3单元502室", "jianguo.ouyang@example.cn"
ORDER_SYSTEM_KEY = "the-key-of-the-order-system-8d1f"
SAID = (
    f"我的手机号是{PHONE}，身份证{ID_CARD}",
    f"退到银行卡{BANK_CARD}，打我{OTHER_PHONE[:3]} {OTHER_PHONE[3:7]} {OTHER_PHONE[7:]}",
    f"收件人{NAME}，地址是{ADDRESS}",
    f"邮箱是{EMAIL}",
)
NEVER_TOLD = ("张伟",)
"""What only the order system said."""

IS_WORD = re.compile(r"[\x21-\x7e]*|⟨[^⟨⟩0-9]{1,5}[1-9][0-9]*⟩")
"""A closed word, an id, a number; or a placeholder of a personal value."""
IS_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""A name of a field; or an order's own number of a line, which some documents go by."""
SIGNED_NOTE = ("audit_checkpoint", "note")
"""Lines of numbers, hashes and signatures."""
EMPTY_HERE = {
    "staff_lock",
    "order_event",
    "audit_pending",
    "work_order_comment",
    "special_refund",
    "recording",
    "recording_chunk",
    "photo_link",
    "outbound_call",
    "outbound_attempt",
    "outbound_refusal",
}
"""Locks after failures, reports of order systems: digests only. What was pending is sealed. What staff says of a work
order or a special refund is masked and sealed, and the audio of a call is silenced and sealed: each has a test of its
own. Links for photos and calls that are made leave MACs and placeholders only."""


class Place(NamedTuple):
    table: str
    column: str
    kind: str


class Filled(NamedTuple):
    """A database in which every part of the product has left what it leaves."""

    conn: psycopg.Connection[Any]
    canaries: tuple[str, ...]

    def places(self) -> list[Place]:
        rows = self.conn.execute(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a "
            "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1, 2"
        ).fetchall()
        return [Place(*row) for row in rows]

    def count(self, table: str) -> int:
        row = self.conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        return int(row[0]) if row else 0

    def values(self, place: Place) -> list[Any]:
        statement = sql.SQL("SELECT {0} FROM {1} WHERE {0} IS NOT NULL")
        columns = sql.Identifier(place.column), sql.Identifier(place.table)
        return [value for (value,) in self.conn.execute(statement.format(*columns))]

    def found_in(self, place: Place, canary: str) -> bool:
        """As text, or as its bytes in UTF-8 wherever they stand; a seed as bytes, too."""
        column, table = sql.Identifier(place.column), sql.Identifier(place.table)
        if place.kind == "bytea":
            statement = "SELECT EXISTS (SELECT FROM {1} WHERE position(%s IN {0}) > 0)"
            wanted: tuple[str | bytes, ...] = canary.encode(), _unhexed(canary)
        else:
            statement, wanted = "SELECT EXISTS (SELECT FROM {1} WHERE strpos({0}::text, %s) > 0)", (canary,)
        composed = sql.SQL(statement).format(column, table)
        return any(self.conn.execute(composed, (each,)).fetchone() == (True,) for each in wanted)


def _unhexed(canary: str) -> bytes:
    try:
        return bytes.fromhex(canary)
    except ValueError:
        return canary.encode()


async def talk_in_every_way(db: Database, home: Path) -> None:
    for story in (stories.identity_failed, stories.return_of_a_stranger, stories.evidence_and_correction):
        await story(World(db, home))
    await stories.order_system_away(World(db, home))
    world = World(db, home)
    talk = await world.talk()
    for words in SAID:
        await talk.say(words)
    await talk.press(f"slot:phone={OTHER_PHONE}")
    room = EvidenceRoom(db, world.process.ring, world.process.conversations, world.clock)
    kept = await room.keep(SHOP, talk.conversation_id, picture())
    await talk.show(kept.evidence_id, caption=f"快递单，收件人{NAME}电话{PHONE}")
    await talk.say("转人工")
    await talk.say(f"联系{NAME}{PHONE}")
    await stories.two_requests(World(db, home))
    await talk_with_people(DeskWorld(db, home))


async def talk_with_people(world: DeskWorld) -> None:
    """What agents write is kept as what customers say."""
    lin, talk = await world.agent("1024"), await world.talk()
    await lin.be(Presence.ONLINE)
    await talk.say("转人工")
    token = (await lin.mine())[talk.conversation_id]
    await lin.say(talk.conversation_id, f"请打{OTHER_PHONE}找{NAME}", token)
    desk = world.people.desk
    await desk.talk.note(SHOP, talk.conversation_id, lin.who.staff_id, f"邮箱{EMAIL}")
    words = CannedWords(title="回电", text=f"请打{PHONE}")
    await desk.canned.put(person(Role.SUPERVISOR), SHOP, words, HERE)


async def set_up_shops(db: Database, home: Path) -> tuple[str, ...]:
    """The secrets that came of it."""
    world = World(db, home)
    ring, clock = world.process.ring, world.clock
    await Shops(db, ring, clock).create(SHOP, "示范店")
    link = OrderSystemLink(mapping="demo", base_url="https://erp.example", credentials={"api_key": ORDER_SYSTEM_KEY})
    await Links(db, ring).connect(SHOP, link)
    _, signing_secret = await SignedClients(db, ring, clock).create(SHOP, "erp", [Scope.EVENTS_WRITE])
    _, api_key = await ApiKeys(db, clock).create(SHOP, "erp", [Scope.EVENTS_WRITE])
    secrets = (await Shops(db, ring, clock).get(SHOP)).secrets
    return ORDER_SYSTEM_KEY, signing_secret, api_key, *(str(each.value) for each in secrets)


async def set_up_staff(url: str, home: Path) -> tuple[str, ...]:
    staff = Staff(url, home)
    people = await staff.first_four()
    await people["sys.zhao"].log_in()
    await staff.step_one("nobody.there", "a password that is wrong")
    await staff.close()
    return (
        *(f"{login} 先生" for login in people),
        *people,
        *(seen for person in people.values() for seen in (person.seed.hex(), b32encode(person.seed).decode())),
    )


@pytest.fixture
async def filled(db: Database, database_url: str, database_server: Server, tmp_path: Path) -> AsyncIterator[Filled]:
    secrets = await set_up_shops(db, tmp_path)
    await talk_in_every_way(db, tmp_path)
    people = await set_up_staff(database_url, tmp_path)
    await Log(database_url, tmp_path).seal_what_is_pending()
    name = str(psycopg.conninfo.conninfo_to_dict(database_url)["dbname"])
    canaries = (PHONE, OTHER_PHONE, ID_CARD, ID_CARD[:17], BANK_CARD, BANK_CARD[4:], NAME, ADDRESS, ADDRESS[9:], EMAIL)
    with psycopg.connect(database_server.admin_url, dbname=name) as conn:
        yield Filled(conn, (*canaries, *NEVER_TOLD, *secrets, *people))


def declared() -> Iterator[tuple[str, str, Column]]:
    for table in tables().values():
        for name, column in table.columns.items():
            yield table.name, name, column


def undeclared(filled: Filled) -> list[Place]:
    known = {(table, column) for table, column, _ in declared()}
    return [place for place in filled.places() if place[:2] not in known]


def in_clear(filled: Filled) -> list[tuple[str, str, str]]:
    return [
        (place.table, place.column, canary)
        for place in filled.places()
        for canary in filled.canaries
        if filled.found_in(place, canary)
    ]


def plain_that_is_none(filled: Filled) -> dict[str, list[str]]:
    """Columns declared to hold ids, numbers, times, hashes and closed words, and a value that is none of these."""
    of_kind = {(place.table, place.column): place for place in filled.places()}
    found = {}
    for table, name, column in declared():
        if (
            column is PLAIN
            and (table, name) != SIGNED_NOTE
            and (strange := _strange(filled.values(of_kind[table, name])))
        ):
            found[f"{table}.{name}"] = strange
    return found


def _strange(values: list[Any]) -> list[str]:
    flat = [part for value in values for part in (value if isinstance(value, list) else [value])]
    return [each for each in flat if isinstance(each, str) and not IS_WORD.fullmatch(each)]


def unsealed(filled: Filled) -> dict[str, int]:
    """Columns declared as encrypted, and how many values in them are no ciphertext of ours."""
    found = {}
    for table, name, column in declared():
        if column.protected is Protection.ENCRYPTED:
            values = [bytes(value) for value in filled.values(Place(table, name, "bytea"))]
            if bare := [value for value in values if value[:2] not in (field.MAGIC, wrapping.MAGIC)]:
                found[f"{table}.{name}"] = len(bare)
    return found


def keys_of(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from keys_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from keys_of(value)


async def test_every_column_keeps_what_its_declaration_says_and_nobodys_values_in_clear(
    filled: Filled, tmp_path: Path
) -> None:
    assert undeclared(filled) == []
    assert in_clear(filled) == []
    assert unsealed(filled) == {}
    assert plain_that_is_none(filled) == {}
    documents = [place for place in filled.places() if place.kind in ("json", "jsonb")]
    keys = {key for place in documents for value in filled.values(place) for key in keys_of(value)}
    assert [key for key in keys if not IS_KEY.fullmatch(key)] == []
    assert filled.conn.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone() == (0,)
    written = b"".join(path.read_bytes() for path in (tmp_path / "audit").iterdir())
    assert [canary for canary in filled.canaries if canary.encode() in written] == []
    # The walk went through something: whatever is sealed is there, but for keys of rights that nobody changed.
    empty = {place.table for place in filled.places() if not filled.count(place.table)}
    assert {table for table, _, column in declared() if column.protected is not Protection.NONE} & empty == EMPTY_HERE
    assert {"conversation_event", "decision", "after_sales_case", "audit_record", "work_order"} & empty == set()


PLANTED = {
    "words": "ALTER TABLE shop ADD COLUMN note text; UPDATE shop SET note = %(canary)s",
    "a key of a document": "UPDATE shop SET persona = jsonb_build_object(%(canary)s::text, 1)",
    "a list": "UPDATE staff_account SET shops = ARRAY[%(canary)s]",
    "bytes": "UPDATE evidence SET sealed = decode('c501', 'hex') || convert_to('收件人' || %(canary)s, 'UTF8')",
}


async def test_the_walk_finds_what_is_planted(filled: Filled) -> None:
    """It can fail, whatever the type of the column."""
    for name, statement in PLANTED.items():
        with psycopg.ClientCursor(filled.conn) as cursor:
            cursor.execute(statement.encode(), {"canary": NAME})  # as one text: two statements
        assert NAME in {canary for _, _, canary in in_clear(filled)}, name
        assert [place.column for place in undeclared(filled)] == (["note"] if name == "words" else []), name
        filled.conn.rollback()
    filled.conn.execute("UPDATE shop_secret SET sealed = 'bare'")
    filled.conn.execute("UPDATE decision SET policy = '说好的规则'")
    assert list(unsealed(filled)) == ["shop_secret.sealed"]
    assert list(plain_that_is_none(filled)) == ["decision.policy"]
    filled.conn.rollback()


def test_the_same_name_means_the_same_protection_everywhere() -> None:
    """A customer's number is a pseudonym in each table or in none."""
    protections = {column.protected for _, name, column in declared() if name == "customer_id"}
    assert protections == {Protection.PSEUDONYM}
