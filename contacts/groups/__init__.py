"""Groups, and changes to many contacts' groups at once."""
