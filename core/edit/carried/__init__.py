"""What a picture's file carries of how it was drawn, by this program or another. No torch."""
