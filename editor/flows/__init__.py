"""What the actions do, a wing for each kind: files, runs, masks, many, models, help."""
