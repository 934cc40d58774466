"""Settings kept under a name: menu, dialog, files."""
