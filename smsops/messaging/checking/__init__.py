"""What `gate` asks of everything that is to be sent."""
