"""What was paid and given back, on paper: numbered without gaps, and never changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.service import FONT
from services.kit import links
from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from services.payment.domain import PAYMENTS, Item
from services.payment.gatherings.domain import Kind as Ticket
from services.payment.invoices import actions, documents, domain
from services.payment.invoices.domain import Invoice, Kind, Line, Seller, Tax
from tests.payment.builders import ADA, BOOKING, NOW
from tests.payment.conftest import euros
from tests.serving import NOBODY, as_user, refused
from turnout.auth.v1 import organization_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2
from turnout.payment.v1 import invoice_pb2, invoice_pb2_grpc, ledger_pb2

I = invoice_pb2.Invoice  # noqa: E741 - the resource of this file
PAPERS = (actions.INVOICE, actions.CREDIT, actions.REVERSE)
KINDS = {"adult": Ticket("Adults", 1900), "child": Ticket("Children", 700)}


# --- the rules


def test_each_type_of_ticket_has_its_line_and_its_tax():
    items = Item("adult", 2, 1000), Item("child", 1, 500)

    lines = domain.sold(items, KINDS, Money("EUR", 2500))

    assert lines == (Line("Adults", 2, 2000, 1900), Line("Children", 1, 500, 700))
    assert domain.taxes(lines) == (Tax(700, 467, 33), Tax(1900, 1681, 319))


def test_a_discount_is_taken_off_all_lines_alike():
    items = Item("adult", 2, 1000), Item("child", 1, 500)

    lines = domain.sold(items, KINDS, Money("EUR", 1999))

    assert [line.amount for line in lines] == [1599, 400]


def test_what_nobody_knows_is_one_line_without_tax():
    assert domain.sold((), {}, Money("EUR", 100)) == (Line(domain.UNKNOWN, 1, 100, 0),)


@given(minor=st.integers(0, 10**9), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_the_parts_of_an_amount_sum_to_it(minor, weights):
    weights[0] += 1

    parts = domain.spread(minor, weights)

    assert sum(parts) == minor
    whole = sum(weights)
    assert all(abs(p - minor * w / whole) < 1 for p, w in zip(parts, weights, strict=True))


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10_000)), max_size=9))
def test_net_and_tax_are_the_whole(amounts):
    lines = [Line("x", 1, amount, rate) for amount, rate in amounts]

    found = domain.taxes(lines)

    assert sum(tax.net + tax.tax for tax in found) == sum(line.amount for line in lines)
    assert len({tax.rate for tax in found}) == len(found)


# --- on paper


def invoice(**given: Any) -> Invoice:
    values: dict[str, Any] = {
        "kind": Kind.INVOICE,
        "year": 2026,
        "number": 7,
        "source": new_id(),
        "payment": Name(BOOKING.organization, new_id()),
        "booking": BOOKING,
        "payer": ADA,
        "total": Money("EUR", 2500),
        "lines": (Line("Adults", 2, 2500, 1900),),
        "seller": Seller("Żółw & Сыновья", "Straße 1\n12345 Łódź", "PL123", "Thank you ❤"),
        "create_time": NOW,
        "event": "Ευρώπη",
    }
    return Invoice(name=Name(BOOKING.organization, new_id()), **values | given)


@pytest.mark.parametrize("font", ["", FONT], ids=["without", "with"])
def test_an_invoice_is_a_page_whatever_its_letters(font):
    data = documents.pdf(invoice(), None, font)

    assert data.startswith(b"%PDF-")
    assert (b"FontFile2" in data) is bool(font)


def test_many_lines_take_more_than_a_page():
    lines = tuple(Line(f"A rather long name of a ticket {n}" * 4, 1, 100, 0) for n in range(60))

    data = documents.pdf(invoice(lines=lines), invoice(), "")

    assert data.count(b"/Type /Page\n") > 1


# --- served


@pytest.fixture
def stub(payment):
    return invoice_pb2_grpc.InvoiceServiceStub(payment.world.channel)


async def sold(payment, organization, method="pm_card_visa"):
    """Two seats at 12.50 EUR with 19 % in it, of an event, paid."""
    event = f"organizations/{organization}/events/{new_id()}"
    said = event_pb2.Announcement(event=event, display_name="Gala")
    said.start_time.FromDatetime(datetime.now() + timedelta(days=9))  # noqa: DTZ005 - far off
    said.ticket_types.add(id="adult", display_name="Adults", tax_basis_points=1900)
    await payment.world.hear(event_pb2.EventPublished(announcement=said), subject=event)
    items = [booking_pb2.Booking.Item(ticket_type="adult", quantity=2, price=euros(1250))]
    held = await payment.held(organization, event=event, items=items)
    paid = await payment.pay(held, method)
    return held, paid


async def listed(pay, stub, organization, **asked):
    finance = await pay.world.member("FINANCE", organization)
    await pay.work(organization, *PAPERS)
    request = invoice_pb2.ListInvoicesRequest(parent=f"organizations/{organization}", **asked)
    return list((await stub.ListInvoices(request, metadata=finance)).invoices)


@pytest.mark.server
async def test_who_paid_gets_an_invoice(payment, stub):
    organization = new_id()
    called = organization_pb2.OrganizationCreated(
        organization=f"organizations/{organization}", display_name="The Club"
    )
    await payment.world.hear(called, subject=called.organization)
    held, paid = await sold(payment, organization)

    [found] = await listed(payment, stub, organization)

    year = datetime.now().year  # noqa: DTZ005 - a day off at most
    assert (found.kind, found.payment, found.booking) == (I.KIND_INVOICE, paid.name, held.name)
    assert found.number in (f"{year}-000001", f"{year + 1}-000001")
    assert (found.total, found.event_display_name) == (euros(2500), "Gala")
    [line] = found.lines
    assert (line.description, line.quantity, line.tax_basis_points) == ("Adults", 2, 1900)
    [tax] = found.taxes
    assert (tax.net_amount, tax.tax_amount) == (euros(2101), euros(399))
    assert found.seller.legal_name == "The Club"
    [told] = await payment.world.facts(organization, "InvoiceIssued")
    assert (told.invoice, told.number, told.payer) == (found.name, found.number, paid.payer)


@pytest.mark.server
async def test_what_was_booked_is_still_known_when_that_was_confirmed(payment, stub):
    organization = new_id()
    held, _ = await sold(payment, organization)
    await payment.tell(booking_pb2.BookingConfirmed, held, total=euros(2500))

    [found] = await listed(payment, stub, organization)

    assert [line.description for line in found.lines] == ["Adults"]


@pytest.mark.server
async def test_what_goes_back_is_credited_and_what_comes_back_is_not(payment, stub):
    organization = new_id()
    _, paid = await sold(payment, organization, "pm_card_refundFail")
    finance = await payment.world.member("FINANCE", organization)
    await payment.give_back(paid, finance, 1000)
    await payment.work(organization)

    original, credit, reversal = await listed(payment, stub, organization)

    assert [each.kind for each in (original, credit, reversal)] == [
        I.KIND_INVOICE,
        I.KIND_CREDIT_NOTE,
        I.KIND_CREDIT_NOTE_REVERSAL,
    ]
    assert credit.corrected_invoice == reversal.corrected_invoice == original.name
    assert (credit.total, credit.taxes[0].tax_amount) == (euros(1000), euros(160))
    assert [each.number[-6:] for each in (original, credit, reversal)] == [
        "000001",
        "000002",
        "000003",
    ]


@pytest.mark.server
async def test_the_tax_on_paper_is_the_tax_in_the_books(payment, stub):
    organization = new_id()
    _, paid = await sold(payment, organization)
    finance = await payment.world.member("FINANCE", organization)
    await listed(payment, stub, organization)
    taxes = [await payment.balance(organization, "taxes", finance)]
    for cents in (1000, 0):
        await payment.give_back(paid, finance, cents)
        await payment.work(organization)
        found = await listed(payment, stub, organization)
        taxes.append(await payment.balance(organization, "taxes", finance))

    assert taxes == [[-399], [-239], [0]]
    assert [one.taxes[0].tax_amount for one in found] == [euros(399), euros(160), euros(239)]
    request = ledger_pb2.ListEntriesRequest(
        parent=f"organizations/{organization}", account="taxes", payment=paid.name
    )
    entries = (await payment.ledger_stub.ListEntries(request, metadata=finance)).entries
    kind = ledger_pb2.Entry
    assert [one.kind for one in entries] == [kind.KIND_TAX] + [kind.KIND_TAX_REFUND] * 2


@pytest.mark.server
async def test_numbers_have_no_gaps_however_many_write_at_once(payment, stub):
    organization = new_id()
    paid = [(await sold(payment, organization))[1] for _ in range(4)]
    names = [Name(organization, _id(each.name)) for each in paid]

    async def write(name):
        with payment.world.at_work(organization):
            await payment.world.db.run(actions.write, name, payment.world.clock.now())

    await asyncio.gather(*(write(name) for name in names for _ in range(3)))
    found = await listed(payment, stub, organization)

    assert sorted(each.number[-6:] for each in found) == [f"{n:06}" for n in range(1, 5)]
    assert sorted(each.payment for each in found) == sorted(each.name for each in paid)


def _id(name):
    return PAYMENTS.parse(name).id


@pytest.mark.server
async def test_a_number_is_not_lost_with_the_transaction_that_took_it(payment, stub):
    organization = new_id()
    _, paid = await sold(payment, organization)

    async def fail(tx):
        await actions.write(tx, Name(organization, _id(paid.name)), payment.world.clock.now())
        raise ZeroDivisionError

    with payment.world.at_work(organization), pytest.raises(ZeroDivisionError):
        await payment.world.db.run(fail)
    [found] = await listed(payment, stub, organization)

    assert found.number.endswith("-000001")


@pytest.mark.server
@pytest.mark.parametrize("change", ["update invoices set total_minor = 1", "delete from invoices"])
async def test_nobody_changes_an_invoice(payment, stub, change):
    organization = new_id()
    await sold(payment, organization)
    await listed(payment, stub, organization)

    with pytest.raises(psycopg.errors.RestrictViolation):
        await payment.world.owner.execute(change)


@pytest.mark.server
async def test_an_invoice_is_downloaded_by_who_paid(payment, stub):
    organization = new_id()
    held, paid = await sold(payment, organization)
    [found] = await listed(payment, stub, organization, payment=paid.name)
    request = invoice_pb2.GetInvoiceDocumentRequest(name=found.name)

    page = await stub.GetInvoiceDocument(request, metadata=held.buyer)
    mine = await stub.ListInvoices(
        invoice_pb2.ListInvoicesRequest(parent=f"organizations/{organization}"),
        metadata=held.buyer,
    )

    assert (page.content_type, page.data[:5]) == ("application/pdf", b"%PDF-")
    assert list(mine.invoices) == [found]


@pytest.mark.server
async def test_nobody_sees_the_invoices_of_others(payment, stub):
    organization = new_id()
    await sold(payment, organization)
    [found] = await listed(payment, stub, organization)
    stranger = as_user()

    with refused(grpc.StatusCode.NOT_FOUND, "INVOICE_NOT_FOUND"):
        await stub.GetInvoice(invoice_pb2.GetInvoiceRequest(name=found.name), metadata=stranger)
    with refused(grpc.StatusCode.NOT_FOUND, "INVOICE_NOT_FOUND"):
        request = invoice_pb2.GetInvoiceDocumentRequest(name=found.name)
        await stub.GetInvoiceDocument(request, metadata=stranger)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await stub.GetInvoice(invoice_pb2.GetInvoiceRequest(name=found.name), metadata=NOBODY)


# --- links


async def linked(payment, stub, found, who):
    request = invoice_pb2.GetReceiptLinkRequest(name=found.name)
    link = await stub.GetReceiptLink(request, metadata=who)
    page, _, token = link.uri.rpartition("/")
    assert page == f"{payment.edge.url}/api/v1/receipts"
    return token


async def opened(stub, token):
    return await stub.GetReceipt(invoice_pb2.GetReceiptRequest(token=token), metadata=NOBODY)


@pytest.mark.server
async def test_whoever_has_the_link_sees_that_page_until_it_is_too_old(payment, stub):
    organization = new_id()
    held, _ = await sold(payment, organization)
    [found] = await listed(payment, stub, organization)
    token = await linked(payment, stub, found, held.buyer)

    page = await opened(stub, token)

    assert (page.content_type, page.data[:5]) == ("application/pdf", b"%PDF-")
    payment.world.clock.ahead = domain.GOOD_FOR + timedelta(seconds=1)
    with refused(grpc.StatusCode.NOT_FOUND, "RECEIPT_NOT_FOUND"):
        await opened(stub, token)


@pytest.mark.server
async def test_the_fact_says_until_when_the_link_in_the_mail_is_good(payment, stub):
    organization = new_id()
    await sold(payment, organization)
    [found] = await listed(payment, stub, organization)
    [told] = [
        fact
        for fact in await payment.world.facts(organization)
        if isinstance(fact, invoice_pb2.InvoiceIssued)
    ]
    until = told.link_expire_time.ToDatetime(UTC)

    token = links.sign(payment.world.parts.links_key, told.invoice, domain.RECEIPT, until)

    assert (await opened(stub, token)).content_type == "application/pdf"
    assert until - found.create_time.ToDatetime(UTC) == domain.GOOD_FOR


@pytest.mark.server
async def test_links_that_were_revoked_show_nothing_and_later_ones_do(payment, stub):
    organization = new_id()
    held, _ = await sold(payment, organization)
    [found] = await listed(payment, stub, organization)
    finance = await payment.world.member("FINANCE", organization)
    before = await linked(payment, stub, found, held.buyer)
    revoke = invoice_pb2.RevokeReceiptLinksRequest(name=found.name)

    for who in (finance, held.buyer):
        assert await stub.RevokeReceiptLinks(revoke, metadata=who) == found

    with refused(grpc.StatusCode.NOT_FOUND, "RECEIPT_NOT_FOUND"):
        await opened(stub, before)
    payment.world.clock.ahead = timedelta(seconds=30)
    assert (await opened(stub, await linked(payment, stub, found, held.buyer))).data


@pytest.mark.server
async def test_what_is_no_link_to_a_receipt_shows_nothing(payment, stub):
    organization = new_id()
    held, _ = await sold(payment, organization)
    [found] = await listed(payment, stub, organization)
    key, later = payment.world.parts.links_key, datetime(2100, 1, 1, tzinfo=UTC)
    token = await linked(payment, stub, found, held.buyer)
    nothing = f"organizations/{organization}/invoices/{new_id()}"

    for wrong in (
        "nobody-had-this-one",
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        links.sign(key, found.name, "participant", later),
        links.sign(key, nothing, domain.RECEIPT, later),
    ):
        with refused(grpc.StatusCode.NOT_FOUND, "RECEIPT_NOT_FOUND"):
            await opened(stub, wrong)


@pytest.mark.server
async def test_nobody_makes_or_revokes_links_to_the_invoices_of_others(payment, stub):
    organization = new_id()
    await sold(payment, organization)
    [found] = await listed(payment, stub, organization)
    stranger = as_user()

    with refused(grpc.StatusCode.NOT_FOUND, "INVOICE_NOT_FOUND"):
        await linked(payment, stub, found, stranger)
    with refused(grpc.StatusCode.NOT_FOUND, "INVOICE_NOT_FOUND"):
        request = invoice_pb2.RevokeReceiptLinksRequest(name=found.name)
        await stub.RevokeReceiptLinks(request, metadata=stranger)


# --- what stands on it


def changing(organization, *paths, etag="", **given):
    settings = invoice_pb2.InvoiceSettings(
        name=f"organizations/{organization}/invoiceSettings", etag=etag, **given
    )
    request = invoice_pb2.UpdateInvoiceSettingsRequest(invoice_settings=settings)
    request.update_mask.paths.extend(paths)
    return request


@pytest.mark.server
async def test_what_an_organization_wants_stands_on_later_invoices_only(payment, stub):
    organization = new_id()
    finance = await payment.world.member("FINANCE", organization)
    await sold(payment, organization)
    await listed(payment, stub, organization)
    request = changing(organization, legal_name="Club GmbH", tax_id="DE 1", note="No tax.")
    changed = await stub.UpdateInvoiceSettings(request, metadata=finance)
    await sold(payment, organization)

    first, second = await listed(payment, stub, organization)

    assert (first.seller.legal_name, second.seller.legal_name) == ("", "Club GmbH")
    assert (second.seller.tax_id, second.seller.note) == ("DE 1", "No tax.")
    request = invoice_pb2.GetInvoiceSettingsRequest(name=changed.name)
    assert await stub.GetInvoiceSettings(request, metadata=finance) == changed


@pytest.mark.server
async def test_settings_are_not_written_over_unseen(payment, stub):
    organization = new_id()
    finance = await payment.world.member("FINANCE", organization)
    first = await stub.UpdateInvoiceSettings(changing(organization, tax_id="1"), metadata=finance)
    await stub.UpdateInvoiceSettings(changing(organization, note="x"), metadata=finance)

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await stub.UpdateInvoiceSettings(
            changing(organization, tax_id="2", etag=first.etag), metadata=finance
        )
    emptied = await stub.UpdateInvoiceSettings(changing(organization, "tax_id"), metadata=finance)
    assert (emptied.tax_id, emptied.note) == ("", "x")


@pytest.mark.server
@pytest.mark.parametrize("role", ["ORGANIZER", "VIEWER"])
async def test_who_does_not_look_after_the_money_changes_no_settings(payment, stub, role):
    organization = new_id()
    member = await payment.world.member(role, organization)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await stub.UpdateInvoiceSettings(changing(organization, note="x"), metadata=member)
