"""What is made of prompts before a model reads them. No torch."""
