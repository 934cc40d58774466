"""Models on the hub, and what of them is fetched onto this machine. No torch."""
