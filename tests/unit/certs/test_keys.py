import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from router.certs.keys import _consistent, kind, read, too_small, weakness
from tests.support.certificates import key, pem


@pytest.mark.parametrize(
    ("made", "word"),
    [("p256", "ecdsa-p256"), ("p384", "ecdsa-p384"), ("p521", "ecdsa-p521"), ("ed25519", "ed25519"), ("rsa-2048", "rsa-2048")],
)
def test_the_kinds_that_are_served(made, word):
    (private,) = read(pem(key(made)))
    assert (kind(private.public_key()), weakness(private.public_key())) == (word, "")


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("made", ["p256", "rsa-2048"])
def test_pkcs8_and_the_older_forms_are_read(made, form):
    assert read(key(made).private_bytes(Encoding.PEM, form, NoEncryption()))


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_passphrase_is_named(form):
    wrong = read(key("rsa-2048").private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"x")))
    assert wrong.reason == "UnsupportedKey"
    assert "passphrase" in wrong.text


def test_openssl_parameters_before_the_key_do_not_matter():
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert len(read(parameters + pem(key()))) == 1


def test_other_kinds_are_unsupported_and_rubbish_is_malformed():
    assert read(pem(key("ed448"))).reason == "UnsupportedKey"
    assert read(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").reason == "MalformedKey"
    assert read(b"").reason == "MalformedKey"


def test_weak_keys_are_told():
    assert "2048" in weakness(key("rsa-1024").public_key())
    assert "secp256k1" in weakness(key("k256").public_key())
    assert too_small(key("rsa-1024").public_key())
    assert not too_small(key("rsa-2048").public_key())


@pytest.mark.parametrize("field", ["p", "q", "d", "dmp1", "dmq1", "iqmp"])
def test_rsa_numbers_that_do_not_fit_together_are_noticed(field):
    good = key("rsa-2048").private_numbers()
    assert _consistent(good)
    numbers = {f: getattr(good, f) for f in ("p", "q", "d", "dmp1", "dmq1", "iqmp")}
    numbers[field] += 2
    assert not _consistent(rsa.RSAPrivateNumbers(**numbers, public_numbers=good.public_numbers))


def test_an_rsa_key_costs_microseconds_not_the_forty_milliseconds_of_its_validation():
    text = pem(key("rsa-2048"))
    begin = time.process_time()
    for _ in range(20):
        read(text)
    assert time.process_time() - begin < 20 * 0.02
