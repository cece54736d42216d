"""Who signs certificates on this machine: an authority of the state folder's own.

Each service, Envoy and whoever operates them has a folder as a Secret of Kubernetes is mounted:
`tls.crt`, `tls.key` and `ca.crt` are links into the newest of its versions, so all three are
replaced by renaming one link. A certificate is good for a day, and there is another one after
half of that.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import pathlib
import shutil
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.local import state
from deploy.local.settings import MOST_REPLICAS, SERVICES, loopback
from deploy.local.trouble import Trouble
from services.kit.peers import CERTIFICATE, ENVOY, KEY, OPERATOR, TRUST, uri

BEARERS = (*SERVICES, ENVOY, OPERATOR)
LIFE = datetime.timedelta(days=1)
# Clocks of different machines do not agree better than this.
SKEW = datetime.timedelta(minutes=5)
OWN_LIFE = datetime.timedelta(days=3650)
# The newest version of a folder, beside the versions themselves.
NEWEST = "..data"
# Whoever calls a service of this machine does so here: one address for each replica.
HERE = (
    x509.DNSName("localhost"),
    *(
        x509.IPAddress(ipaddress.ip_address(loopback(number)))
        for number in range(1, MOST_REPLICAS + 1)
    ),
)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Authority:
    """Signs certificates of one trust domain, and keeps them in one folder."""

    def __init__(
        self,
        home: pathlib.Path,
        domain: str,
        life: datetime.timedelta = LIFE,
        now: Callable[[], datetime.datetime] = now,
    ) -> None:
        self._home, self._domain, self._life, self._now = home, domain, life, now
        # Until when nobody's certificate needs another look.
        self._calm = datetime.datetime.min.replace(tzinfo=datetime.UTC)

    def folder(self, name: str) -> pathlib.Path:
        """What `name` proves with who it is."""
        return self._home / name

    def renew(self, names: Sequence[str] = BEARERS, *, early: bool = False) -> list[str]:
        """Gives certificates to who has none that is good for long; to all if `early`.

        Says to whom. Costs nothing while nobody needs one.
        """
        if self._now() < self._calm and not early:
            return []
        key, own = self._own()
        due = {name: self._due(name, own) for name in names}
        renewed = [name for name in names if early or due[name] <= self._now()]
        for name in renewed:
            due[name] = self._sign(name, key, own)
        self._calm = min(due.values())
        return renewed

    def _own(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        """What others are signed with; drawn when it is asked for the first time."""
        folder = self._home / "authority"
        if not (folder / NEWEST).exists():
            replace(folder, _own(self._domain, self._now()))
        try:
            key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
            own = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        except (OSError, ValueError) as error:
            raise Trouble(f"{folder} is broken; without it another one is made") from error
        assert isinstance(key, ec.EllipticCurvePrivateKey), "we drew it"
        return key, own

    def _due(self, name: str, own: x509.Certificate) -> datetime.datetime:
        """When a bearer needs another certificate: now if it has none that is any good."""
        try:
            found = x509.load_pem_x509_certificate((self.folder(name) / CERTIFICATE).read_bytes())
            found.verify_directly_issued_by(own)
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return self._now()
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        begin, end = found.not_valid_before_utc, found.not_valid_after_utc
        if uris != [uri(self._domain, name)] or begin > self._now():
            return self._now()
        return begin + (end - begin) / 2

    def _sign(
        self, name: str, key: ec.EllipticCurvePrivateKey, own: x509.Certificate
    ) -> datetime.datetime:
        """Gives a bearer another certificate; says when the next one is due."""
        begin = self._now()
        files = signed(uri(self._domain, name), name, key, own, begin, begin + self._life)
        replace(self.folder(name), files)
        return begin + self._life / 2


def signed(
    uri: str,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    own: x509.Certificate,
    begin: datetime.datetime,
    end: datetime.datetime,
) -> dict[str, bytes]:
    """The files of who is called that, for both ends of a connection."""
    drawn = ec.generate_private_key(ec.SECP256R1())
    names = [x509.UniformResourceIdentifier(uri), x509.DNSName(name)]
    # Envoy is asked for by its name, so nobody else may have an address that fits.
    names += [] if name == ENVOY else list(HERE)
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_called(name))
        .issuer_name(own.subject)
        .public_key(drawn.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - SKEW)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return {CERTIFICATE: _pem(certificate), KEY: _secret(drawn), TRUST: _pem(own)}


def _own(domain: str, begin: datetime.datetime) -> dict[str, bytes]:
    """The files of an authority, which signs nobody who signs others."""
    drawn = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_called(f"{domain} mesh"))
        .issuer_name(_called(f"{domain} mesh"))
        .public_key(drawn.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - SKEW)
        .not_valid_after(begin + OWN_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(drawn.public_key()), critical=False
        )
        .sign(drawn, hashes.SHA256())
    )
    return {CERTIFICATE: _pem(certificate), KEY: _secret(drawn), TRUST: _pem(certificate)}


def replace(folder: pathlib.Path, files: dict[str, bytes]) -> None:
    """Replaces all files of a folder at once, as Kubernetes does with those of a Secret."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    older = sorted(folder.glob("..2*"))
    version = folder / f"..{now():%Y%m%d%H%M%S%f}"
    version.mkdir(mode=0o700)
    for name, content in files.items():
        state.write_private(version / name, content.decode())
        _link(folder / name, f"{NEWEST}/{name}")
    _link(folder / NEWEST, version.name)
    # Whoever reads the one before right now may go on.
    for old in older[:-1]:
        shutil.rmtree(old, ignore_errors=True)


def _link(path: pathlib.Path, target: str) -> None:
    if path.is_symlink() and str(path.readlink()) == target:
        return
    new = path.with_name(f"{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    new.symlink_to(target)
    new.rename(path)


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _secret(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
