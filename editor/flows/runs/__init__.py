"""Find and Repaint: from the words as they are typed to the accepted edit."""
