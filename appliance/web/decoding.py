"""JSON from outside, strictly: exact types, no unknown fields, and an error that names the field.

Used for request bodies and WebSocket frames alike.
"""

from typing import Any, TypeVar

import msgspec

from appliance.errors import InputError, InvalidInput

T = TypeVar("T")


class MalformedJson(InputError):
    code = "malformed_json"
    status = 400


class InvalidField(InvalidInput):
    """``field`` is a path such as ``items[0].name``; empty if the whole is wrong."""

    def __init__(self, detail: str, field: str) -> None:
        super().__init__(detail)
        self.field = field


def decode(decoder: "msgspec.json.Decoder[T]", raw: bytes | str) -> T:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as wrong:
        raise invalid_field(str(wrong)) from wrong
    except (msgspec.DecodeError, UnicodeError) as wrong:
        raise MalformedJson("this is not well-formed JSON in UTF-8") from wrong
    except RecursionError as wrong:
        raise MalformedJson("this JSON is nested too deeply") from wrong


def invalid_field(message: str) -> InvalidField:
    """From msgspec's words: ``Expected `int`, got `str` - at `$.by_s```."""
    what, _, where = message.partition(" - at `$")
    return InvalidField(what, where.rstrip("`").lstrip("."))


def decoder_for(annotation: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(annotation, strict=True)
