"""Framing: whole messages out of any split of the byte stream (RFC 6242 §4)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netconf_server.protocol.framing import (
    END_OF_MESSAGE,
    FrameDecoder,
    Framing,
    FramingError,
    encode,
)

LIMIT = 10_000

xml_like = st.binary(min_size=1, max_size=200).filter(
    lambda data: END_OF_MESSAGE not in data + END_OF_MESSAGE[:-1] and data[:2] != b"\n#"
)


def decoder_for(framing: Framing, limit: int = LIMIT) -> FrameDecoder:
    decoder = FrameDecoder(limit)
    if framing is Framing.CHUNKED:
        decoder.switch_to_chunked()
    return decoder


def messages_in(decoder: FrameDecoder) -> list[bytes]:
    found = []
    while (message := decoder.next_message()) is not None:
        found.append(message)
    return found


def feed_split(decoder: FrameDecoder, stream: bytes, cuts: list[int]) -> list[bytes]:
    """Feed the stream cut at the given places, pulling messages after each portion."""
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    found = []
    for start, end in pairwise(edges):
        decoder.feed(stream[start:end])
        found += messages_in(decoder)
    return found


cuts = st.lists(st.integers(min_value=0, max_value=5000), max_size=12)


@pytest.mark.rfc("6242 §4.2")
@settings(deadline=None)
@given(
    st.lists(st.binary(min_size=1, max_size=300), max_size=5),
    st.integers(min_value=1, max_value=64),
    cuts,
)
def test_chunked_messages_survive_any_split(
    messages: list[bytes], piece_bytes: int, where: list[int]
) -> None:
    stream = b"".join(
        b"".join(encode(message, Framing.CHUNKED, piece_bytes)) for message in messages
    )
    assert feed_split(decoder_for(Framing.CHUNKED), stream, where) == messages


@pytest.mark.rfc("6242 §4.3")
@settings(deadline=None)
@given(st.lists(xml_like, max_size=5), cuts)
def test_terminated_messages_survive_any_split(messages: list[bytes], where: list[int]) -> None:
    stream = b"".join(b"".join(encode(message, Framing.END_OF_MESSAGE)) for message in messages)
    assert feed_split(decoder_for(Framing.END_OF_MESSAGE), stream, where) == messages


@pytest.mark.rfc("6242 §4.1")
@settings(deadline=None)
@given(xml_like, st.binary(min_size=1, max_size=100), cuts)
def test_a_chunked_request_right_behind_the_hello_is_decoded_after_the_switch(
    hello: bytes, request_body: bytes, where: list[int]
) -> None:
    stream = hello + END_OF_MESSAGE + b"".join(encode(request_body, Framing.CHUNKED))
    decoder = FrameDecoder(LIMIT)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in where), len(stream)]
    found: list[bytes] = []
    for start, end in pairwise(edges):
        decoder.feed(stream[start:end])
        while (message := decoder.next_message()) is not None:
            found.append(message)
            decoder.switch_to_chunked()
    assert found == [hello, request_body]


@settings(deadline=None)
@given(st.binary(max_size=200), cuts)
def test_arbitrary_bytes_are_decoded_alike_however_they_are_split(
    stream: bytes, where: list[int]
) -> None:
    def outcome(places: list[int]) -> tuple[bool, list[bytes]]:
        decoder = decoder_for(Framing.CHUNKED, 100)
        edges = [0, *sorted(cut % (len(stream) + 1) for cut in places), len(stream)]
        found: list[bytes] = []
        try:
            for start, end in pairwise(edges):
                decoder.feed(stream[start:end])
                while (message := decoder.next_message()) is not None:
                    found.append(message)
        except FramingError:
            return False, found
        return True, found

    assert outcome(where) == outcome([])


def test_the_example_of_the_rfc_is_one_message() -> None:
    stream = b'\n#4\n<rpc\n#18\n message-id="102"\n\n#6\n></rpc\n#1\n>\n##\n'
    assert feed_split(decoder_for(Framing.CHUNKED), stream, []) == [
        b'<rpc message-id="102"\n></rpc>'
    ]


@pytest.mark.rfc("6242 §4.2")
@pytest.mark.parametrize(
    "stream",
    [
        b"<rpc/>",
        b"\r\n#1\nx",
        b"\n#0\n",
        b"\n#01\nx",
        b"\n#-1\nx",
        b"\n#1 \nx",
        b"\n#4294967296\n",
        b"\n#99999999999\n",
        b"\n##\n",
        b"\n#1\nxx",
        b"\n#1\nx\n###",
    ],
)
def test_a_stream_that_breaks_the_chunked_framing_is_refused(stream: bytes) -> None:
    decoder = decoder_for(Framing.CHUNKED)
    decoder.feed(stream)
    with pytest.raises(FramingError):
        messages_in(decoder)


@pytest.mark.parametrize("framing", list(Framing))
def test_a_message_of_exactly_the_limit_passes(framing: Framing) -> None:
    decoder = decoder_for(framing, limit=100)
    decoder.feed(b"".join(encode(b"x" * 100, framing)))
    assert messages_in(decoder) == [b"x" * 100]


@pytest.mark.parametrize("framing", list(Framing))
def test_a_message_beyond_the_limit_is_refused_before_it_is_whole(framing: Framing) -> None:
    decoder = decoder_for(framing, limit=100)
    decoder.feed(b"".join(encode(b"x" * 110, framing))[:-8])
    with pytest.raises(FramingError, match="exceeds 100 bytes"):
        messages_in(decoder)


def test_the_limit_counts_all_chunks_of_a_message_together() -> None:
    decoder = decoder_for(Framing.CHUNKED, limit=100)
    decoder.feed(b"".join(encode(b"x" * 101, Framing.CHUNKED, piece_bytes=10)))
    with pytest.raises(FramingError):
        messages_in(decoder)


def test_the_limit_starts_again_with_every_message() -> None:
    decoder = decoder_for(Framing.CHUNKED, limit=100)
    decoder.feed(b"".join(encode(b"x" * 80, Framing.CHUNKED)) * 3)
    assert messages_in(decoder) == [b"x" * 80] * 3


def test_a_hello_in_chunks_is_understood() -> None:
    decoder = FrameDecoder(LIMIT)
    decoder.feed(b"".join(encode(b"<hello/>", Framing.CHUNKED, piece_bytes=3)))
    assert messages_in(decoder) == [b"<hello/>"]


def test_pieces_of_a_large_message_are_bounded() -> None:
    pieces = list(encode(b"x" * 1000, Framing.CHUNKED, piece_bytes=300))
    assert [piece.split(b"\n")[1] for piece in pieces] == [b"#300", b"#300", b"#300", b"#100"]
