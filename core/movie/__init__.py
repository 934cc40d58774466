"""Movies: one picture on the way from prompt to prompt."""
