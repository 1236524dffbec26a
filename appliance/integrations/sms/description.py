"""A gateway as a YAML file describes it: address, headers, body, its names of our templates, how it says yes and no.

Read like a mapping of an order system: a mistake is told with file, line and field. docs/sms.md explains each part.
"""

from pathlib import Path as File
from typing import Any, Final

from appliance.aftersales.messages.rules import GUIDED
from appliance.aftersales.orders.answers import as_written
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.nodes import Node, load
from appliance.aftersales.orders.paths import Path, parse_path
from appliance.aftersales.orders.templates import Names, compile_value, names_of

PARAMS: Final = ("case_no", "return_address", "send_until", "parcel_note", "link", "valid_min")
PHOTO_LINK: Final = "photo_link"
"""The template of what a caller is sent whose photos are needed; may be left out."""
DEMO: Final = File(__file__).with_name("demo.yaml")
_NAMES: Final[Names] = names_of("message_id", "phone", "template", "params", "secret", *PARAMS)


class Description(Record, frozen=True):
    url: str
    headers: dict[str, Any]
    """By name; the values are compiled templates."""
    body: Any
    templates: dict[str, str]
    """By kind of case, and PHOTO_LINK where the gateway has one."""
    success: Path | None
    success_words: frozenset[str]
    """Where an answer with status 200 says whether it was taken; without: the status says it."""
    code: Path | None
    """Where an answer that says no has its word."""
    reference: Path | None
    """Where the gateway names what it took."""


def read(file: File) -> Description:
    """ConfigurationError names file, line and field."""
    section = load(file).section(["url", "headers", "body", "templates"], ["success", "code", "reference"])
    success = section["success"].section(["path", "words"]) if "success" in section else None
    templates = section["templates"].section([kind.value for kind in sorted(GUIDED)], [PHOTO_LINK])
    return Description(
        url=section["url"].text(),
        headers={name: compile_value(each, _NAMES) for name, each in section["headers"].entries().items()},
        body=compile_value(section["body"], _NAMES),
        templates={name: each.text() for name, each in templates.items()},
        success=parse_path(success["path"]) if success else None,
        success_words=_words(success["words"]) if success else frozenset(),
        code=parse_path(section["code"]) if "code" in section else None,
        reference=parse_path(section["reference"]) if "reference" in section else None,
    )


def _words(node: Node) -> frozenset[str]:
    return frozenset(as_written(each.scalar()) for each in node.one_or_more())
