"""What a shop's figures are, how each is counted, and whether the letters made a difference."""
