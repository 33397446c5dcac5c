"""What the clients send: pieces of XML in the depot's module and in the project's own."""

from __future__ import annotations

from typing import Final

from netconf_server.markup import MONITORING, YANG

NAMESPACE: Final = "urn:example:depot"
PMIP6: Final = "urn:pmip6:yang:pmip6"
NACM: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm"
NMDA: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"
DATASTORES: Final = "urn:ietf:params:xml:ns:yang:ietf-datastores"
BASE_NOTIFICATIONS: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"
NC_NOTIFICATIONS: Final = "urn:ietf:params:xml:ns:netmod:notification"
LIBRARY: Final = "urn:ietf:params:xml:ns:yang:ietf-yang-library"
SCHEMAS: Final = f'<netconf-state xmlns="{MONITORING}"><schemas/></netconf-state>'


def depot(*children: str) -> str:
    """Write the depot with its children."""
    return f'<depot xmlns="{NAMESPACE}">{"".join(children)}</depot>'


def config(name: str) -> str:
    """Write a configuration that names the depot."""
    return f"<config>{depot(f'<name>{name}</name>')}</config>"


def config_of_bus(identifier: str) -> str:
    """Write a configuration with one bus."""
    return f"<config>{depot(f'<bus><id>{identifier}</id></bus>')}</config>"


def config_of_rule(user: str, module: str, action: str) -> str:
    """Write a rule that permits or denies a user everything in a module (RFC 8341)."""
    group = f"<groups><group><name>some</name><user-name>{user}</user-name></group></groups>"
    rule = (
        f"<rule><name>1</name><module-name>{module}</module-name><action>{action}</action></rule>"
    )
    rules = f"<rule-list><name>some</name><group>some</group>{rule}</rule-list>"
    return f'<config><nacm xmlns="{NACM}">{group}{rules}</nacm></config>'


def get_schema(identifier: str, version: str) -> str:
    """Write the request for the text of a module (RFC 6022 §3.1)."""
    return (
        f'<get-schema xmlns="{MONITORING}"><identifier>{identifier}</identifier>'
        f"<version>{version}</version><format>yang</format></get-schema>"
    )


def park(bus: str, bay: str) -> str:
    """Write an action on a bus (RFC 7950 §7.15)."""
    action = f"<bus><id>{bus}</id><park><bay>{bay}</bay></park></bus>"
    return f'<action xmlns="{YANG}">{depot(action)}</action>'


def config_of_profile(name: str) -> str:
    """Write a configuration with a policy profile, in the project's own model."""
    return _pmip6(f"<policy-profile><name>{name}</name></policy-profile>")


def config_of_node(identifier: str, profile: str) -> str:
    """Write a configuration with a mobile node that refers to a policy profile."""
    leaves = f"<identifier>{identifier}</identifier><policy-profile>{profile}</policy-profile>"
    return _pmip6(f"<mobile-node>{leaves}</mobile-node>")


def _pmip6(inner: str) -> str:
    return f'<config><pmip6 xmlns="{PMIP6}">{inner}</pmip6></config>'


def edit_data(datastore: str, content: str) -> str:
    """Write an edit of a datastore by its name (RFC 8526 §3.1.2)."""
    return (
        f'<edit-data xmlns="{NMDA}" xmlns:ds="{DATASTORES}"><datastore>ds:{datastore}</datastore>'
        f"{content}</edit-data>"
    )
