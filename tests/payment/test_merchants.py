"""Accounts of organizations with providers: whose they are, what of them is told, what is not."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta

import grpc
import pytest
from google.protobuf import field_mask_pb2

from services.kit.secrets import masters
from services.kit.server import reseal
from services.kit.vault import Vault
from services.payment.merchants import actions
from services.payment.merchants.domain import Credentials, Secret
from tests.payment.stripe_world import MerchantAccount, created, key, shop, signing, stub_of
from tests.serving import SECRET, invalid, refused
from turnout.payment.v1 import merchant_account_pb2 as pb

pytestmark = pytest.mark.server


@pytest.fixture
async def boss(payment, held):
    return await payment.world.member("OWNER", held.organization)


async def opened(payment, held, vault=None):
    """What is kept of the first account, as the service alone can read it."""
    parts = payment.world.parts
    with payment.world.at_work(held.organization):
        [first, *_] = await parts.db.read(actions.opened, held.organization, vault or parts.vault)
    return first[1]


async def stored(payment, held):
    rows = await payment.world.owner.execute(
        "select * from merchant_accounts where organization = %s", [held.organization]
    )
    return await rows.fetchall()


async def test_a_key_is_kept_sealed_and_shown_by_its_end_alone(payment, held, boss):
    secret, signs = key(), signing()

    made = await created(
        payment, held.organization, boss, api_key=secret, webhook_secret=signs, display_name="Main"
    )

    assert (made.api_key, made.webhook_secret) == ("", "")
    assert made.api_key_hint == secret[-4:]
    assert list(made.webhook_secret_hints) == [signs[-4:]]
    assert (made.mode, made.state) == (MerchantAccount.MODE_TEST, MerchantAccount.STATE_DISABLED)
    assert made.webhook_uri.endswith(f"/api/v1/webhooks/stripe/{held.organization}")
    [row] = await stored(payment, held)
    assert secret not in str(row)
    assert signs not in str(row)
    assert await opened(payment, held) == Credentials(secret, (Secret(signs),))


async def test_the_keys_are_sealed_anew_when_the_master_is_replaced(payment, held, boss):
    secret = key()
    await created(payment, held.organization, boss, api_key=secret)
    new = Vault.of(masters("next:" + "n" * 32), SECRET)

    try:
        await new.reseal(payment.world.db)

        assert (await opened(payment, held, Vault(masters("next:" + "n" * 32)))).api_key == secret
    finally:
        both = Vault([*payment.world.parts.vault.masters, *new.masters])
        said = await reseal(dataclasses.replace(payment.world.parts, vault=both))
    assert said.endswith("all are sealed with root")
    assert (await opened(payment, held)).api_key == secret


async def test_one_account_at_a_time_takes_new_payments(payment, held, boss):
    first = await created(payment, held.organization, boss)
    second = await created(payment, held.organization, boss)
    stub, get = stub_of(payment), pb.GetMerchantAccountRequest

    for each in (first, second, second):
        request = pb.EnableMerchantAccountRequest(name=each.name)
        await stub.EnableMerchantAccount(request, metadata=boss)

    before = await stub.GetMerchantAccount(get(name=first.name), metadata=boss)
    after = await stub.GetMerchantAccount(get(name=second.name), metadata=boss)
    assert (before.state, after.state) == (
        MerchantAccount.STATE_DISABLED,
        MerchantAccount.STATE_ENABLED,
    )
    opened_ = await payment.open(held)
    assert (opened_.provider, opened_.merchant_account) == ("stripe", second.name)
    disable = pb.DisableMerchantAccountRequest(name=second.name)
    await stub.DisableMerchantAccount(disable, metadata=boss)
    other = await payment.held(held.organization)
    assert (await payment.open(other)).provider == "sandbox"


async def test_what_is_no_secret_changes_and_the_rest_does_not(payment, held, boss):
    made = await created(payment, held.organization, boss)
    stub = stub_of(payment)
    changed = MerchantAccount(
        name=made.name,
        etag=made.etag,
        display_name="Other",
        capture=MerchantAccount.CAPTURE_MANUAL,
        api_key=key("live"),
        provider="stripe",
    )

    request = pb.UpdateMerchantAccountRequest(
        merchant_account=changed,
        update_mask=field_mask_pb2.FieldMask(paths=["display_name", "capture"]),
    )
    after = await stub.UpdateMerchantAccount(request, metadata=boss)

    assert (after.display_name, after.capture) == ("Other", MerchantAccount.CAPTURE_MANUAL)
    assert (after.api_key_hint, after.publishable_key) == (made.api_key_hint, made.publishable_key)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await stub.UpdateMerchantAccount(request, metadata=boss)


async def test_secrets_of_webhooks_overlap_for_a_day(payment, held, boss):
    old, new, latest = signing(), signing(), key()
    made = await created(payment, held.organization, boss, webhook_secret=old)
    rotate = pb.RotateMerchantAccountRequest(name=made.name, webhook_secret=new, api_key=latest)

    after = await stub_of(payment).RotateMerchantAccount(rotate, metadata=boss)

    assert list(after.webhook_secret_hints) == [new[-4:], old[-4:]]
    assert after.api_key_hint == latest[-4:]
    kept = (await opened(payment, held)).secrets
    now = payment.world.clock.now()
    assert [one.value for one in kept if one.good(now)] == [new, old]
    assert [one.value for one in kept if one.good(now + timedelta(days=1))] == [new]


async def test_an_account_is_removed_unless_payments_need_its_key(payment, held, boss):
    unused = await created(payment, held.organization, boss)
    used = await shop(payment, held)
    await payment.open(held)
    stub, delete = stub_of(payment), pb.DeleteMerchantAccountRequest

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "MERCHANT_ACCOUNT_IN_USE"):
        await stub.DeleteMerchantAccount(delete(name=used.account.name), metadata=boss)
    disable = pb.DisableMerchantAccountRequest(name=used.account.name)
    await stub.DisableMerchantAccount(disable, metadata=boss)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "MERCHANT_ACCOUNT_IN_USE"):
        await stub.DeleteMerchantAccount(delete(name=used.account.name), metadata=boss)
    await stub.DeleteMerchantAccount(delete(name=unused.name), metadata=boss)

    with refused(grpc.StatusCode.NOT_FOUND, "MERCHANT_ACCOUNT_NOT_FOUND"):
        request = pb.GetMerchantAccountRequest(name=unused.name)
        await stub.GetMerchantAccount(request, metadata=boss)


async def test_accounts_are_listed_to_those_who_look_after_the_money(payment, held, boss):
    made = [await created(payment, held.organization, boss) for _ in range(3)]
    finance = await payment.world.member("FINANCE", held.organization)
    request = pb.ListMerchantAccountsRequest(
        parent=f"organizations/{held.organization}", page_size=2
    )

    first = await stub_of(payment).ListMerchantAccounts(request, metadata=finance)
    request.page_token = first.next_page_token
    rest = await stub_of(payment).ListMerchantAccounts(request, metadata=finance)

    names = [one.name for one in (*first.merchant_accounts, *rest.merchant_accounts)]
    assert names == [one.name for one in made]
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await created(payment, held.organization, finance)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"provider": "paypal"}, "merchant_account.provider"),
        ({"api_key": "pk_test_0123456789"}, "merchant_account.api_key"),
        ({"api_key": "sk_test_short"}, "merchant_account.api_key"),
        ({"webhook_secret": "secret"}, "merchant_account.webhook_secret"),
        ({"publishable_key": "pk_live_0123456789"}, "merchant_account.publishable_key"),
        ({"statement_suffix": "A*B"}, "merchant_account.statement_suffix"),
    ],
)
async def test_what_is_no_account_is_refused(payment, held, boss, given, field):
    with invalid(field):
        await created(payment, held.organization, boss, **given)


async def test_another_mode_or_nothing_is_no_rotation(payment, held, boss):
    made = await created(payment, held.organization, boss)

    for given in ({"api_key": key("live")}, {}):
        with invalid("api_key"):
            request = pb.RotateMerchantAccountRequest(name=made.name, **given)
            await stub_of(payment).RotateMerchantAccount(request, metadata=boss)


async def test_there_are_only_so_many_accounts(payment, held, boss):
    for _ in range(20):
        await created(payment, held.organization, boss)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "TOO_MANY_MERCHANT_ACCOUNTS"):
        await created(payment, held.organization, boss)


async def test_another_organization_sees_no_account(payment, held, boss):
    made = await created(payment, held.organization, boss)
    other = uuid.uuid4()
    stranger = await payment.world.member("OWNER", other)
    theirs = made.name.replace(str(held.organization), str(other))

    with refused(grpc.StatusCode.NOT_FOUND, "MERCHANT_ACCOUNT_NOT_FOUND"):
        request = pb.GetMerchantAccountRequest(name=theirs)
        await stub_of(payment).GetMerchantAccount(request, metadata=stranger)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        request = pb.GetMerchantAccountRequest(name=made.name)
        await stub_of(payment).GetMerchantAccount(request, metadata=stranger)
    assert (await payment.open(held)).provider == "sandbox"
