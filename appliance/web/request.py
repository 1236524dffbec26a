"""A request whose JSON body is decoded straight into the handler's ``data`` type.

Litestar on its own would decode it leniently ("5" for 5) and from any content type.
"""

from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request

from appliance.errors import InputError
from appliance.ids import uuid7
from appliance.web.decoding import decode, decoder_for


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every request body."""


class UnsupportedMediaType(InputError):
    code = "unsupported_media_type"
    status = 415


class StrictRequest(Request[Any, Any, Any]):
    async def json(self) -> Any:
        if self.content_type[0].lower() != "application/json":
            raise UnsupportedMediaType("send a JSON body with the header Content-Type: application/json")
        field = self.route_handler.parsed_data_field
        annotation = field.annotation if field else Any
        return decode(_decoder(annotation), await self.body() or b"null")


@cache
def _decoder(annotation: Any) -> "msgspec.json.Decoder[Any]":
    return decoder_for(annotation)


def request_id(scope: Any) -> str:
    """Made when it is first asked for; the same in headers, problems and logs of one request."""
    state: dict[str, Any] = scope.setdefault("state", {})
    made: UUID = state.setdefault("request_id", uuid7())
    return str(made)
