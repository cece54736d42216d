"""Codes on the wire. Pure."""

from __future__ import annotations

import uuid

from services.auth.accounts.domain import User
from services.auth.codes.domain import LIFE, Challenge, Subject
from services.auth.letters.wire import Notice
from services.kit.names import USERS
from services.kit.wire import duration, timestamp
from turnout.auth.v1 import code_pb2

SUBJECTS = {
    code_pb2.SendCodeRequest.SUBJECT_EMAIL: Subject.EMAIL,
    code_pb2.SendCodeRequest.SUBJECT_PHONE: Subject.PHONE,
}
KINDS = {
    Subject.PASSWORD: Notice.KIND_PASSWORD_CODE,
    Subject.EMAIL: Notice.KIND_EMAIL_CODE,
    Subject.PHONE: Notice.KIND_PHONE_CODE,
    Subject.NEXT_EMAIL: Notice.KIND_EMAIL_CODE,
    Subject.REGISTRATION: Notice.KIND_EMAIL_CODE,
}


def challenge(value: Challenge) -> code_pb2.Challenge:
    return code_pb2.Challenge(challenge=str(value.id), expire_time=timestamp(value.expire_time))


def answer(text: str) -> str:
    """The code as it was sent, however somebody wrote it."""
    return "".join(text.split()).replace("-", "")


def challenge_id(text: str) -> uuid.UUID:
    return uuid.UUID(text)


def letter(user: User, value: Challenge, code: str) -> Notice:
    return letter_to(user.id, user.display_name, value, code)


def letter_to(user: uuid.UUID, display_name: str, value: Challenge, code: str) -> Notice:
    phone = value.subject is Subject.PHONE
    return Notice(
        kind=KINDS[value.subject],
        recipient=USERS.format(user),
        email="" if phone else value.address,
        phone=value.address if phone else "",
        display_name=display_name,
        code=code,
        code_lifetime=duration(LIFE),
    )
