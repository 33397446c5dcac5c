"""Access links: who appears on them, and router advertisements and DHCPv6 to those who did."""
