"""What a server shows is replaced when it is new, and only then."""

from __future__ import annotations

import grpc

from deploy.local.authority import Authority
from services.kit.certificates import Certificates


def test_a_server_is_given_other_certificates_once_and_none_while_nothing_is_new(
    tmp_path, monkeypatch
):
    authority = Authority(tmp_path, "test")
    authority.renew()
    given = []
    monkeypatch.setattr(
        grpc, "dynamic_ssl_server_credentials", lambda _, fetch, **__: given.append(fetch)
    )
    Certificates(authority.folder("location")).server_credentials()
    [fetch] = given

    before = [fetch() for _ in range(3)]
    authority.renew(early=True)
    first, *after = [fetch() for _ in range(3)]

    assert before == [None] * 3
    assert first is not None
    assert after == [None] * 2
