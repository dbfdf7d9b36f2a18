"""Contacts as files."""
