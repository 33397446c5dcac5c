"""A Proxy Mobile IPv6 network function with network mobility: LMA and MAG on Linux."""
