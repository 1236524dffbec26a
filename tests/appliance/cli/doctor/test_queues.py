"""What waits and should not, made to: operations whose end is open, deliveries that nobody takes."""

import pytest

from appliance.config import Settings
from tests.appliance.cli.doctor.conftest import Doctor, as_owner

fault = pytest.mark.fault
_ORPHANS = "ALTER TABLE operation DROP CONSTRAINT operation_shop_id_case_id_fkey"
_OPERATION = (
    "INSERT INTO operation (shop_id, operation_id, case_id, state, request, intent, accepted_at, tried_since) VALUES "
    "('demo', gen_random_uuid(), gen_random_uuid(), %s, '{}', gen_random_uuid(), now() - %s::interval, now())"
)
_WEBHOOK = (
    "INSERT INTO webhook (shop_id, webhook_id, url, events, created_at) VALUES "
    "('demo', gen_random_uuid(), 'https://erp.example.internal/hook', '{case.created}', now())"
)
_DELIVERY = (
    "INSERT INTO webhook_delivery (shop_id, delivery_id, webhook_id, conversation_id, seq, type, state, made_at, "
    "due_at, ended_at) SELECT 'demo', gen_random_uuid(), webhook_id, gen_random_uuid(), 1, 'case.created', %s, "
    "now() - interval '10 minutes', CASE WHEN %s = 'pending' THEN now() END, CASE WHEN %s = 'dead' THEN now() END "
    "FROM webhook"
)


@pytest.fixture
async def queues(owner_url: str) -> str:
    """The tables, open to their owner, with a webhook in them."""
    for table in ("shop", "operation", "webhook", "webhook_delivery"):
        await as_owner(owner_url, f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    await as_owner(owner_url, _ORPHANS)
    await as_owner(owner_url, "INSERT INTO shop (shop_id, name) VALUES ('demo', 'demo') ON CONFLICT DO NOTHING")
    await as_owner(owner_url, _WEBHOOK)
    return owner_url


@fault("writes", "of 1 operations nobody knows", "work orders")
async def test_an_operation_of_which_nobody_knows_the_end_is_found(
    doctor: Doctor, served: Settings, queues: str
) -> None:
    await doctor.is_content(served)
    await as_owner(queues, _OPERATION, "unknown", "1 second")
    await doctor.finds(served)


@fault("writes", "1 operations are open, the oldest since", "whether the order system answers", passes=True)
async def test_an_operation_that_does_not_get_on_is_found(doctor: Doctor, served: Settings, queues: str) -> None:
    await as_owner(queues, _OPERATION, "accepted", "10 minutes")
    await doctor.finds(served)


@fault("webhooks", "the oldest delivery waits since", "receiver answers")
async def test_a_delivery_that_waits_is_found(doctor: Doctor, served: Settings, queues: str) -> None:
    await doctor.is_content(served)
    await as_owner(queues, _DELIVERY, "pending", "pending", "pending")
    await doctor.finds(served)


@fault("webhooks", "1 deliveries were given up", "webhooks replay")
async def test_a_delivery_that_was_given_up_is_found(doctor: Doctor, served: Settings, queues: str) -> None:
    await as_owner(queues, _DELIVERY, "dead", "dead", "dead")
    await doctor.finds(served)
