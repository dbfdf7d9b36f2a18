"""How dates are written: the day first, and never a time without its zone. Numbers are as in Django's formats."""
