"""Another VAE than the model's own."""
