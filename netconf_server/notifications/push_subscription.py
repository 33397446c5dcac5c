"""Subscriptions to a datastore: what is pushed, in which messages (RFC 8641 §3.7)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from netconf_server.errors import RpcError
from netconf_server.filters.filter import Filter
from netconf_server.markup import NOTIFICATION, XML_DECLARATION, YANG_PUSH
from netconf_server.notifications.outbox import Message
from netconf_server.notifications.policies import PushedDatastore, PushPolicy
from netconf_server.notifications.push_reading import PushReader
from netconf_server.notifications.subscription import Subscription
from netconf_server.notifications.times import write_time
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Change
from netconf_server.scheduler import Scheduler, Timer

_log = logging.getLogger(__name__)

_INCOMPLETE: Final = b"<incomplete-update/>"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTools:
    """What every subscription to a datastore works with."""

    reader: PushReader
    scheduler: Scheduler
    now: Callable[[], datetime]
    #: Has work done in steps, between other things (see ``Intake``).
    work: Callable[[Iterator[None]], None]


class Driver(Protocol):
    """Decides when something is pushed: one for each kind of trigger."""

    def start(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End."""

    def go_on(self) -> None:
        """Make up for what was not sent during a suspension."""

    def note(self, datastore: PushedDatastore, changes: Sequence[Change]) -> None:
        """Hear of changes."""

    def flush(self) -> None:
        """Hear that those were all for now."""


class PushSubscription(Subscription):
    """One subscription to a datastore; its driver says when to push."""

    def __init__(
        self,
        subscription_id: int,
        session: SessionRecord,
        policy: PushPolicy,
        tools: PushTools,
        when_over: Callable[[Subscription], None],
    ) -> None:
        super().__init__(subscription_id, session, tools.now)
        self.tools = tools
        self._policy = policy
        self._when_over = when_over
        self._driver: Driver | None = None
        self._stop_timer: Timer | None = None
        #: True from when a push-update is queued to when its turn has come.
        self.is_full_update_waiting = False
        #: The filter in the terms, or the configured one that they name.
        self.selection: Filter | None = None
        self._sent = self._excluded = 0

    @property
    def policy(self) -> PushPolicy:
        """The terms."""
        return self._policy

    @property
    def counts(self) -> tuple[int, int]:
        """How many updates have been sent, and how many kept back."""
        return self._sent, self._excluded

    @property
    def driver(self) -> Driver:
        """What decides when something is pushed."""
        assert self._driver is not None, "drive has been called"
        return self._driver

    def drive(self, policy: PushPolicy, selection: Filter | None, driver: Driver) -> None:
        """Go on under terms, the first or other ones, with a driver made for them."""
        if self._driver is None:
            self.session.subscriptions += 1
        else:
            self._driver.close()
        self._policy, self.selection, self._driver = policy, selection, driver
        self.is_suspended = False
        self._wait_for_stop()
        driver.start()

    def close(self) -> None:
        """End without a word."""
        super().close()
        self._leave()

    def _leave(self) -> None:
        self.session.subscriptions -= 1
        self.driver.close()
        if self._stop_timer is not None:
            self._stop_timer.cancel()

    def go_on(self) -> None:
        """Send again, after a suspension."""
        super().go_on()
        self.driver.go_on()

    # Sending.

    def push_everything(self) -> bool:
        """Queue a push-update, which is made when its turn has come; False if there is no room.

        One that still waits to be sent is as good as a new one.
        """
        if not self.is_full_update_waiting and self._is_permitted("push-update"):
            self.is_full_update_waiting = self._post(Message(self._full_update, 0, self))
            return self.is_full_update_waiting
        return True

    def push_changes(self, patch_id: int, edits: Sequence[bytes], *, is_complete: bool) -> bool:
        """Queue a push-change-update; False if there is no room."""
        patch = b"<yang-patch><patch-id>%d</patch-id>%b</yang-patch>" % (patch_id, b"".join(edits))
        content = b"<datastore-changes>%b</datastore-changes>" % patch
        head, tail = self._around("push-change-update")
        data = head + content + (b"" if is_complete else _INCOMPLETE) + tail
        message = Message(lambda: iter((data,)), len(data), self)
        return not self._is_permitted("push-change-update") or self._post(message)

    def _is_permitted(self, name: str) -> bool:
        """Ask whether the session gets such a notification (RFC 8341 §3.4.6)."""
        notification = self.tools.reader.schema.nodes.top[YANG_PUSH, name]
        is_permitted = self.tools.reader.may_receive(self.session, notification)
        self._excluded += not is_permitted
        return is_permitted

    def _post(self, message: Message) -> bool:
        is_posted = self.session.outbox.post(message)
        self._sent += is_posted
        return is_posted

    def _full_update(self) -> Iterator[bytes]:
        """Make a push-update, in slices; it says so if what is selected cannot be read."""
        self.is_full_update_waiting = False
        head, tail = self._around("push-update")
        yield head + b"<datastore-contents>"
        incomplete = b""
        try:
            yield from self.tools.reader.read(self.session, self._policy.datastore, self.selection)
        except RpcError as error:
            _log.warning("subscription %d: %s", self.id, error)
            incomplete = _INCOMPLETE
        yield b"</datastore-contents>" + incomplete + tail

    def _around(self, name: str) -> tuple[bytes, bytes]:
        """Write what is in front of an update and behind it."""
        time = write_time(self.tools.now())
        head = f'<notification xmlns="{NOTIFICATION}"><eventTime>{time}</eventTime>'
        start = f'<{name} xmlns="{YANG_PUSH}"><id>{self.id}</id>'
        return XML_DECLARATION + f"{head}{start}".encode(), f"</{name}></notification>".encode()

    # The end.

    def _wait_for_stop(self) -> None:
        if self._stop_timer is not None:
            self._stop_timer.cancel()
        stop = self._policy.stop_time
        if stop is not None:
            delay_s = (stop - self.tools.now()).total_seconds()
            self._stop_timer = self.tools.scheduler.call_at(max(delay_s, 0), self._on_stop)

    def _on_stop(self) -> None:
        self.is_open = False
        self._leave()
        self._when_over(self)
