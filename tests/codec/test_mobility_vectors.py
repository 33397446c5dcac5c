from __future__ import annotations

import pytest

from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from tests.codec.vectors import ACCEPTED, VECTORS, Vector


@pytest.mark.rfc("5213 §8")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.intent)
class TestHandMadeMessages:
    def test_octets_decode_to_the_value(self, vector: Vector) -> None:
        assert decode_mobility_message(vector.octets) == vector.value

    def test_the_value_encodes_to_the_octets(self, vector: Vector) -> None:
        assert encode_mobility_message(vector.value).hex() == vector.octets.hex()


@pytest.mark.rfc("6275 §6.2")
@pytest.mark.parametrize("vector", ACCEPTED, ids=lambda vector: vector.intent)
def test_what_we_would_not_send_is_understood(vector: Vector) -> None:
    assert decode_mobility_message(vector.octets) == vector.value
    assert encode_mobility_message(vector.value) != vector.octets
