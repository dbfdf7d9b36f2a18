"""How we learn what became of a message: what `delivery` is made of, and asking where nobody tells us."""
