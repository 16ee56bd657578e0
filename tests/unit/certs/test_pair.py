import re
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from router.certs.pair import CHAIN_LIMIT, READINGS, Pair, Problem, read_pair
from tests.support.certificates import HOST, certificate, key, pem

LEAF_KEY, MIDDLE_KEY, ROOT_KEY = (key("p256", n) for n in range(3))
LEAF = certificate(LEAF_KEY, issuer="middle", signer=MIDDLE_KEY)
MIDDLE = certificate(MIDDLE_KEY, None, "middle", "root", ROOT_KEY)
ROOT = certificate(ROOT_KEY, None, "root", "root")


def names(*given, **changes):
    return read_pair(pem(certificate(LEAF_KEY, *given, **changes)), pem(LEAF_KEY)).certificate.names


@pytest.mark.parametrize("order", [(LEAF, MIDDLE, ROOT), (ROOT, MIDDLE, LEAF), (MIDDLE, LEAF, ROOT, LEAF)])
def test_the_chain_is_put_in_order_by_key_and_issuer(order):
    pair = read_pair(pem(*order), pem(LEAF_KEY))
    assert (pair.certificate.chain.encode(), pair.unused) == (pem(LEAF, MIDDLE, ROOT), 0)


def test_what_certifies_nothing_in_the_chain_is_counted():
    assert read_pair(pem(LEAF, ROOT), pem(LEAF_KEY)).unused == 1


def test_of_several_keys_the_one_that_belongs_is_taken():
    pair = read_pair(pem(LEAF), pem(ROOT_KEY, LEAF_KEY))
    assert pair.certificate.key.reveal() == pem(LEAF_KEY)


def test_both_files_may_hold_both_parts():
    both = pem(LEAF_KEY, LEAF, MIDDLE)
    assert read_pair(both, both).certificate == read_pair(pem(LEAF, MIDDLE), pem(LEAF_KEY)).certificate


def test_nothing_of_the_text_of_the_input_goes_on():
    pair = read_pair(b"# ssl_certificate /etc/passwd;\n" + pem(LEAF) + b"\n}", b"evil\r\n" + pem(LEAF_KEY))
    assert re.fullmatch(r"(-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n)+", pair.certificate.chain)
    assert pair == read_pair(pem(LEAF), pem(LEAF_KEY))


def test_names_are_lower_case_host_names_and_others_are_left_out():
    assert names([HOST.upper(), "*.Example.com", "xn--bcher-kva.example", "x y", "a\nb", "a*.b", "*", "-a.b", "a..b"]) == (
        "*.example.com",
        "shop.example.com",
        "xn--bcher-kva.example",
    )


def test_the_common_name_counts_only_without_a_san():
    assert names(None, subject="cn.example.com") == ("cn.example.com",)
    assert names(["san.example.com"], subject="cn.example.com") == ("san.example.com",)


def mismatched():
    return pem(LEAF), pem(ROOT_KEY)


def signed_with_sha1():
    """Only its algorithm identifier says so (RFC 8017 appendix C): the library no longer makes such signatures."""
    der = certificate(LEAF_KEY, issuer="middle", signer=key("rsa-2048")).public_bytes(Encoding.DER)
    sha256, sha1 = (bytes.fromhex(f"2a864886f70d0101{n}") for n in ("0b", "05"))
    return pem(x509.load_der_x509_certificate(der.replace(sha256, sha1))), pem(LEAF_KEY)


def of_a_small_key(kind="rsa-1024"):
    return pem(certificate(key(kind))), pem(key(kind))


def below_a_small_issuer():
    small = certificate(key("rsa-1024"), None, "middle", "root", ROOT_KEY)
    return pem(certificate(LEAF_KEY, issuer="middle", signer=key("rsa-1024")), small), pem(LEAF_KEY)


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (mismatched(), "KeyMismatch"),
        (signed_with_sha1(), "WeakSignature"),
        (of_a_small_key(), "UnsupportedKey"),
        (below_a_small_issuer(), "UnsupportedKey"),
    ],
)
def test_what_openssl_would_not_load_is_refused_here(pair, reason, tmp_path):
    assert read_pair(*pair).reason == reason
    (tmp_path / "pair.pem").write_bytes(pair[0] + pair[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=2")
    with pytest.raises(ssl.SSLError):
        context.load_cert_chain(tmp_path / "pair.pem")


def test_a_curve_that_browsers_do_not_know_is_refused():
    assert read_pair(*of_a_small_key("k256")).reason == "UnsupportedKey"


def test_malformed_parts_are_named():
    broken = pem(LEAF).replace(b"MII", b"AII")
    assert read_pair(b"nothing", pem(LEAF_KEY)).text == "has no PEM certificate in tls.crt"
    assert read_pair(pem(MIDDLE) + broken, pem(LEAF_KEY)).text == "has a tls.crt whose certificate 2 can not be read"
    assert read_pair(pem(*[LEAF] * (CHAIN_LIMIT + 1)), pem(LEAF_KEY)).reason == "MalformedCertificate"
    assert read_pair(pem(LEAF), b"nothing").reason == "MalformedKey"


@settings(max_examples=150, deadline=None)
@given(st.booleans(), st.integers(0, 2000), st.integers(0, 255))
def test_damage_anywhere_is_a_problem_or_a_pair_that_openssl_loads(tmp_path_factory, in_the_key, at, byte):
    chain, private = bytearray(pem(LEAF)), bytearray(pem(LEAF_KEY))
    target = private if in_the_key else chain
    target[at % len(target)] = byte
    pair = read_pair(bytes(chain), bytes(private))
    assert isinstance(pair, Pair | Problem)
    if isinstance(pair, Pair):
        file = tmp_path_factory.getbasetemp() / "damaged.pem"
        file.write_bytes(pair.certificate.chain.encode() + pair.certificate.key.reveal())
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file)


def test_what_was_read_before_changes_nothing():
    bad, good = pem(LEAF).replace(b"MII", b"AII"), pem(LEAF, MIDDLE)
    first = read_pair(good, pem(LEAF_KEY))
    for _ in range(READINGS):
        assert isinstance(read_pair(bad, pem(LEAF_KEY)), Problem)
        assert read_pair(good, pem(LEAF_KEY)) == first
