"""The rules of the three-way comparison, one room for each question; `contacts.diff` puts them together."""
