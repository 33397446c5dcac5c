"""What hostapd says on its control socket becomes news of stations."""

from __future__ import annotations

import pytest

from nf.drivers.attach.hostapd import Conversation, HostapdError, News
from nf.engine.values import LinkLayerAddress

ONE, TWO = (LinkLayerAddress(bytes((2, 0, 0, 0, 0, number))) for number in (1, 2))
AUTHORISED = b"%s\nflags=[AUTH][ASSOC][AUTHORIZED]\naid=1\n"


def about(station: LinkLayerAddress, form: bytes = AUTHORISED) -> bytes:
    return form % station.hex(":").encode()


def listening(*stations: LinkLayerAddress) -> Conversation:
    """Return a talk in which the list of stations is complete."""
    talk = Conversation()
    talk.begin()
    talk.take(b"OK\n")
    for station in stations:
        talk.take(about(station))
    talk.take(b"")
    assert talk.is_complete
    return talk


class TestBeginning:
    def test_asks_to_be_told_of_events_and_then_who_is_there(self) -> None:
        talk = Conversation()
        assert talk.begin() == b"ATTACH"
        assert talk.take(b"OK\n") == News(question=b"STA-FIRST")
        assert talk.take(about(ONE)) == News(came=[ONE], question=b"STA-NEXT 02:00:00:00:00:01")
        assert talk.take(about(TWO)) == News(came=[TWO], question=b"STA-NEXT 02:00:00:00:00:02")
        assert not talk.is_complete
        assert talk.take(b"") == News()
        assert talk.is_complete

    @pytest.mark.parametrize("nobody", [b"", b"FAIL\n"])
    def test_ends_at_once_where_nobody_is_there(self, nobody: bytes) -> None:
        talk = Conversation()
        talk.begin()
        talk.take(b"OK\n")
        assert talk.take(nobody) == News()
        assert talk.is_complete

    def test_passes_over_a_station_that_is_not_authorised_yet(self) -> None:
        talk = Conversation()
        talk.begin()
        talk.take(b"OK\n")
        news = talk.take(about(ONE, b"%s\nflags=[AUTH][ASSOC]\n"))
        assert news == News(question=b"STA-NEXT 02:00:00:00:00:01")
        assert talk.stations == set()

    def test_lists_anew_where_the_last_station_of_the_list_has_just_left(self) -> None:
        talk = Conversation()
        talk.begin()
        talk.take(b"OK\n")
        talk.take(about(ONE))
        assert talk.take(b"<3>AP-STA-DISCONNECTED 02:00:00:00:00:01") == News(left=[ONE])
        assert talk.take(b"FAIL\n") == News(question=b"STA-FIRST")
        assert talk.take(about(TWO)).came == [TWO]

    @pytest.mark.parametrize("answer", [b"FAIL\n", b"UNKNOWN COMMAND\n", b""])
    def test_fails_where_events_are_refused(self, answer: bytes) -> None:
        talk = Conversation()
        talk.begin()
        with pytest.raises(HostapdError, match="to ATTACH"):
            talk.take(answer)


class TestEvents:
    def test_tell_who_comes_and_who_leaves(self) -> None:
        talk = listening()
        assert talk.take(b"<3>AP-STA-CONNECTED 02:00:00:00:00:01") == News(
            came=[ONE], is_event=True
        )
        assert talk.take(b"<3>AP-STA-DISCONNECTED 02:00:00:00:00:01") == News(left=[ONE])

    def test_may_say_more_than_the_address(self) -> None:
        talk = listening()
        event = b"<3>AP-STA-CONNECTED 02:00:00:00:00:01 keyid=bus auth_alg=sae"
        assert talk.take(event) == News(came=[ONE], is_event=True)

    def test_of_a_station_that_was_not_there_are_no_news(self) -> None:
        assert listening().take(b"<3>AP-STA-DISCONNECTED 02:00:00:00:00:01") == News()

    def test_that_all_is_off_makes_everybody_leave(self) -> None:
        assert listening(TWO, ONE).take(b"<3>AP-DISABLED ") == News(left=[ONE, TWO])

    def test_that_hostapd_ends_ends_the_talk(self) -> None:
        with pytest.raises(HostapdError, match="it ends"):
            listening().take(b"<3>CTRL-EVENT-TERMINATING ")

    @pytest.mark.parametrize(
        "event",
        [
            b"<3>AP-ENABLED ",
            b"<3>CTRL-EVENT-EAP-SUCCESS 02:00:00:00:00:01",
            b"<3>AP-STA-CONNECTED",
            b"<3>AP-STA-CONNECTED 02:00:00:00:00",
            b"<3>AP-STA-CONNECTED 02:00:00:00:00:01:02",
            b"<3>AP-STA-CONNECTED 02:00:00:00:00:0x",
            b"<3>",
            b"",
            b"\xff" * 64,
        ],
    )
    def test_that_say_nothing_of_stations_are_no_news(self, event: bytes) -> None:
        talk = listening()
        assert talk.take(event) == News()
        assert talk.stations == set()

    def test_between_question_and_answer_are_not_taken_for_the_answer(self) -> None:
        talk = Conversation()
        talk.begin()
        talk.take(b"OK\n")
        assert talk.take(b"<3>AP-STA-CONNECTED 02:00:00:00:00:02").came == [TWO]
        assert talk.take(b"") == News()
        assert talk.stations == {TWO}


class TestLife:
    def test_is_asked_for_one_question_at_a_time(self) -> None:
        talk = listening()
        assert talk.ask_for_life() == b"PING"
        with pytest.raises(HostapdError, match="no answer to PING"):
            talk.ask_for_life()

    def test_goes_on_with_an_answer(self) -> None:
        talk = listening()
        talk.ask_for_life()
        assert talk.take(b"PONG\n") == News()
        assert talk.ask_for_life() == b"PING"


class TestTalkAfterABreak:
    def test_tells_who_has_come_and_who_has_left_meanwhile(self) -> None:
        talk = Conversation({ONE})
        talk.begin()
        talk.take(b"OK\n")
        assert talk.take(about(TWO)).came == [TWO]
        assert talk.take(b"") == News(left=[ONE])
        assert talk.stations == {TWO}

    def test_has_no_news_of_who_is_still_there(self) -> None:
        talk = Conversation({ONE})
        talk.begin()
        talk.take(b"OK\n")
        assert talk.take(about(ONE)).came == []
        assert talk.take(b"") == News()
        assert talk.stations == {ONE}


class TestListing:
    """The list may be asked for again at any time: an event may have been lost."""

    def listing(self, talk: Conversation) -> Conversation:
        assert talk.begin() == b"ATTACH"
        assert talk.take(b"OK\n").question == b"STA-FIRST"
        return talk

    def test_tells_who_has_come_and_who_has_left_unheard(self) -> None:
        talk = self.listing(listening(ONE))
        assert talk.is_complete
        assert talk.take(about(TWO)).came == [TWO]
        assert talk.take(b"") == News(left=[ONE])

    def test_keeps_who_comes_meanwhile(self) -> None:
        talk = self.listing(listening())
        talk.take(b"<3>AP-STA-CONNECTED 02:00:00:00:00:01")
        assert talk.take(b"") == News()
        assert talk.stations == {ONE}

    def test_that_takes_long_is_no_silence(self) -> None:
        talk = Conversation()
        talk.begin()
        talk.take(b"OK\n")
        for number in range(3):
            assert talk.take(about(LinkLayerAddress(bytes((2, 0, 0, 0, 1, number))))).came
            assert talk.ask_for_life() is None

    def test_that_comes_to_a_halt_is_a_silence(self) -> None:
        talk = Conversation()
        talk.begin()
        talk.take(b"OK\n")
        assert talk.ask_for_life() is None
        with pytest.raises(HostapdError, match="no answer to STA-FIRST"):
            talk.ask_for_life()
