"""What a provider says that we used, beside what we know."""
