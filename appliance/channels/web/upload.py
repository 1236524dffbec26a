"""The bytes of an uploaded picture, whether they are the whole body or one part of a form."""

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.openapi.spec import Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.openapi.spec.media_type import OpenAPIMediaType

from appliance.errors import ApplianceError, InvalidInput, TooLarge

FORM_OVERHEAD_BYTES = 16 * 1024


async def uploaded(request: Request[Any, Any, Any], most_bytes: int) -> bytes:
    if request.content_type[0].lower() != "multipart/form-data":
        return await request.body()
    try:
        parts = (await request.form()).multi_items()
    except (ApplianceError, HTTPException) as refused:
        if getattr(refused, "status_code", 0) == 413:
            raise
        raise InvalidInput("the form is not well-formed multipart/form-data") from refused
    except Exception as refused:  # the parser of a hostile form may fail in any way
        raise InvalidInput("the form is not well-formed multipart/form-data") from refused
    files = [value for _, value in parts if isinstance(value, UploadFile)]
    if len(files) != 1:
        raise InvalidInput("send exactly one file in the form")
    content = await files[0].read(most_bytes + 1)
    if len(content) > most_bytes:
        raise TooLarge(f"a picture may have at most {most_bytes // 1024 // 1024} MiB")
    return content


_BINARY = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)


@dataclass
class UploadOperation(Operation):
    """Litestar cannot see what a handler reads by itself."""

    def __post_init__(self) -> None:
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": _BINARY}, required=["file"])
        self.request_body = RequestBody(
            required=True,
            description="The picture: as the body itself, or as the one file of a form.",
            content={
                "image/jpeg": OpenAPIMediaType(schema=_BINARY),
                "image/png": OpenAPIMediaType(schema=_BINARY),
                "image/webp": OpenAPIMediaType(schema=_BINARY),
                "image/gif": OpenAPIMediaType(schema=_BINARY),
                "multipart/form-data": OpenAPIMediaType(schema=form),
            },
        )
