"""Every column that is sealed under a subject's key: what the renewal of those keys has to seal again.

A test compares the list with what the migrations declare as encrypted, so that no new column is forgotten.
"""

from typing import Final

from appliance.identity.links import row_of
from appliance.ids import ShopId
from security.crypto.reseal import SealedColumn
from security.sql import Queries

SQL = Queries.beside(__file__)

_PLACES: Final = (
    ("conversation", "state"),
    ("event_body", "sealed"),
    ("evidence", "sealed"),
    ("inbound", "sealed"),
    ("shop_secret", "sealed"),
    ("signing_client", "secret"),
    ("vault_value", "ciphertext"),
)


def _column(table: str, column: str) -> SealedColumn:
    return SealedColumn(table, column, SQL[f"behind_{table}"], SQL[f"put_{table}"], SQL[f"held_{table}"])


SEALED: Final = (
    *(_column(table, column) for table, column in _PLACES),
    _column("shop", "secrets")._replace(place=lambda shop_id, _: row_of(ShopId(shop_id))),
)
