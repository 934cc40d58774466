"""The engine in a process of its own, for a front end that must neither wait for it nor end with it."""
