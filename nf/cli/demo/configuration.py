"""What the operator commits to each daemon, as XML that any NETCONF client could send."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.cli.client import NAMESPACE
from nf.cli.demo.topology import (
    ACCESS_INTERFACE,
    HOME_POOL,
    LMA_ADDRESS,
    MAG_ADDRESSES,
    MOBILE_POOL,
    ROUTER_IDENTIFIER,
    ROUTER_LINK_LAYER,
)

PROFILE = """
  <policy-profile>
    <name>buses</name>
    <network-mobility>true</network-mobility>
    <mobile-network-prefix-length>56</mobile-network-prefix-length>
    <registration-lifetime>600</registration-lifetime>
  </policy-profile>
"""

NODE = f"""
  <mobile-node>
    <identifier>{ROUTER_IDENTIFIER}</identifier>
    <policy-profile>buses</policy-profile>
    <link-layer-identifier>{ROUTER_LINK_LAYER}</link-layer-identifier>
    <local-mobility-anchor>{LMA_ADDRESS}</local-mobility-anchor>
  </mobile-node>
"""


def lma_configuration() -> str:
    """Return the LMA's configuration: its address, pools, the two MAGs, profile and router."""
    gateways = "".join(
        f"""
    <mobile-access-gateway>
      <proxy-care-of-address>{address}</proxy-care-of-address>
      <name>{name}</name>
    </mobile-access-gateway>"""
        for name, address in MAG_ADDRESSES.items()
    )
    return _pmip6(f"""{PROFILE}{NODE}
  <local-mobility-anchor>
    <address>{LMA_ADDRESS}</address>{gateways}
    <home-network-prefix-pool>
      <name>homes</name>
      <prefix>{HOME_POOL}</prefix>
      <assigned-length>64</assigned-length>
    </home-network-prefix-pool>
    <mobile-network-prefix-pool>
      <name>buses</name>
      <prefix>{MOBILE_POOL}</prefix>
      <assigned-length>56</assigned-length>
      <high-threshold>80</high-threshold>
    </mobile-network-prefix-pool>
  </local-mobility-anchor>
""")


def mag_configuration(address: IPv6Address) -> str:
    """Return a MAG's configuration: its address, its access link, profile and router."""
    return _pmip6(f"""{PROFILE}{NODE}
  <mobile-access-gateway>
    <proxy-care-of-address>{address}</proxy-care-of-address>
    <access-link>
      <interface>{ACCESS_INTERFACE}</interface>
      <access-technology-type>ieee-802-11</access-technology-type>
    </access-link>
  </mobile-access-gateway>
""")


def _pmip6(inner: str) -> str:
    return f'<pmip6 xmlns="{NAMESPACE}">{inner}</pmip6>'
