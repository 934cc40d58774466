"""What a file or folder of weights is, told from headers alone: no weight is read, nothing is computed."""
