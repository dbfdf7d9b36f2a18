"""The page on which a person writes a message: its form, its words, its recipients."""
