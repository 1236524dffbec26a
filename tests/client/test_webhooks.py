"""What comes to a webhook is believed only if a secret that counts signed these bytes just now."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from standardwebhooks import Webhook

from aftersales_client import Told, WebhookRefused, Webhooks, WebhookType
from aftersales_client.webhooks import DATA, CaseCreated
from appliance.ids import ConversationId, ShopId
from appliance.integrations.webhooks import rules, signature
from appliance.integrations.webhooks.model import Delivery, WebhookEvent

OLD, NEW, OTHER = (f"whsec_{letter * 43}=" for letter in "ABC")
AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DATA_OF_CASE = {"operation_id": str(uuid4()), "case_id": "S8001", "kind": "return_refund", "refund_fen": 38900}


def told(data: dict[str, Any], kind: WebhookEvent = WebhookEvent.CASE_CREATED) -> bytes:
    delivery = Delivery(
        shop_id=ShopId("demo"),
        delivery_id=uuid4(),
        webhook_id=uuid4(),
        conversation_id=ConversationId(uuid4()),
        seq=17,
        type=kind,
        attempts=0,
        made_at=AT,
    )
    return msgspec.json.encode(rules.body_of(delivery, AT, data))


def sent(body: bytes, *secrets: str, at: datetime = AT) -> dict[str, str]:
    return signature.headers(UUID(int=7), at, body, secrets)


def verified(webhooks: Webhooks, headers: dict[str, str], body: bytes, late_s: float = 0) -> Told:
    return webhooks.verify(headers, body, now=AT.timestamp() + late_s)


BODY = told(DATA_OF_CASE)


def test_what_the_appliance_signs_is_read_with_its_types() -> None:
    found = verified(Webhooks(NEW), sent(BODY, NEW), BODY)
    assert (found.id, found.type, found.timestamp) == (str(UUID(int=7)), WebhookType.CASE_CREATED, AT)
    assert isinstance(found.data, CaseCreated)
    assert (found.data.case_id, found.data.refund_fen, found.data.seq, found.data.shop) == ("S8001", 38900, 17, "demo")


def test_what_another_library_signs_is_read_too() -> None:
    now = datetime.now(UTC)
    headers = {
        "Webhook-Id": "m",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Webhook(NEW).sign("m", now, BODY.decode()),
    }
    assert Webhooks(NEW).verify(headers, BODY).type == "case.created"


@pytest.mark.parametrize(("signed_by", "known"), [((NEW, OLD), (OLD,)), ((OLD,), (NEW, OLD)), ((NEW, OLD), (NEW,))])
def test_a_change_of_secrets_loses_nothing(signed_by: tuple[str, ...], known: tuple[str, ...]) -> None:
    """The appliance signs with both while the old one counts; a receiver may know either, or both."""
    assert verified(Webhooks(*known), sent(BODY, *signed_by), BODY).data


@pytest.mark.parametrize("late_s", [-300, 300])
def test_it_may_be_late_by_the_tolerance(late_s: float) -> None:
    assert verified(Webhooks(NEW), sent(BODY, NEW), BODY, late_s)
    with pytest.raises(WebhookRefused, match="clocks"):
        verified(Webhooks(NEW), sent(BODY, NEW), BODY, late_s * 1.01)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,ÿ"},
        {"webhook-signature": "v2," + signature.headers(UUID(int=7), AT, BODY, [NEW])["webhook-signature"][3:]},
        {"webhook-id": "another"},
        {"webhook-timestamp": str(int(AT.timestamp()) + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": ""},
    ],
)
def test_what_was_changed_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused):
        verified(Webhooks(NEW), sent(BODY, NEW) | change, BODY)


def test_other_bytes_and_other_secrets_are_refused() -> None:
    for headers, body in ((sent(BODY, NEW), BODY + b" "), (sent(BODY, OTHER), BODY), ({}, BODY)):
        with pytest.raises(WebhookRefused):
            verified(Webhooks(NEW, OLD), headers, body)


def test_what_is_not_known_yet_is_passed_on_as_it_came() -> None:
    body = msgspec.json.encode({"type": "moon.rose", "timestamp": AT.isoformat(), "data": {"phase": 3}})
    found = verified(Webhooks(NEW), sent(body, NEW), body)
    assert (found.type, found.data) == ("moon.rose", {"phase": 3})


def test_a_ping_and_new_fields_are_read() -> None:
    body = msgspec.json.encode({"type": "ping", "timestamp": AT.isoformat(), "data": {"shop": "demo"}, "new": 1})
    assert verified(Webhooks(NEW), sent(body, NEW), body).type is WebhookType.PING


def test_what_is_well_signed_and_no_telling_is_refused() -> None:
    for body in (b"[]", b"{", told({"case_id": 5})):
        with pytest.raises(WebhookRefused):
            verified(Webhooks(NEW), sent(body, NEW), body)


def test_every_telling_has_a_type_of_its_own() -> None:
    assert {*DATA, WebhookType.PING} == set(WebhookType)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%"])
def test_a_secret_that_is_none_is_said_at_once(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        Webhooks(secret)
    with pytest.raises(ValueError, match="secret"):
        Webhooks()
