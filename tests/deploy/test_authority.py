"""The authority of the state folder: whom it signs for, and when again."""

from __future__ import annotations

import datetime
import stat

import pytest
from cryptography import x509

from deploy.local import authority
from deploy.local.authority import BEARERS, HERE, Authority
from services.kit.peers import CERTIFICATE, KEY, TRUST

DAY = datetime.timedelta(days=1)


class Clock:
    def __init__(self):
        self.now = authority.now()

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def signer(tmp_path, clock):
    return Authority(tmp_path, "turnout", now=clock)


def certificate(signer, name):
    return x509.load_pem_x509_certificate((signer.folder(name) / CERTIFICATE).read_bytes())


def names(signer, name, kind):
    extension = certificate(signer, name).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return extension.value.get_values_for_type(kind)


def test_everybody_gets_a_certificate_of_their_own_for_a_day(signer, clock):
    assert signer.renew() == list(BEARERS)

    own = certificate(signer, "authority")
    for name in BEARERS:
        found = certificate(signer, name)
        found.verify_directly_issued_by(own)
        assert names(signer, name, x509.UniformResourceIdentifier) == [f"spiffe://turnout/{name}"]
        assert found.not_valid_after_utc - clock.now <= DAY
        assert (signer.folder(name) / TRUST).read_bytes() == (
            signer.folder("authority") / CERTIFICATE
        ).read_bytes()
    assert len({(signer.folder(name) / KEY).read_bytes() for name in BEARERS}) == len(BEARERS)


def test_nobody_has_an_address_under_which_envoy_is_looked_for(signer):
    signer.renew()

    by_name = {name: names(signer, name, x509.DNSName) for name in BEARERS}
    assert [name for name, known in by_name.items() if "envoy" in known] == ["envoy"]
    assert by_name["envoy"] == ["envoy"]
    here = [address.value for address in HERE if isinstance(address, x509.IPAddress)]
    assert names(signer, "booking", x509.IPAddress) == here


def test_keys_are_for_nobody_else(signer):
    signer.renew()

    for name in (*BEARERS, "authority"):
        mode = (signer.folder(name) / KEY).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
        assert stat.S_IMODE(signer.folder(name).stat().st_mode) == 0o700


def test_there_is_another_one_long_before_the_end(signer, clock):
    signer.renew()
    first = certificate(signer, "booking")

    clock.now += DAY * 0.4
    assert signer.renew() == []
    clock.now += DAY * 0.2
    assert signer.renew() == list(BEARERS)

    assert certificate(signer, "booking").serial_number != first.serial_number
    assert first.not_valid_after_utc > clock.now
    assert signer.renew() == []


def test_who_comes_later_finds_what_is_good(signer, clock, tmp_path):
    signer.renew()

    assert Authority(tmp_path, "turnout", now=clock).renew() == []
    assert Authority(tmp_path, "elsewhere", now=clock).renew() == list(BEARERS)
    clock.now += 30 * DAY
    assert Authority(tmp_path, "elsewhere", now=clock).renew() == list(BEARERS)


@pytest.mark.parametrize("broken", [b"", b"garbage"])
def test_what_is_broken_is_made_anew(signer, clock, tmp_path, broken):
    signer.renew()
    (signer.folder("booking") / CERTIFICATE).resolve().write_bytes(broken)

    assert Authority(tmp_path, "turnout", now=clock).renew() == ["booking"]
    certificate(signer, "booking")


def test_all_files_are_replaced_at_once(signer):
    signer.renew()
    folder = signer.folder("booking")
    links = {path.name: path.readlink() for path in folder.iterdir() if path.is_symlink()}

    for _ in range(3):
        signer.renew(early=True)

    newest = links.pop("..data")
    assert (folder / "..data").readlink() != newest
    assert {name: (folder / name).readlink() for name in links} == links
    # The one before is kept for who reads it right now.
    assert len([path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]) == 2
