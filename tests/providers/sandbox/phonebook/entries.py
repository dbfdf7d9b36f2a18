"""An entry, and how an answer is read."""

ANA = {
    "name": "Ana",
    "mobile": "6281210100056",
    "group": "Office",
    "address": "Jl. 1",
    "birth": "19450817",
    "desc": "x",
}


def rows_of(answer):
    return [row.split("\x80") for row in answer.content.decode().rstrip("\x81").split("\x81")]
