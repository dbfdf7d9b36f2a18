"""A group in the sandbox's phone book, and what was sent to it."""

MOBILES = ["6281210000001", "6281210000002", "6281210000003"]
GROUP = "Pelanggan Solo"


def seed(sandbox, mobiles=MOBILES, group=GROUP):
    entries = [{"name": f"Orang {place}", "mobile": mobile, "group": group} for place, mobile in enumerate(mobiles)]
    return sandbox.phonebook().seed(entries=entries, groups=[group])
