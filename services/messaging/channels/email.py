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
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Self

import aiosmtplib

from services.kit.clock import now
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

    @property
    def name(self) -> str:
        return "smtp"

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        refuse_in_transaction()
        try:
            composed = compose(letter, self.sender)
        except ValueError as error:
            return Refused(f"nobody can write to this address: {error}")
        client = self._client()
        try:
            undone = await self._prepare(client, composed)
            if undone is not None:
                return undone
            await claim()
            return await self._deliver(client, composed)
        finally:
            client.close()

    async def find(self, letter: Letter) -> Outcome:
        return Unknown(CUT_SHORT)

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.tls,
            start_tls=False if self.tls else self.user is not None or None,
            timeout=self.patience,
            # Without it the library asks the DNS who we are.
            local_hostname=socket.gethostname(),
        )

    async def _prepare(self, client: aiosmtplib.SMTP, composed: EmailMessage) -> Outcome | None:
        """All that comes before the text; None when the server is ready for that."""
        try:
            async with asyncio.timeout(self.patience):
                await client.connect()
                await self._address(client, composed["To"].addresses[0].addr_spec)
        except aiosmtplib.SMTPRecipientRefused as error:
            return _declined(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            # The letter is not to blame for what the server has against us or against the sender.
            return Deferred(_said(error))
        except UnicodeEncodeError:
            return Refused("the server takes no addresses beyond ASCII")
        except ValueError as error:
            return Refused(_said(error))
        return None

    async def _address(self, client: aiosmtplib.SMTP, recipient: str) -> None:
        await client.ehlo()
        wide = not recipient.isascii() and client.supports_extension("smtputf8")
        options, encoding = (["SMTPUTF8"], "utf-8") if wide else ([], "ascii")
        await client.mail(_address_of(self.sender), options=options)
        await client.rcpt(recipient, encoding=encoding)

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
    composed.set_content(letter.text.body, cte="quoted-printable")
    return composed


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
