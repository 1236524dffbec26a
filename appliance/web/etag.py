"""ETag and If-Match for things that carry a version: a change names the version that it was decided on."""

import re
from typing import Final

from appliance.errors import InputError, InvalidInput

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
