"""What a pmip6 daemon needs of ansible.netcommon beyond its default NETCONF plugin."""

from __future__ import annotations

from ansible_collections.ansible.netcommon.plugins.netconf import default
from lxml import etree

DOCUMENTATION = """
author: the authors of pmip6
name: pmip6
short_description: Speaks NETCONF with a pmip6 daemon
description:
  - Like the default plugin, but the daemon validates what was edited before anything else is done,
    in check mode too; and C(--diff) shows the lines that differ.
version_added: 0.2.0
"""


class Netconf(default.Netconf):
    """The default plugin with checked edits and readable configurations."""

    def get_device_info(self) -> dict[str, str]:
        """Tell what is managed."""
        return {"network_os": "pmip6"}

    def get_config(self, source: str | None = None, filter: list[str] | None = None) -> str:
        """Return a datastore with a line for each node, since C(--diff) compares lines."""
        tree = etree.fromstring(super().get_config(source, filter).encode())
        etree.indent(tree)
        return etree.tostring(tree, encoding="unicode")

    def edit_config(
        self, config: str | None = None, target: str = "candidate", **options: str | None
    ) -> str:
        """Edit and validate; netconf_config itself validates only what was there before."""
        reply = super().edit_config(config=config, target=target, **options)
        self.validate(target)
        return reply

    def commit(
        self, confirmed: bool = False, timeout: int | None = None, persist: str | None = None
    ) -> str:
        """Commit; ncclient takes the time-out as a string, netconf_config gives a number."""
        seconds = None if timeout is None else str(timeout)
        return super().commit(confirmed=confirmed, timeout=seconds, persist=persist)
