import datetime

from cryptography import x509

from router.certs.selfsigned import NAME, VALID, make
from tests.support.certificates import DAY, NOW


def test_it_is_fresh_valid_from_yesterday_and_named_for_nobody():
    made = make(NOW)
    assert (made.source, made.names, made.key_type) == ("self-signed", (NAME,), "ecdsa-p256")
    assert made.not_before == "2026-05-31T00:00:00Z"
    assert datetime.datetime.fromisoformat(made.not_after) == NOW - DAY + VALID
    assert make(NOW).id != made.id


def test_it_is_signed_by_itself():
    (certificate,) = x509.load_pem_x509_certificates(make(NOW).chain.encode())
    certificate.verify_directly_issued_by(certificate)
