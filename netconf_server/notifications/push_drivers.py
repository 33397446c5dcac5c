"""When something is pushed: at intervals, or after changes (RFC 8641 §3.1, §3.3)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from netconf_server.errors import RpcError
from netconf_server.notifications.policies import OnChange, Periodic, PushedDatastore
from netconf_server.notifications.push_edits import ChangedNode, edit_of, render_edit
from netconf_server.notifications.push_scope import Scope, steps_to
from netconf_server.notifications.push_subscription import PushSubscription
from netconf_server.provider import Change, ChangeKind, DataPath
from netconf_server.scheduler import Timer

_log = logging.getLogger(__name__)

#: More changes than this are not told one by one.
_MOST_EDITS: Final = 1000

_LARGEST_PATCH_ID: Final = 2**32 - 1


class PeriodicDriver:
    """Pushes everything that is selected, at once and then at intervals."""

    def __init__(self, subscription: PushSubscription, trigger: Periodic) -> None:
        self._subscription = subscription
        self._period = timedelta(seconds=trigger.period_s)
        self._anchor = trigger.anchor or subscription.tools.now()
        self._is_anchored = trigger.anchor is not None
        self._timer: Timer | None = None

    def start(self) -> None:
        """Push, unless an anchor says when; and wait."""
        if not self._is_anchored:
            self._push()
        self._wait()

    def close(self) -> None:
        """Stop to wait."""
        if self._timer is not None:
            self._timer.cancel()

    def go_on(self) -> None:
        """Leave it to the next interval."""

    def note(self, datastore: PushedDatastore, changes: Sequence[Change]) -> None:
        """Leave it to the next interval."""

    def flush(self) -> None:
        """Leave it to the next interval."""

    def _wait(self) -> None:
        """Wait for the next multiple of the period from the anchor (RFC 8641, ``anchor-time``)."""
        tools = self._subscription.tools
        now = tools.now()
        elapsed = (now - self._anchor) // self._period
        due = self._anchor + (elapsed + 1) * self._period
        self._timer = tools.scheduler.call_at((due - now).total_seconds(), self._on_time)

    def _on_time(self) -> None:
        self._push()
        self._wait()

    def _push(self) -> None:
        """Push; RFC 8641 §3.11.1: where no update is made at all, the subscription is suspended."""
        subscription = self._subscription
        if subscription.is_suspended:
            return
        if subscription.is_full_update_waiting or not subscription.push_everything():
            subscription.suspend()


class OnChangeDriver:
    """Pushes what has changed, and everything at the start.

    Changes are collected by path; what is pushed is read when it is, so a node that has changed
    often in a dampening period is pushed once, as it is then (RFC 8641 §3.3).
    """

    def __init__(self, subscription: PushSubscription, trigger: OnChange, scope: Scope) -> None:
        self._subscription = subscription
        self._trigger = trigger
        self._scope = scope
        self._changed: dict[DataPath, ChangedNode] = {}
        self._has_too_many = False
        self._is_sync_due = trigger.sync_on_start
        self._is_working = False
        self._is_open = True
        self._dampening: Timer | None = None
        self._patch_id = 0

    @property
    def can_resync(self) -> bool:
        """False if the subscriber wants changes only."""
        return self._trigger.sync_on_start

    def start(self) -> None:
        """Push everything, if that is wanted."""
        self._push()

    def resync(self) -> None:
        """Push everything once more (RFC 8641 §4.4.4)."""
        self._is_sync_due = True
        self._push()

    def close(self) -> None:
        """Stop to wait."""
        self._is_open = False
        if self._dampening is not None:
            self._dampening.cancel()

    def go_on(self) -> None:
        """Push what has changed during the suspension: nothing of it is lost."""
        self._push()

    def note(self, datastore: PushedDatastore, changes: Sequence[Change]) -> None:
        """Collect what is about the selected nodes."""
        if datastore is not self._subscription.policy.datastore or self._has_too_many:
            return
        for change in changes:
            changed = self._selected(change)
            if changed is not None:
                # Taken out first, so that edits come in the order of the last changes.
                self._changed.pop(change.path, None)
                self._changed[change.path] = changed
        if len(self._changed) > _MOST_EDITS:
            self._changed.clear()
            self._has_too_many = True
            self._is_sync_due = self.can_resync

    def _selected(self, change: Change) -> ChangedNode | None:
        subscription = self._subscription
        steps = steps_to(subscription.tools.reader.schema, change.path)
        selected = self._scope.at(steps) if steps else None
        if selected is None:
            return None
        if change.kind is ChangeKind.DELETED:
            reader, node = subscription.tools.reader, steps[-1].node
            if not reader.may_see(subscription.session, node, change.path):
                return None
        return ChangedNode(change.path, change.kind, steps, selected)

    def flush(self) -> None:
        """Push, unless a dampening period runs."""
        if self._dampening is None:
            self._push()

    def _push(self) -> None:
        """Push whatever is due; what cannot be sent remains due."""
        if not self._is_open or self._subscription.is_suspended or self._is_working:
            return
        if self._is_sync_due:
            self._push_everything()
        elif self._changed or self._has_too_many:
            self._is_working = True
            self._subscription.tools.work(self._push_changes())

    def _push_everything(self) -> None:
        self._changed.clear()
        if self._subscription.push_everything():
            self._is_sync_due = self._has_too_many = False
            self._patch_id = 0
            self._dampen()
        else:
            self._subscription.suspend()

    def _push_changes(self) -> Iterator[None]:
        """Make a push-change-update in steps: what is collected meanwhile is for the next."""
        changed, self._changed = self._changed, {}
        is_complete, self._has_too_many = not self._has_too_many, False
        edits: list[bytes] = []
        for each in changed.values():
            try:
                edits += self._edits(len(edits), each)
            except RpcError as error:
                _log.warning("subscription %d: %s", self._subscription.id, error)
                is_complete = False
            yield None
        self._is_working = False
        if not self._is_open or (is_complete and not edits):
            return
        if self._subscription.push_changes(self._patch_id, edits, is_complete=is_complete):
            self._patch_id = 0 if self._patch_id == _LARGEST_PATCH_ID else self._patch_id + 1
            self._dampen()
        else:
            self._changed = {**changed, **self._changed}
            self._has_too_many |= not is_complete
            self._subscription.suspend()

    def _edits(self, number: int, changed: ChangedNode) -> Iterator[bytes]:
        """Yield the edit that tells of a change, if it is to be told."""
        subscription = self._subscription
        reader, datastore = subscription.tools.reader, subscription.policy.datastore
        found = edit_of(changed, lambda part: reader.read(subscription.session, datastore, part))
        if found is not None and found[0] not in self._trigger.excluded:
            yield render_edit(number, changed, *found)

    def _dampen(self) -> None:
        """Let the dampening period begin, when an update has been made (RFC 8641 §3.1)."""
        if self._trigger.dampening_s:
            scheduler = self._subscription.tools.scheduler
            self._dampening = scheduler.call_at(self._trigger.dampening_s, self._on_dampened)

    def _on_dampened(self) -> None:
        self._dampening = None
        self._push()
