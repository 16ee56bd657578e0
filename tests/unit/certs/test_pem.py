import base64

from hypothesis import given
from hypothesis import strategies as st

from router.certs.pem import Block, blocks

BODY = base64.encodebytes(bytes(range(200)))
TEXT = b"-----BEGIN CERTIFICATE-----\n" + BODY + b"-----END CERTIFICATE-----\n"
READ = Block(label="CERTIFICATE", der=bytes(range(200)))


def test_text_around_line_endings_and_indentation_do_not_matter():
    for text in (
        TEXT,
        TEXT.replace(b"\n", b"\r\n"),
        TEXT.replace(b"\n", b"\r"),
        b"subject=x\n" + TEXT + b"end",
        b"\xef\xbb\xbf" + TEXT,
    ):
        assert list(blocks(text)) == [READ]
    assert list(blocks(TEXT.replace(b"\n", b"\n    "))) == [READ]
    assert list(blocks(TEXT.replace(b"\n", b""))) == [READ]


def test_blocks_come_in_order_with_their_labels():
    assert [b.label for b in blocks(TEXT + TEXT.replace(b"CERTIFICATE", b"EC PRIVATE KEY") + TEXT)] == [
        "CERTIFICATE",
        "EC PRIVATE KEY",
        "CERTIFICATE",
    ]


def test_a_block_that_does_not_end_is_skipped():
    assert list(blocks(TEXT[:-6] + TEXT)) == [READ]
    assert list(blocks(b"-----BEGIN A-----\nAAAA\n-----END B-----\n")) == []


def test_content_that_is_not_base64_is_a_block_without_content():
    assert list(blocks(b"-----BEGIN X-----\n!!!!\n-----END X-----")) == [Block(label="X", der=None)]


def test_both_kinds_of_encryption_are_noticed():
    old = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----"
    new = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----"
    assert [b.encrypted for b in blocks(old + new)] == [True, True]


@given(st.lists(st.sampled_from([b"-----", b"BEGIN ", b"END ", b"X", b"\n", b"AAAA", b"-----BEGIN X-----", b"\x00", b"\xff"])))
def test_any_bytes_are_read(parts):
    assert all(isinstance(b, Block) for b in blocks(b"".join(parts)))
