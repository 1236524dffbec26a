"""Where an answer of the intranet API leads, for its document (OpenAPI links): what is made or listed can be read."""

from dataclasses import dataclass
from typing import Final

from litestar.openapi.spec import Link, OpenAPIResponse, Operation

_BODY: Final = "$response.body#"


def leads_to(status: int, **links: Link) -> type[Operation]:
    """For a handler's ``operation_class``: the answer of this status leads there, by the name of each link."""

    @dataclass
    class Leading(Operation):
        def __post_init__(self) -> None:
            answer = (self.responses or {})[str(status)]
            assert isinstance(answer, OpenAPIResponse)  # noqa: S101 - no reference: it was made for this operation
            answer.links = dict(links)

    return Leading


def _link(operation: str, parameter: str, place: str) -> Link:
    return Link(operation_id=operation, parameters={parameter: f"{_BODY}{place}"})


def _of_work_order(place: str) -> dict[str, Link]:
    return {
        "its_whole": _link("read_work_order", "work_order_id", place),
        "its_comments": _link("list_comments", "work_order_id", place),
        "a_comment": _link("comment", "work_order_id", place),
    }


def _of_case(place: str) -> dict[str, Link]:
    return {
        "its_decision": _link("explain_decision", "decision_id", f"{place}/decision_id"),
        "its_conversation": _link("trace", "conversation_id", f"{place}/conversation_id"),
    }


_MOVED: Final = Link(
    operation_id="move_work_order",
    parameters={"work_order_id": f"{_BODY}/work_order_id", "header.If-Match": "$response.header.ETag"},
    request_body={"deed": "prioritise", "priority": "high"},
)

OF_WORK_ORDER: Final = {**_of_work_order("/work_order_id"), "a_deed": _MOVED}
OF_WORK_ORDERS: Final = _of_work_order("/work_orders/0/work_order_id")
OF_CASE: Final = _of_case("")
OF_CASES: Final = {"the_first": _link("read_case", "case_id", "/cases/0/case_id"), **_of_case("/cases/0")}
OF_CONVERSATIONS: Final = {"the_first": _link("trace", "conversation_id", "/conversations/0/conversation_id")}
