"""The parts of a phone book's synchronisation; `contacts.sync` runs them."""
