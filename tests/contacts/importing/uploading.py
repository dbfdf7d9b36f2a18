"""What a person does on the first pages of an import."""

from django.core.files.uploadedfile import SimpleUploadedFile

LIST = """name,mobile,groups,kota,birth_date
Budi,081234567890,Teman,Bandung,1990-08-17
Siti,0813 1111 2222,,Solo,31/02/1990
Ani,6.28E+12,,,
Tono,85612345678,,,
"""
URL = "/admin/contacts/import/"


def upload(client, text=LIST, name="people.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(URL, {"import_file": SimpleUploadedFile(name, content)})


def choose(client, made, **changes):
    """Confirm the columns as they were guessed, but for the changes."""
    values = {f"column_{place}": target for place, target in enumerate(made.mapping)}
    values |= {"has_header": "on"} if made.has_header else {}
    return client.post(f"{URL}{made.pk}/columns/", {**values, **changes})
