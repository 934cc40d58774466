"""Each family's networks behind the one protocol, and what families share."""
