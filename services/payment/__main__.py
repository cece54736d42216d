"""`python -m services.payment serve | work | run | migrate | reseal`: what payment is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from services.kit import paper, vault
from services.kit.log import logger
from services.kit.server import Parts, Service, Servicers, main, reseal
from services.payment import actions, inbox, work
from services.payment.config import Config
from services.payment.disputes.servicer import DisputeServicer
from services.payment.domain import OFFLINE
from services.payment.event_refunds.servicer import EventRefundServicer
from services.payment.fraud import actions as fraud
from services.payment.fraud.servicer import FraudServicer
from services.payment.invoices.servicer import InvoiceServicer
from services.payment.ledger.servicer import LedgerServicer
from services.payment.merchants.actions import LOOK
from services.payment.merchants.servicer import MerchantAccountServicer
from services.payment.payouts.servicer import PayoutServicer
from services.payment.provider import Provider
from services.payment.reconciliation import work as comparing
from services.payment.reconciliation.servicer import ReconciliationServicer
from services.payment.sandbox import provider as sandbox
from services.payment.sandbox.servicer import SandboxServicer
from services.payment.servicer import PaymentServicer, RefundServicer
from services.payment.stripe import client
from services.payment.stripe import provider as stripe
from services.payment.stripe.accounts import Accounts
from turnout.payment.v1.dispute_pb2_grpc import add_DisputeServiceServicer_to_server
from turnout.payment.v1.event_refund_pb2_grpc import (
    add_EventRefundServiceServicer_to_server,
)
from turnout.payment.v1.fraud_pb2_grpc import add_FraudServiceServicer_to_server
from turnout.payment.v1.invoice_pb2_grpc import add_InvoiceServiceServicer_to_server
from turnout.payment.v1.ledger_pb2_grpc import add_LedgerServiceServicer_to_server
from turnout.payment.v1.merchant_account_pb2_grpc import (
    add_MerchantAccountServiceServicer_to_server,
)
from turnout.payment.v1.payment_pb2_grpc import add_PaymentServiceServicer_to_server
from turnout.payment.v1.payout_pb2_grpc import add_PayoutServiceServicer_to_server
from turnout.payment.v1.reconciliation_pb2_grpc import (
    add_ReconciliationServiceServicer_to_server,
)
from turnout.payment.v1.refund_pb2_grpc import add_RefundServiceServicer_to_server
from turnout.payment.v1.sandbox_pb2_grpc import add_SandboxServiceServicer_to_server

# Webhooks are few; a connection that is kept would have to be looked after.
ONE_EACH = httpx.Limits(max_keepalive_connections=0)


@dataclass(frozen=True)
class State:
    """Those who move the money, by name, and the one that we play ourselves."""

    providers: Mapping[str, Provider]
    sandbox: sandbox.Sandbox
    stripe: stripe.Stripe
    # The connections to Stripe.
    clients: client.Clients
    # The accounts that are connected to the platform's.
    accounts: Accounts


def state(parts: Parts[Config, None]) -> State:
    if parts.config.provider != OFFLINE:
        logger.warning("the sandbox takes payments: seats go for play money")
    played = sandbox.Sandbox(
        db=parts.db,
        now=parts.now,
        root=parts.settings.secret,
        edge_url=parts.settings.edge_url,
        http=httpx.AsyncClient(limits=ONE_EACH, trust_env=False),
    )
    settings = client.Settings(
        parts.config.stripe_url,
        parts.config.stripe_timeout,
        parts.config.stripe_retries,
        parts.config.platform,
    )
    clients = client.Clients(settings)
    real = stripe.Stripe(parts.db, parts.vault, clients, parts.now)
    accounts = Accounts(parts.db, clients, parts.now)
    return State({played.name: played, real.name: real}, played, real, clients, accounts)


async def close(state: State) -> None:
    await state.clients.close()


def servicers(parts: Parts[Config, State]) -> Servicers:
    servicer = PaymentServicer(
        parts.db,
        parts.state.providers,
        parts.now,
        usual=parts.config.provider,
        fees=parts.config.fees,
        connected=parts.state.stripe,
        page_key=parts.pages_key,
    )
    refunds = RefundServicer(parts.db, parts.now, page_key=parts.pages_key)
    event_refunds = EventRefundServicer(parts.db, parts.now, page_key=parts.pages_key)
    disputes = DisputeServicer(parts.db, page_key=parts.pages_key)
    payouts = PayoutServicer(parts.db, page_key=parts.pages_key)
    invoices = InvoiceServicer(
        parts.db,
        parts.now,
        page_key=parts.pages_key,
        links_key=parts.links_key,
        edge=parts.settings.edge_url,
        font=paper.font(parts.config.font),
    )
    merchants = MerchantAccountServicer(
        parts.db,
        parts.now,
        vault=parts.vault,
        accounts=parts.state.accounts,
        edge=parts.settings.edge_url,
        page_key=parts.pages_key,
    )
    checks = FraudServicer(parts.db, parts.now, page_key=parts.pages_key)
    ledger = LedgerServicer(parts.db, page_key=parts.pages_key)
    reconciliations = ReconciliationServicer(
        parts.db,
        parts.state.providers,
        parts.now,
        usual=parts.config.provider,
        page_key=parts.pages_key,
    )
    return [
        (add_PaymentServiceServicer_to_server, servicer),
        (add_MerchantAccountServiceServicer_to_server, merchants),
        (add_SandboxServiceServicer_to_server, SandboxServicer(parts.state.sandbox)),
        (add_ReconciliationServiceServicer_to_server, reconciliations),
        (add_RefundServiceServicer_to_server, refunds),
        (add_LedgerServiceServicer_to_server, ledger),
        (add_EventRefundServiceServicer_to_server, event_refunds),
        (add_DisputeServiceServicer_to_server, disputes),
        (add_PayoutServiceServicer_to_server, payouts),
        (add_InvoiceServiceServicer_to_server, invoices),
        (add_FraudServiceServicer_to_server, checks),
    ]


def steps(parts: Parts[Config, State]) -> Mapping[str, Any]:
    own = work.steps(parts.state.providers, parts.now)
    return {
        **own,
        **comparing.steps(parts.state.providers, parts.now),
        sandbox.SETTLE: parts.state.sandbox.settle,
        sandbox.BOUNCE: parts.state.sandbox.bounce,
        sandbox.DISPUTE: parts.state.sandbox.dispute,
        sandbox.DECIDE: parts.state.sandbox.decide,
    }


def errands(parts: Parts[Config, State]) -> Mapping[str, Any]:
    own = work.errands(parts.state.providers, parts.now)
    compare = comparing.errands(parts.state.providers, parts.now)
    mine = {sandbox.DELIVER: parts.state.sandbox.deliver, LOOK: parts.state.accounts.look}
    return {**own, **compare, **mine}


SERVICE: Service[Config, State] = Service(
    name="payment",
    config=Config.from_env,
    state=state,
    close=close,
    servicers=servicers,
    hears=lambda parts: inbox.hears(parts.now),
    steps=steps,
    errands=errands,
    every=lambda parts: {
        "reseal": (vault.HOUR, parts.vault.reseal),
        "fraud traits": (vault.HOUR, fraud.forget),
        "notices": (vault.HOUR, actions.forget_notices),
    },
    verbs={"reseal": reseal},
    # Books stay, for the law wants them. They speak of people by ids.
    erases=("fraud_checks", "fraud_rules", "notices", "vault_keys"),
)

if __name__ == "__main__":
    main(SERVICE)
