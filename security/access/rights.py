"""Which rights one person may be given: roles that go together, shops, and a clearance that the roles allow. Pure."""

from collections.abc import Iterable
from functools import reduce
from typing import Final

from security.access.errors import RightsUnfit
from security.access.labels import Label, joined
from security.access.model import Rights
from security.access.permissions import ADMINISTRATORS, CLEARANCE, Role, checked

_MOST_SHOPS: Final = 200
_LONGEST_SHOP: Final = 40


def fitting(roles: Iterable[Role], shops: Iterable[str] = (), label: Label | None = None) -> Rights:
    """RolesExclude or RightsUnfit otherwise. Without a label, the highest that the roles allow."""
    held, served = checked(frozenset(roles)), frozenset(shops)
    if len(served) > _MOST_SHOPS or not all(0 < len(shop) <= _LONGEST_SHOP and shop.isprintable() for shop in served):
        raise RightsUnfit(f"an account serves at most {_MOST_SHOPS} shops, named by their ids")
    if served and held & ADMINISTRATORS:
        raise RightsUnfit("an administrator serves no shop")
    highest = reduce(joined, (CLEARANCE[role] for role in held))
    if label is not None and not highest.dominates(label):
        raise RightsUnfit("this clearance is beyond what these roles may have")
    return Rights(roles=held, shops=served, label=label or highest)
