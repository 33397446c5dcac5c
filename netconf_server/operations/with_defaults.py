"""The parameter with-defaults of operations that retrieve data (RFC 6243 §4.5.1)."""

from __future__ import annotations

from netconf_server.markup import WITH_DEFAULTS, text_of
from netconf_server.operations.parameters import Parameters, invalid_value
from netconf_server.schema.printing import Defaults


def with_defaults_in(parameters: Parameters, namespace: str = WITH_DEFAULTS) -> Defaults:
    """Take the parameter; without it the basic mode of this server holds, which is explicit."""
    element = parameters.optional("with-defaults", namespace)
    if element is None:
        return Defaults.EXPLICIT
    try:
        return Defaults(text_of(element))
    except ValueError:
        known = ", ".join(mode.value for mode in Defaults)
        reason = f"<with-defaults> is {text_of(element)!r}, not one of {known}"
        raise invalid_value(reason) from None
