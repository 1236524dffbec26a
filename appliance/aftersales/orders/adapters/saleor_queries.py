"""What is asked of Saleor, and the shapes of its answers. A field that is missing or of another type is an error."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

_ORDER = """
  id number created status isPaid customerNote
  user { id }
  shippingPrice { gross { amount currency } }
  shippingAddress { firstName lastName phone countryArea city streetAddress1 streetAddress2 }
  lines { id productSku productName variantName quantity unitPrice { gross { amount currency } } }
  fulfillments { created trackingNumber }
  events { date type }
"""
CUSTOMER = """query($id: ID!) {
  user(id: $id) { id firstName lastName
    defaultShippingAddress { firstName lastName phone countryArea city streetAddress1 streetAddress2 } }
}"""
ORDER = f"""query($number: String!) {{
  orders(first: 1, filter: {{numbers: [$number]}}) {{ edges {{ node {{{_ORDER}}} }} }}
}}"""
ORDERS_OF = f"""query($id: ID!, $first: Int!, $after: String) {{
  user(id: $id) {{ orders(first: $first, after: $after) {{
    edges {{ node {{{_ORDER}}} }} pageInfo {{ hasNextPage endCursor }} }} }}
}}"""
_CHANGED = "order { id status totalRefunded { amount currency } } errors { field code }"
CANCEL = f"mutation($id: ID!) {{ result: orderCancel(id: $id) {{ {_CHANGED} }} }}"
UPDATE = f"""mutation($id: ID!, $address: AddressInput!) {{
  result: orderUpdate(id: $id, input: {{shippingAddress: $address}}) {{ {_CHANGED} }}
}}"""


Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Fault(_Shape, frozen=True):
    message: str = ""


class Answered(_Shape, frozen=True):
    data: msgspec.Raw = msgspec.Raw()
    errors: tuple[Fault, ...] = ()


class Amount(_Shape, frozen=True):
    amount: Decimal
    currency: str


class Price(_Shape, frozen=True):
    gross: Amount


class PostalAddress(_Shape, frozen=True):
    first_name: str
    last_name: str
    phone: str | None
    country_area: str
    city: str
    street_address_1: str = msgspec.field(name="streetAddress1")
    street_address_2: str = msgspec.field(name="streetAddress2")


class User(_Shape, frozen=True):
    id: str
    first_name: str
    last_name: str
    default_shipping_address: PostalAddress | None = None


class Buyer(_Shape, frozen=True):
    id: str


class OrderLine(_Shape, frozen=True):
    id: str
    product_sku: str | None
    product_name: str
    variant_name: str
    quantity: int
    unit_price: Price


class Fulfillment(_Shape, frozen=True):
    created: Moment
    tracking_number: str


class Event(_Shape, frozen=True):
    date: Moment | None
    type: str | None


class OrderNode(_Shape, frozen=True):
    id: str
    number: str
    created: Moment
    status: str
    is_paid: bool
    customer_note: str
    user: Buyer | None
    shipping_price: Price
    shipping_address: PostalAddress | None
    lines: tuple[OrderLine, ...]
    fulfillments: tuple[Fulfillment, ...]
    events: tuple[Event, ...]


class Edge(_Shape, frozen=True):
    node: OrderNode


class PageInfo(_Shape, frozen=True):
    has_next_page: bool
    end_cursor: str | None


class Found(_Shape, frozen=True):
    edges: tuple[Edge, ...]


class Page(_Shape, frozen=True):
    edges: tuple[Edge, ...]
    page_info: PageInfo


class Owner(_Shape, frozen=True):
    orders: Page | None


class CustomerAnswer(_Shape, frozen=True):
    user: User | None


class OrderAnswer(_Shape, frozen=True):
    orders: Found | None


class OrdersOfAnswer(_Shape, frozen=True):
    user: Owner | None


class ChangedOrder(_Shape, frozen=True):
    id: str
    status: str
    total_refunded: Amount | None = None


class Refusal(_Shape, frozen=True):
    code: str
    field: str | None = None


class Changed(_Shape, frozen=True):
    order: ChangedOrder | None
    errors: tuple[Refusal, ...] = ()


class MutationAnswer(_Shape, frozen=True):
    result: Changed
