"""What is left at the providers, how long it lasts, and where it went."""
