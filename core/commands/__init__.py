"""The larger subcommands of the command line, one module each."""
