"""The terms of a subscription as XML, for the notices that have them (RFC 8639 §2.7.1, §2.7.2)."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.markup import DATASTORES, SUBSCRIBED, YANG_PUSH, add_child, new_element
from netconf_server.notifications.policies import Periodic, Policy, PushPolicy, Trigger
from netconf_server.notifications.stream import NETCONF
from netconf_server.notifications.times import write_time


def terms_of(policy: Policy, selection: Filter | None) -> bytes:
    """Write the terms with the content of the filter, as if it were within the subscription."""
    terms = new_element("terms", SUBSCRIBED)
    if isinstance(policy, PushPolicy):
        _add_push_terms(terms, policy, selection)
    else:
        add_child(terms, "stream", NETCONF, SUBSCRIBED)
        _add_filter(terms, selection, SUBSCRIBED, "stream")
    if policy.stop_time is not None:
        add_child(terms, "stop-time", write_time(policy.stop_time), SUBSCRIBED)
    return b"".join(etree.tostring(each, encoding="UTF-8", with_tail=False) for each in terms)


def _add_push_terms(terms: etree._Element, policy: PushPolicy, selection: Filter | None) -> None:
    datastore = new_element("datastore", YANG_PUSH, {"ds": DATASTORES})
    datastore.text = f"ds:{policy.datastore.value}"
    terms.append(datastore)
    _add_filter(terms, selection, YANG_PUSH, "datastore")
    terms.append(_trigger_element(policy.trigger))


def _trigger_element(trigger: Trigger) -> etree._Element:
    if isinstance(trigger, Periodic):
        element = new_element("periodic", YANG_PUSH)
        add_child(element, "period", _hundredths(trigger.period_s), YANG_PUSH)
        if trigger.anchor is not None:
            add_child(element, "anchor-time", write_time(trigger.anchor), YANG_PUSH)
        return element
    element = new_element("on-change", YANG_PUSH)
    add_child(element, "dampening-period", _hundredths(trigger.dampening_s), YANG_PUSH)
    add_child(element, "sync-on-start", str(trigger.sync_on_start).lower(), YANG_PUSH)
    for each in sorted(each.value for each in trigger.excluded):
        add_child(element, "excluded-change", each, YANG_PUSH)
    return element


def _hundredths(seconds: float) -> str:
    return str(round(seconds * 100))


def _add_filter(
    terms: etree._Element, selection: Filter | None, namespace: str, target: str
) -> None:
    match selection:
        case SubtreeFilter(element):
            subtree = new_element(f"{target}-subtree-filter", namespace)
            subtree.extend(deepcopy(child) for child in element)
            terms.append(subtree)
        case XPathFilter(expression, namespaces):
            leaf = new_element(f"{target}-xpath-filter", namespace, namespaces)
            leaf.text = expression
            terms.append(leaf)
