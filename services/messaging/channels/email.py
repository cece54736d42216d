"""E-mail over SMTP.

A letter is in doubt from the DATA command until the server answers to its text. If the connection
breaks or the process dies in there, the server may have the letter, and nobody can ask: that is
`Unknown`, and the letter is never sent again, for two invitations are worse than an organizer who
looks after one that failed. Whatever goes wrong before provably delivers nothing: it is tried
again, unless the server will not have the recipient (5xx).
"""

from __future__ import annotations

import asyncio
import contextlib
import email.policy
import email.utils
import socket
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Self

import aiosmtplib

from services.kit.clock import now
from services.kit.outside import Guard, NotPublic
from services.messaging.accounts.domain import Account
from services.messaging.channels.provider import Claim, refuse_in_transaction
from services.messaging.dispatch.domain import Deferred, Outcome, Refused, Taken, Unknown
from services.messaging.messages.domain import Letter
from services.messaging.templates.rendering import one_line

# Seconds for all that comes before the text, and for the text; less together than an errand has.
PATIENCE, PATIENCE_FOR_TEXT, PATIENCE_FOR_GOODBYE = 25.0, 20.0, 1.0
CUT_SHORT = "the connection broke before the server said whether it took the text"


@dataclass(frozen=True)
class Smtp:
    host: str
    port: int
    # Who letters are from, such as `Turnout <no-reply@turnout.app>`.
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    # From the first byte on; otherwise STARTTLS, where the server offers it, and without fail
    # where there is a password to send.
    tls: bool = False
    # Whether nothing is sent without STARTTLS; None where that is as the server has it.
    starttls: bool | None = None
    # How it is called in messages that it carried.
    label: str = "smtp"
    # Looks at the address that is connected to, of a server that an organization chose.
    guard: Guard | None = field(default=None, repr=False)
    patience: float = PATIENCE
    patience_for_text: float = PATIENCE_FOR_TEXT

    @classmethod
    def of(cls, url: str, sender: str) -> Self:
        """Reads `smtp://user:password@host:port` or `smtps://…`. ValueError for anything else."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("must look like smtp://user:password@host:port, or smtps://…")
        if "@" not in email.utils.parseaddr(sender)[1]:
            raise ValueError("the sender must have an e-mail address")
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls else 587),
            sender=sender,
            user=urllib.parse.unquote(parts.username) if parts.username else None,
            password=urllib.parse.unquote(parts.password) if parts.password else None,
            tls=tls,
        )

    @classmethod
    def by(cls, account: Account, guard: Guard, host_name: str) -> Self:
        """The server of an organization, which is called `host_name` where it says nothing else."""
        settings, security = account.plan.settings, account.plan.settings["security"]
        display_name = one_line(settings["sender_name"] or host_name)
        tls = security == "tls"
        return cls(
            host=settings["host"],
            port=settings["port"] or (465 if tls else 587),
            sender=email.utils.formataddr((display_name, settings["sender"])),
            user=settings["username"] or None,
            password=account.plan.credentials.get("password"),
            tls=tls,
            starttls=None if security == "opportunistic" else True,
            label=f"smtp:{account.name.id}",
            guard=guard,
        )

    @property
    def name(self) -> str:
        return self.label

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        refuse_in_transaction()
        try:
            composed = compose(letter, self.sender)
        except ValueError as error:
            return Refused(f"nobody can write to this address: {error}")
        client = self._client()
        try:
            undone = await self._prepare(client, composed, str(letter.name.id))
            if undone is not None:
                return undone
            await claim()
            return await self._deliver(client, composed)
        finally:
            client.close()

    async def find(self, letter: Letter) -> Outcome:
        return Unknown(CUT_SHORT)

    async def check(self) -> str:
        """Connects and logs in; says why not, if not."""
        refuse_in_transaction()
        client = self._client()
        try:
            async with asyncio.timeout(self.patience):
                await self._connect(client)
                await client.noop()
        except (aiosmtplib.SMTPException, OSError, ValueError, NotPublic) as error:
            return f"the server {_said(error)}"
        finally:
            client.close()
        return ""

    def _client(self) -> aiosmtplib.SMTP:
        start_tls = self.starttls or self.user is not None or None
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port if self.guard is None else None,
            username=self.user,
            password=self.password,
            use_tls=self.tls,
            start_tls=False if self.tls else start_tls,
            timeout=self.patience,
            # Without it the library asks the DNS who we are.
            local_hostname=socket.gethostname(),
        )

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        if self.guard is None:
            await client.connect()
            return
        connected = await _connected(await self.guard.addresses(self.host, self.port), self.port)
        await client.connect(sock=connected)

    async def _prepare(
        self, client: aiosmtplib.SMTP, composed: EmailMessage, id: str
    ) -> Outcome | None:
        """All that comes before the text; None when the server is ready for that."""
        try:
            async with asyncio.timeout(self.patience):
                await self._connect(client)
                await self._address(client, composed["To"].addresses[0].addr_spec, id)
        except aiosmtplib.SMTPRecipientRefused as error:
            return _declined(error)
        except (aiosmtplib.SMTPException, OSError, NotPublic) as error:
            # The letter is not to blame for what the server has against us or against the sender.
            return Deferred(_said(error))
        except UnicodeEncodeError:
            return Refused("the server takes no addresses beyond ASCII")
        except ValueError as error:
            return Refused(_said(error))
        return None

    async def _address(self, client: aiosmtplib.SMTP, recipient: str, id: str) -> None:
        await client.ehlo()
        wide = not recipient.isascii() and client.supports_extension("smtputf8")
        options, encoding = (["SMTPUTF8"], "utf-8") if wide else ([], "ascii")
        notify = []
        if client.supports_extension("dsn"):
            # What bounces comes back with our id (RFC 3461).
            options, notify = [*options, "RET=HDRS", f"ENVID={id}"], ["NOTIFY=FAILURE,DELAY"]
        await client.mail(_address_of(self.sender), options=options)
        await client.rcpt(recipient, options=notify, encoding=encoding)

    async def _deliver(self, client: aiosmtplib.SMTP, composed: EmailMessage) -> Outcome:
        try:
            async with asyncio.timeout(self.patience_for_text):
                answer = await client.data(composed.as_bytes())
        except aiosmtplib.SMTPResponseException as error:
            return _declined(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Unknown(f"{CUT_SHORT}: {_said(error)}")
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=PATIENCE_FOR_GOODBYE)
        return Taken(_short(answer.message))


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The letter as RFC 5322 has it. ValueError when the address cannot be written there."""
    local, _, domain = letter.address.rpartition("@")
    if not local or not domain:
        raise ValueError("it has no name or no domain")
    recipient = Address(
        display_name=one_line(letter.to_name),
        username=local,
        domain=domain.encode("idna").decode(),
    )
    composed = EmailMessage(email.policy.SMTP if local.isascii() else email.policy.SMTPUTF8)
    composed["From"] = sender
    composed["To"] = recipient
    composed["Subject"] = one_line(letter.text.subject)
    composed["Date"] = email.utils.format_datetime(now())
    # The same for every attempt, so that a mailbox that gets two shows one.
    composed["Message-ID"] = f"<{letter.name.id}@{_address_of(sender).rpartition('@')[2]}>"
    composed["Auto-Submitted"] = "auto-generated"
    if letter.reply_to:
        answered = f"<{one_line(letter.reply_to).strip('<>')}>"
        composed["In-Reply-To"] = composed["References"] = answered
    if letter.unsubscribe_uri:
        # One click in a mail program, which posts there (RFC 8058).
        composed["List-Unsubscribe"] = f"<{letter.unsubscribe_uri}>"
        composed["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    composed.set_content(letter.text.body, cte="quoted-printable")
    if letter.html:
        composed.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return composed


async def _connected(addresses: Sequence[str], port: int) -> socket.socket:
    """A connection to the first of the addresses that there is one to. Raises OSError."""
    loop, failure = asyncio.get_running_loop(), OSError("it has no address")
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        tried = socket.socket(family, socket.SOCK_STREAM)
        tried.setblocking(False)
        try:
            await loop.sock_connect(tried, (address, port))
        except OSError as error:
            tried.close()
            failure = error
        except BaseException:
            tried.close()
            raise
        else:
            return tried
    raise failure


def _address_of(sender: str) -> str:
    return email.utils.parseaddr(sender)[1]


def _declined(error: aiosmtplib.SMTPResponseException) -> Outcome:
    return Refused(_said(error)) if error.code >= 500 else Deferred(_said(error))


def _said(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {_short(error.message)}"
    return _short(str(error)) or type(error).__name__


def _short(text: str) -> str:
    return one_line(text)[:300]
