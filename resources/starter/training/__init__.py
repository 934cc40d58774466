"""The parts of the recipe: pictures, autoencoder, words, denoiser, export, scores."""
