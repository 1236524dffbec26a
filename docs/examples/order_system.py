"""What an order system does with the appliance, step by step, against a running demo: docs/examples/README.md.

It needs the client alone (``pip install ./appliance/client/intranet``), and what prepare.py has printed.
"""

import os
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from aftersales_client import (
    AftersalesError,
    ApiKey,
    Case,
    Client,
    NewComment,
    NewWorkOrder,
    Told,
    WebhookRefused,
    Webhooks,
    WorkOrderKind,
)

WAIT_S = 60


def main() -> None:
    url, key = os.environ["APPLIANCE_URL"], os.environ["APPLIANCE_API_KEY"]
    with Client(url, ApiKey(key)) as appliance:
        case = look_at_the_newest_case(appliance)
        report_what_happened(appliance, case)
        ask_for_work(appliance, case)
    be_told(url, os.environ["APPLIANCE_SHOP"])


def look_at_the_newest_case(appliance: Client) -> Case:
    case = next(appliance.every_case(limit=5))
    print(f"case      {case.order_id}  {case.kind}  {case.refund_fen / 100:.2f} yuan  {case.state}/{case.stage}")
    if case.decision_id:
        why = appliance.explain_decision(case.decision_id)
        print(f"decision  {why.verdict} by {why.rule} of {why.policy}")
        for row in why.rows:
            print(f"          {row.about}: {row.table} {row.row}, {row.law}, having read {row.read}")
    return case


def report_what_happened(appliance: Client, case: Case) -> None:
    """In the order system's own words; the mapping of the demo looks for ``tradeNo``. The order itself is read anew."""
    for what in ("order_changed", "parcel_shipped"):
        event = {"tradeNo": case.order_id, "what": what, "waybill": "SF1234567890123"}
        event_id = f"{what}-{uuid4()}"
        first = appliance.report_event(event, event_id=event_id, event_type=what)
        again = appliance.report_event(event, event_id=event_id, event_type=what)
        print(f"event     {what}: taken, sent again: {'nothing is done' if again.duplicate else 'done twice'}")
        if first.duplicate or not again.duplicate:
            raise SystemExit("an event counts once")


def ask_for_work(appliance: Client, case: Case) -> None:
    new = NewWorkOrder(
        kind=WorkOrderKind.REQUEST,
        words="请核对这一单的发票抬头",
        order_id=case.order_id,
        case_id=case.case_id,
        conversation_id=case.conversation_id,
    )
    opened = appliance.open_work_order(new, idempotency_key=f"invoice-{case.case_id}")
    appliance.comment(opened.work_order_id, NewComment(words="抬头已在财务系统改好"))
    listed = appliance.list_work_orders(order_id=case.order_id).items
    print(f"work      {opened.work_order_id}  {opened.team}  {opened.state}  due {opened.due_at:%Y-%m-%d %H:%M}")
    print(f"          of this order there are {len(listed)}, each opened once however often this example is run")


def be_told(url: str, shop: str) -> None:
    """A customer says something, as the shop's page would have it; the appliance tells of it, signed."""
    with listening(Webhooks(os.environ["APPLIANCE_WEBHOOK_SECRET"])) as told:
        opened = greet(url, shop)
        while True:
            found = told.get(timeout=WAIT_S)
            print(f"webhook   {found.type}, verified: {found.data}")
            if found.type == "conversation.opened" and opened in str(found.data):
                return


def greet(url: str, shop: str) -> str:
    with httpx.Client(base_url=f"{url}/api/chat/v1/conversations", trust_env=False) as page:
        opened = page.post("", json={"shop": shop}).raise_for_status().json()
        message = {"type": "text", "client_message_id": "m-1", "text": "你好"}
        own = {"Authorization": f"Bearer {opened['access_token']}"}
        page.post(f"/{opened['conversation_id']}/messages", json=message, headers=own).raise_for_status()
    conversation_id: str = opened["conversation_id"]
    return conversation_id


@contextmanager
def listening(webhooks: Webhooks) -> Iterator["queue.Queue[Told]"]:
    """A real system keeps ``Told.id``, so that it knows a repeat, and works after it has answered."""
    told: queue.Queue[Told] = queue.Queue()

    class Hooks(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                told.put(webhooks.verify(dict(self.headers), body))
            except WebhookRefused as refused:
                print(f"webhook   refused: {refused}")
                self.send_response(401)
            else:
                self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """What matters is printed above."""

    port = urlsplit(os.environ["APPLIANCE_HOOKS"]).port or 80
    with ThreadingHTTPServer(("127.0.0.1", port), Hooks) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield told
        server.shutdown()


if __name__ == "__main__":
    try:
        main()
    except KeyError as missing:
        sys.exit(f'{missing} is not set: eval "$(.venv/bin/python docs/examples/prepare.py)"')
    except StopIteration:
        sys.exit("there is no case yet: let the demo play its customers first")
    except queue.Empty:
        sys.exit(f"nothing was told within {WAIT_S} s: appliance webhooks deliveries demo says why")
    except AftersalesError as error:
        sys.exit(str(error))
