"""Files that a person gives: looked into, kept, and read row by row; what is made of them is the business of others."""
