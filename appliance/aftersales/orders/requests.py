"""One request on its way out, before and after it is signed. Pure."""

from urllib.parse import quote, urlencode

from msgspec.structs import replace

from appliance.aftersales.orders.model import Record

Pairs = dict[str, str]


class Outgoing(Record, frozen=True):
    method: str
    path: str
    """From the base URL on, escaped."""
    query: Pairs = {}
    headers: Pairs = {}
    form: Pairs | None = None
    """What an HTML form would send; then there is no ``json``."""
    json: bytes = b""

    @property
    def body(self) -> bytes:
        return urlencode(self.form).encode() if self.form is not None else self.json

    @property
    def content_type(self) -> str | None:
        if self.form is not None:
            return "application/x-www-form-urlencoded;charset=utf-8"
        return "application/json" if self.json else None

    def with_more(self, *, headers: Pairs = {}, query: Pairs = {}, form: Pairs = {}) -> "Outgoing":  # noqa: B006
        more = replace(self, headers={**self.headers, **headers}, query={**self.query, **query})
        return replace(more, form={**(self.form or {}), **form}) if form else more


def escaped(value: str) -> str:
    """As RFC 3986 has it: all but letters, digits and ``-._~``."""
    return quote(value, safe="-._~")
