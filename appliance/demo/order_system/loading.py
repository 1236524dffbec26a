"""From a fixture to the shop's documents. Pure; refuses what contradicts itself, with its path."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from appliance.demo.order_system import documents as doc
from appliance.demo.order_system import fixture as part
from appliance.demo.order_system import vocabulary as words
from appliance.demo.order_system.notation import amount, wall
from appliance.demo.order_system.problems import Problem


class Stocked(msgspec.Struct, frozen=True, kw_only=True):
    members: tuple[doc.Member, ...]
    trades: tuple[doc.Trade, ...]
    skus: tuple[doc.Sku, ...]


def documents_of(fixture: part.Fixture) -> Stocked:
    _require_distinct((order.order_id for order in fixture.orders), "$.orders[{}].order_id")
    everybody = [fixture.customer.id, *(each.id for each in fixture.customers)]
    _require_distinct(everybody, "$.customers, entry {}: id")
    for n, order in enumerate(fixture.orders):
        _require_sound(order, f"$.orders[{n}]")
    try:
        return Stocked(
            members=(_member(fixture.customer), *map(_other_member, fixture.customers)),
            trades=tuple(_trade(order, order.customer_id or fixture.customer.id) for order in fixture.orders),
            skus=_skus(fixture),
        )
    except (OverflowError, ValueError) as error:
        raise Problem(422, "BODY_INVALID", "a time is outside the years that can be kept") from error


def _require_distinct(ids: Iterable[str], path: str) -> None:
    seen: set[str] = set()
    for n, each in enumerate(ids):
        if each in seen:
            raise Problem(422, "BODY_INVALID", f"`{path.format(n)}` stands here twice")
        seen.add(each)


def _require_sound(order: part.OrderPart, path: str) -> None:
    _require_distinct((line.line_id for line in order.lines), path + ".lines[{}].line_id")
    _require_distinct((case.case_id for case in order.cases), path + ".cases[{}].case_id")
    known = {line.line_id for line in order.lines}
    for n, case in enumerate(order.cases):
        for m, line in enumerate(case.lines):
            if line.line_id not in known:
                raise Problem(422, "BODY_INVALID", f"`{path}.cases[{n}].lines[{m}].line_id` is no line of the order")


def _wall(at: datetime | None) -> str | None:
    return wall(at) if at is not None else None


def _member(customer: part.CustomerPart) -> doc.Member:
    coupons = tuple(
        doc.Coupon(
            coupon_no=coupon.coupon_id,
            name=coupon.title,
            face_value=amount(coupon.amount_fen),
            threshold=amount(coupon.min_spend_fen),
            valid_until=wall(coupon.expires_at),
            state=words.COUPON_STATUS[coupon.status],
        )
        for coupon in customer.coupons
    )
    return doc.Member(
        member_no=customer.id,
        real_name=customer.name,
        mobile=customer.phone,
        membership=doc.Membership(
            grade=words.LEVEL[customer.level],
            valid_until=_wall(customer.level_expires_at),
            privileges=customer.benefits,
        ),
        wallet=doc.Wallet(balance=amount(customer.balance_fen), points=customer.points, coupons=coupons),
        refunds_90d=customer.refunds_90d,
    )


def _other_member(customer: part.OtherCustomerPart) -> doc.Member:
    return doc.Member(
        member_no=customer.id,
        real_name=customer.name,
        mobile=customer.phone,
        membership=doc.Membership(grade=words.LEVEL[customer.level]),
    )


def _trade(order: part.OrderPart, member_no: str) -> doc.Trade:
    return doc.Trade(
        trade_no=order.order_id,
        member_no=member_no,
        state=words.STATUS[order.status],
        items=tuple(map(_item, order.lines)),
        times=doc.Times(
            created=_wall(order.created_at),
            paid=_wall(order.paid_at),
            shipped=_wall(order.shipped_at),
            signed=_wall(order.delivered_at),
        ),
        payment=doc.Payment(
            channel=order.paid_by, discount=amount(order.coupon_fen), postage=amount(order.freight_fen)
        ),
        delivery=_delivery(order),
        services=tuple(map(_service, order.cases)),
        modifications=tuple(
            doc.Modification(type=words.CHANGE[each.kind], time=wall(each.at), item_no=each.line_id)
            for each in order.changes
        ),
        invoice=_bill(order.invoice),
        remarks=doc.Remarks(buyer=order.buyer_note, seller=order.seller_note),
    )


def _item(line: part.LinePart) -> doc.Item:
    return doc.Item(
        item_no=line.line_id,
        sku_code=line.sku,
        title=line.title,
        category=line.category,
        num=line.quantity,
        price=amount(line.unit_price_fen),
        flags=tuple(words.TAG[tag] for tag in line.tags),
    )


def _delivery(order: part.OrderPart) -> doc.Delivery:
    address = order.address
    return doc.Delivery(
        express=order.carrier,
        waybill=order.tracking_no,
        insured=order.freight_insurance,
        receiver=doc.Receiver(name=address.name, mobile=address.phone, detail=address.text) if address else None,
        tracks=tuple(doc.Track(time=wall(each.at), city=each.place, desc=each.text) for each in order.trace),
    )


def _service(case: part.CasePart) -> doc.Service:
    return doc.Service(
        service_no=case.case_id,
        type=words.CASE_KIND[case.kind],
        state=words.CASE_STATUS[case.status],
        items=tuple(doc.Units(item_no=line.line_id, num=line.quantity) for line in case.lines),
        stage=words.STAGE[case.stage] if case.stage else None,
        reason_code=words.REASON[case.reason] if case.reason else None,
        refund_amount=amount(case.refund_fen),
        created=_wall(case.created_at),
        finished=_wall(case.finished_at),
        expected=_wall(case.expected_at),
        refund_to=case.paid_to,
        express=case.carrier,
        waybill=case.tracking_no,
    )


def _bill(invoice: part.InvoicePart | None) -> doc.Bill | None:
    if invoice is None:
        return None
    return doc.Bill(
        title_name=invoice.title, invoice_no=invoice.number, issued=wall(invoice.issued_at), tax_no=invoice.tax_id
    )


def _skus(fixture: part.Fixture) -> tuple[doc.Sku, ...]:
    if fixture.catalog is not None:
        return tuple(
            doc.Sku(
                sku_code=spec.sku,
                spu_code=spec.product,
                spec_name=spec.spec,
                price=amount(spec.price_fen),
                stock=spec.stock,
            )
            for spec in fixture.catalog
        )
    paid: dict[str, doc.Sku] = {}
    for order in sorted(fixture.orders, key=_ordered_at):
        for line in order.lines:
            paid[line.sku] = doc.Sku(
                sku_code=line.sku, spu_code=line.sku, spec_name=line.title, price=amount(line.unit_price_fen)
            )
    return tuple(paid.values())


def _ordered_at(order: part.OrderPart) -> datetime:
    """The newest order names the price of a SKU that was bought at several."""
    return order.created_at or order.paid_at or order.shipped_at or datetime.min.replace(tzinfo=UTC)
