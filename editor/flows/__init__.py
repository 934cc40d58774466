"""What the actions do: files, masks, runs of the engine, models, tools, help."""
