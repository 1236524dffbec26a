"""ETags. Of things that carry a version: a change names the version that it was decided on, in If-Match.

Of what is only read, a hash of the answer: who brings it along in If-None-Match is sent nothing that he has already.
"""

import re
from hashlib import sha256
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Response
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter

from appliance.errors import InputError, InvalidInput

T = TypeVar("T")

IfNoneMatch = Annotated[
    str | None, HeaderParameter(name="If-None-Match", description="The ETag of what was read before: 304 if it stands")
]
UNCHANGED: Final = {
    304: ResponseSpec(None, generate_examples=False, description="It is as it was when that ETag was given")
}

_STRONG: Final = re.compile(r'"([1-9][0-9]{0,8})"')


class VersionMissing(InputError):
    """A change names the version that it was decided on."""

    code = "version_missing"
    status = 428


def etag_of(version: int) -> str:
    return f'"{version}"'


def version_of(if_match: str | None) -> int:
    """VersionMissing without the header; InvalidInput for what is no ETag of ours."""
    if if_match is None:
        raise VersionMissing("send the ETag that you have read as If-Match, so that nobody's change is lost")
    found = _STRONG.fullmatch(if_match.strip())
    if not found:
        raise InvalidInput('If-Match is one ETag as it was given, such as "3"')
    return int(found[1])


def unless_known(content: T, if_none_match: str | None, version: int | None = None) -> Response[T]:
    """The content with its ETag, or 304 and no body where the caller has it.

    ``version``: of what carries one, and changes with nothing else.
    """
    etag = etag_of(version) if version else f'"{sha256(msgspec.json.encode(content)).hexdigest()[:32]}"'
    known = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
    if known & {etag, "*"}:
        nothing: Any = None
        return Response(nothing, status_code=304, headers={"ETag": etag})
    return Response(content, headers={"ETag": etag})
