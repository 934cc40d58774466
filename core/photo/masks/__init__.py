"""Which pixels are meant: from a heat map or by hand, soft, and what is done to them."""
