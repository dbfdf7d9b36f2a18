"""Any list of messages as a file, filtered as the list is."""
