"""The MAG as relay agent between mobile routers and delegating routers elsewhere in the domain."""
