from __future__ import annotations

from collections.abc import Iterable

import pytest

from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from tests.codec.vectors import ACCEPTED, VECTORS, Vector
from tests.codec.vectors_signalling import (
    HEARTBEAT_VECTORS,
    NOTIFICATION_VECTORS,
    OPTION_VECTORS,
    REVOCATION_VECTORS,
    SIGNALLING_ACCEPTED,
)


def marked(vectors: Iterable[Vector], *sections: str) -> list[object]:
    """Return vectors as parameters that bear the marks of their RFC sections."""
    mark = pytest.mark.rfc(*sections)
    return [pytest.param(each, id=each.intent, marks=mark) for each in vectors]


REGISTRATION = (
    "5213 §8",
    "5213 §8.3",
    "5213 §8.4",
    "5213 §8.5",
    "5213 §8.6",
    "5213 §8.7",
    "5213 §8.9",
    "7148 §4.1",
    "3963 §4.1",
    "6275 §6.1.7",
)


@pytest.mark.parametrize(
    "vector",
    [
        *marked(VECTORS, *REGISTRATION),
        *marked(HEARTBEAT_VECTORS, "5847 §3.3", "5847 §3.4"),
        *marked(REVOCATION_VECTORS, "5846 §5.1", "5846 §5.2"),
        *marked(NOTIFICATION_VECTORS, "7077 §4.1", "7077 §4.2"),
        *marked(
            OPTION_VECTORS,
            "6463 §4.1",
            "6463 §4.2",
            "6463 §4.3",
            "8127 §3",
            "8127 §3.1.1",
            "8127 §3.1.2",
        ),
    ],
)
class TestHandMadeMessages:
    def test_octets_decode_to_the_value(self, vector: Vector) -> None:
        assert decode_mobility_message(vector.octets) == vector.value

    def test_the_value_encodes_to_the_octets(self, vector: Vector) -> None:
        assert encode_mobility_message(vector.value).hex() == vector.octets.hex()


@pytest.mark.rfc("6275 §6.2")
@pytest.mark.parametrize("vector", ACCEPTED + SIGNALLING_ACCEPTED, ids=lambda vector: vector.intent)
def test_what_we_would_not_send_is_understood(vector: Vector) -> None:
    assert decode_mobility_message(vector.octets) == vector.value
    assert encode_mobility_message(vector.value) != vector.octets
