import datetime
import ssl

import pytest

from router.certs import SIZE_LIMIT, covers, read
from tests.support.certificates import DAY, HOST, NOW, certificate, key, pem, secret


def good(**changes):
    return secret(pem(certificate(key(), **changes)), pem(key()))


def reasons(result):
    return [reason for reason, _ in result.problems]


@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "ed25519", "rsa-2048"])
def test_every_kind_of_key_is_read_and_loads_in_openssl(kind, tmp_path):
    result = read(secret(pem(certificate(key(kind))), pem(key(kind))), NOW)
    assert result.problems == ()
    assert result.certificate.key_type.replace("ecdsa-", "") == kind
    (tmp_path / "pair.pem").write_bytes(result.certificate.chain.encode() + result.certificate.key.reveal())
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / "pair.pem")


def test_a_certificate_says_where_it_comes_from_and_when_it_is_valid():
    made = read(good(), NOW).certificate
    assert (made.source, made.names) == ("Secret shop/tls", (HOST,))
    assert (made.not_before, made.not_after) == ("2026-05-31T00:00:00Z", "2026-08-30T00:00:00Z")
    assert covers(made, HOST)


def test_a_secret_of_another_type_is_read():
    pair = good()
    assert read(secret(pair.data["tls.crt"].reveal(), pair.data["tls.key"].reveal(), type="Opaque"), NOW).certificate


@pytest.mark.parametrize(
    ("chain", "private", "reason"),
    [
        (None, b"x", "MissingCertificate"),
        (b"", b"x", "MissingCertificate"),
        (b"x", None, "MissingKey"),
        (b"x", b"", "MissingKey"),
        (b"x" * (SIZE_LIMIT + 1), b"x", "MalformedCertificate"),
        (b"x", b"x" * (SIZE_LIMIT + 1), "MalformedKey"),
    ],
)
def test_what_is_missing_or_too_large_is_named(chain, private, reason):
    result = read(secret(chain, private), NOW)
    assert result.certificate is None
    assert reasons(result) == [reason]
    assert result.problems[0][1].startswith("Secret shop/tls has ")


@pytest.mark.parametrize(
    ("moment", "reason", "served"),
    [
        (NOW - 2 * DAY, ["NotYetValid"], False),
        (NOW - DAY, [], True),
        (NOW + 69 * DAY, [], True),
        (NOW + 70 * DAY, ["ExpiresSoon"], True),
        (NOW + 90 * DAY, ["ExpiresSoon"], True),
        (NOW + 90 * DAY + datetime.timedelta(seconds=1), ["Expired"], False),
    ],
)
def test_the_same_secret_is_judged_by_the_clock_it_is_given(moment, reason, served):
    result = read(good(), moment)
    assert (reasons(result), result.certificate is not None) == (reason, served)


def test_certificates_outside_the_chain_are_left_out_with_a_warning():
    stranger = certificate(key("p256", 1), subject="stranger", issuer="stranger")
    result = read(secret(pem(certificate(key()), stranger), pem(key())), NOW)
    assert reasons(result) == ["UnusedCertificates"]
    assert result.certificate.chain.count("BEGIN") == 1


def test_no_printed_form_shows_the_key():
    made = read(good(), NOW)
    inner = made.certificate.key.reveal().decode().splitlines()[1]
    assert inner not in repr(made) + str(made)
