"""The local mobility anchor: binding cache, prefix assignment, answers to proxy binding updates."""
