"""Work kept on disk: projects as files, and what can be restored after the program ended unexpectedly."""
